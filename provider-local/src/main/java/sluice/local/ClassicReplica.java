package sluice.local;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import reactor.netty.resources.LoopResources;
import sluice.core.Endpoint;
import sluice.local.process.Launcher;
import sluice.local.process.Sandbox;

/**
 * A replica in classic mode: an endpoint of the gateway's own that forks the function's command for each call. It is
 * ready at once; its sandbox is set up by the first call, so that functions nobody calls cost no process.
 */
final class ClassicReplica implements Replica {
    private final String id;
    private final Surroundings surroundings;
    private final CallSlots.Lane lane;
    private final LoopResources loops;
    private final Listener listener;
    private final Backoff backoff = new Backoff();
    private final Object opening = new Object();
    private Endpoint.State state = Endpoint.State.STARTING;
    private @Nullable ClassicEndpoint endpoint;
    private @Nullable Sandbox sandbox;
    private boolean isStopped;

    ClassicReplica(String id, Surroundings surroundings, CallSlots.Lane lane, LoopResources loops, Listener listener) {
        this.id = id;
        this.surroundings = surroundings;
        this.lane = lane;
        this.loops = loops;
        this.listener = listener;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public synchronized Endpoint.State state() {
        return state;
    }

    @Override
    public synchronized @Nullable Endpoint endpoint() {
        return endpoint == null ? null : new Endpoint(id, ClassicEndpoint.LOOPBACK, endpoint.port(), state);
    }

    @Override
    public synchronized Set<Long> sessions() {
        return endpoint == null
                ? Set.of()
                : endpoint.sessions().stream().map(Launcher.Session::pid).collect(Collectors.toSet());
    }

    @Override
    public void start() {
        surroundings.threads().later(Duration.ZERO, this::bind);
    }

    @Override
    public void drain(Duration grace) {
        synchronized (this) {
            state = Endpoint.State.DRAINING;
        }
        listener.changed(this);
        surroundings.whenIdle(this::isIdle, grace, this::stop);
    }

    @Override
    public void stop() {
        synchronized (this) {
            if (isStopped) {
                return;
            }
            isStopped = true;
            state = Endpoint.State.DRAINING;
        }
        surroundings.threads().later(Duration.ZERO, this::close);
    }

    private void bind() {
        if (state() != Endpoint.State.STARTING) {
            return;
        }
        try {
            ClassicEndpoint bound = new ClassicEndpoint(id, surroundings, lane, loops, this::sandbox);
            if (keep(bound)) {
                listener.changed(this);
            } else {
                bound.close();
            }
        } catch (RuntimeException e) {
            Duration wait = backoff.next();
            surroundings.log().add(id, "cannot start, tries again in " + wait.toSeconds() + " s: " + e.getMessage());
            surroundings.threads().later(wait, this::bind);
        }
    }

    private synchronized boolean keep(ClassicEndpoint bound) {
        if (state != Endpoint.State.STARTING) {
            return false;
        }
        endpoint = bound;
        state = Endpoint.State.READY;
        return true;
    }

    private synchronized boolean isIdle() {
        return endpoint == null || endpoint.isIdle();
    }

    /** The sandbox, set up if need be. Blocks. */
    private Sandbox sandbox() throws IOException {
        synchronized (opening) {
            if (sandbox == null) {
                sandbox = surroundings.sandbox().open(id);
            }
            return sandbox;
        }
    }

    private void close() {
        ClassicEndpoint bound;
        synchronized (this) {
            bound = endpoint;
        }
        try {
            if (bound != null) {
                end(bound);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            listener.gone(this);
        }
    }

    private void end(ClassicEndpoint bound) throws InterruptedException {
        List<Launcher.Session> sessions = bound.sessions();
        synchronized (opening) {
            surroundings.end(sessions, sandbox);
            bound.close();
            if (sandbox != null) {
                sandbox.close();
            }
        }
    }
}
