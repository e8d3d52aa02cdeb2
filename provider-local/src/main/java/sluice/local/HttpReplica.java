package sluice.local;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import sluice.core.Endpoint;
import sluice.local.process.Launcher;
import sluice.local.process.ListeningSockets;
import sluice.local.process.ProcessTable;
import sluice.local.process.Sandbox;

/**
 * A replica in http mode: a process of the function's own that serves HTTP on the port it is told in {@code PORT}. It is
 * ready when a process of its session listens there and its check, if it has one, succeeds. When it exits it is started
 * again, later each time; to callers each run is another endpoint, since connections of the last one are dead.
 */
final class HttpReplica implements Replica {
    private static final String LOOPBACK = "127.0.0.1";
    private static final Duration FIRST_LOOKS = Duration.ofMillis(50);
    private static final Duration LATER_LOOKS = Duration.ofMillis(250);
    private static final int MANY_LOOKS = 40;
    private static final Duration LONG_RUN = Duration.ofSeconds(30); // after which a crash is a first crash again

    private final String id;
    private final Surroundings surroundings;
    private final Listener listener;
    private final Backoff backoff = new Backoff();
    private Endpoint.State state = Endpoint.State.STARTING;
    private @Nullable Sandbox sandbox;
    private @Nullable Run run;
    private int runs;
    private boolean isStopped;

    HttpReplica(String id, Surroundings surroundings, Listener listener) {
        this.id = id;
        this.surroundings = surroundings;
        this.listener = listener;
    }

    /** One life of the process. */
    private record Run(int number, Sandbox place, Launcher.Session session, int port, long startNanos) {
        String endpointId(String replica) {
            return number == 1 ? replica : replica + "-" + number;
        }
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
        return run == null ? null : new Endpoint(run.endpointId(id), LOOPBACK, run.port, state);
    }

    @Override
    public synchronized Set<Long> sessions() {
        return run == null ? Set.of() : Set.of(run.session.pid());
    }

    @Override
    public void start() {
        surroundings.threads().later(Duration.ZERO, this::launch);
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

    private void launch() {
        try {
            Sandbox place = sandbox();
            int port = surroundings.spec().fixedPort() > 0 ? surroundings.spec().fixedPort() : freePort();
            synchronized (this) {
                if (isLeaving()) {
                    return;
                }
                Launcher.Session session = surroundings
                        .launcher()
                        .startServer(place, surroundings.spec().command(), Map.of("PORT", Integer.toString(port)));
                run = watched(new Run(++runs, place, session, port, System.nanoTime()));
            }
            listener.changed(this);
        } catch (IOException | RuntimeException e) {
            again("cannot start: " + e.getMessage());
        }
    }

    private Run watched(Run started) {
        try {
            watch(started);
            return started;
        } catch (RejectedExecutionException e) { // no thread to read what it writes
            started.session.end();
            throw e;
        }
    }

    private void watch(Run started) {
        Process process = started.session.process();
        surroundings
                .threads()
                .work()
                .execute(() -> new LogPump(line -> surroundings.log().add(id, line)).read(process.getInputStream()));
        started.session.onExit(() -> surroundings.threads().later(Duration.ZERO, () -> exited(started)));
        Probe ready = surroundings.spec().ready();
        surroundings
                .threads()
                .later(ready == null ? FIRST_LOOKS : ready.initialDelay().plus(FIRST_LOOKS), () -> look(started, 1));
    }

    /** Looks whether it listens, soon and often at first. */
    private void look(Run started, int looks) {
        if (!isCurrent(started)) {
            return;
        }
        Probe ready = surroundings.spec().ready();
        if (!isListening(started)) {
            lookAgain(started, looks);
        } else if (ready == null) {
            becomes(started, Endpoint.State.READY);
        } else {
            HealthCheck.ask(started.port, ready).subscribe(isReady -> {
                if (isReady) {
                    becomes(started, Endpoint.State.READY);
                    checkReadiness(started, 0);
                    checkHealth(started, 0);
                } else {
                    lookAgain(started, looks);
                }
            });
        }
    }

    private void lookAgain(Run started, int looks) {
        surroundings.threads().later(looks < MANY_LOOKS ? FIRST_LOOKS : LATER_LOOKS, () -> look(started, looks + 1));
    }

    private void checkReadiness(Run started, int failures) {
        Probe ready = surroundings.spec().ready();
        if (ready != null && isCurrent(started)) {
            surroundings
                    .threads()
                    .later(
                            ready.period(),
                            () -> HealthCheck.ask(started.port, ready).subscribe(isReady -> {
                                if (isReady) {
                                    becomes(started, Endpoint.State.READY);
                                } else if (failures + 1 == ready.failures()) {
                                    becomes(started, Endpoint.State.STARTING);
                                }
                                checkReadiness(started, isReady ? 0 : failures + 1);
                            }));
        }
    }

    private void checkHealth(Run started, int failures) {
        Probe health = surroundings.spec().health();
        if (health == null || !isCurrent(started)) {
            return;
        }
        if (failures >= health.failures()) {
            surroundings.log().add(id, "fails its health check " + health.path() + " and is killed");
            surroundings.threads().later(Duration.ZERO, started.session::end); // its exit brings the next run
            return;
        }
        surroundings
                .threads()
                .later(
                        health.period(),
                        () -> HealthCheck.ask(started.port, health)
                                .subscribe(isHealthy -> checkHealth(started, isHealthy ? 0 : failures + 1)));
    }

    private void exited(Run ended) {
        if (!isCurrent(ended)) {
            return;
        }
        ended.session.end();
        ended.place.killAll(List.of(ended.session.pid()));
        synchronized (this) {
            run = null;
            if (isLeaving()) {
                return;
            }
            state = Endpoint.State.STARTING;
        }
        if (System.nanoTime() - ended.startNanos > LONG_RUN.toNanos()) {
            backoff.reset();
        }
        again("exited with code " + ended.session.process().exitValue());
        listener.changed(this);
    }

    private void again(String reason) {
        if (isLeaving()) {
            return;
        }
        Duration wait = backoff.next();
        surroundings.log().add(id, reason + ", starts again in " + wait.toSeconds() + " s");
        surroundings.threads().later(wait, this::launch);
    }

    private void becomes(Run of, Endpoint.State next) {
        synchronized (this) {
            if (!of.equals(run) || isLeaving() || state == next) {
                return;
            }
            state = next;
        }
        listener.changed(this);
    }

    private synchronized boolean isLeaving() {
        return isStopped || state == Endpoint.State.DRAINING;
    }

    private synchronized boolean isCurrent(Run of) {
        return of.equals(run) && !isStopped;
    }

    private boolean isListening(Run started) {
        return Surroundings.unchecked(() -> ListeningSockets.isListening(
                ProcessTable.snapshot().members(List.of(started.session.pid())), started.port));
    }

    private boolean isIdle() {
        Run now;
        synchronized (this) {
            now = run;
        }
        return now == null || !Surroundings.unchecked(() -> ListeningSockets.isConnected(now.port));
    }

    private Sandbox sandbox() throws IOException {
        synchronized (this) {
            if (sandbox != null) {
                return sandbox;
            }
        }
        Sandbox opened = surroundings.sandbox().open(id);
        synchronized (this) {
            if (!isStopped) {
                sandbox = opened;
                return opened;
            }
        }
        opened.close();
        throw new IOException("stopped while it started");
    }

    private void close() {
        Run last;
        Sandbox place;
        synchronized (this) {
            last = run;
            place = sandbox;
        }
        try {
            surroundings.end(last == null ? List.of() : List.of(last.session), place);
            if (place != null) {
                place.close();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            listener.gone(this);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
