package sluice.local;

import io.netty.handler.codec.http.HttpHeaderNames;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.LoopResources;
import sluice.core.Endpoint;
import sluice.core.FailureException;
import sluice.local.process.Launcher;
import sluice.local.process.Sandbox;

/**
 * A replica in classic mode: an HTTP endpoint of the gateway's own, on the loopback address, that forks the function's
 * command for each call.
 */
final class ClassicReplica implements Replica {
    private static final String LOOPBACK = "127.0.0.1";
    private static final int MOST_LINE_BYTES = 64 * 1024;
    private static final int MOST_HEADER_BYTES = 256 * 1024;

    private final String id;
    private final Surroundings surroundings;
    private final CallSlots.Lane lane;
    private final LoopResources loops;
    private final Listener listener;
    private final Backoff backoff = new Backoff();
    private final Set<ClassicCall> calls = ConcurrentHashMap.newKeySet();
    private final AtomicLong callNumbers = new AtomicLong();
    private volatile Endpoint.State state = Endpoint.State.STARTING;
    private @Nullable DisposableServer server;
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
    public Endpoint.State state() {
        return state;
    }

    @Override
    public synchronized @Nullable Endpoint endpoint() {
        return server == null ? null : new Endpoint(id, LOOPBACK, server.port(), state);
    }

    @Override
    public Set<Long> sessions() {
        return running().stream().map(Launcher.Session::pid).collect(Collectors.toSet());
    }

    @Override
    public void start() {
        surroundings.threads().later(Duration.ZERO, this::open);
    }

    @Override
    public void drain(Duration grace) {
        synchronized (this) {
            state = Endpoint.State.DRAINING;
        }
        listener.changed(this);
        surroundings.whenIdle(calls::isEmpty, grace, this::stop);
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

    private void open() {
        try {
            Sandbox opened = surroundings.sandbox().open(id);
            DisposableServer bound = bind(opened);
            if (keep(opened, bound)) {
                listener.changed(this);
            } else {
                bound.disposeNow();
                opened.close();
            }
        } catch (IOException | RuntimeException e) {
            Duration wait = backoff.next();
            surroundings.log().add(id, "cannot start, tries again in " + wait.toSeconds() + " s: " + e.getMessage());
            surroundings.threads().later(wait, this::openUnlessLeaving);
        }
    }

    private synchronized boolean keep(Sandbox opened, DisposableServer bound) {
        if (isStopped) {
            return false;
        }
        sandbox = opened;
        server = bound;
        state = state == Endpoint.State.STARTING ? Endpoint.State.READY : state;
        return true;
    }

    private void openUnlessLeaving() {
        if (state == Endpoint.State.STARTING) {
            open();
        }
    }

    private DisposableServer bind(Sandbox opened) {
        return HttpServer.create()
                .runOn(loops)
                .host(LOOPBACK)
                .port(0)
                .httpRequestDecoder(
                        decoder -> decoder.maxInitialLineLength(MOST_LINE_BYTES).maxHeaderSize(MOST_HEADER_BYTES))
                .handle((request, response) -> handle(opened, request, response))
                .bindNow();
    }

    private Publisher<Void> handle(Sandbox opened, HttpServerRequest request, HttpServerResponse response) {
        if (request.uri().equals("/_/health") || request.uri().equals("/_/ready")) {
            return response.status(state == Endpoint.State.READY ? 200 : 503).send();
        }
        return lane.acquire()
                .flatMap(permit -> call(opened, request, response, permit))
                .onErrorResume(
                        FailureException.class,
                        refusal -> response.status(429)
                                .header(HttpHeaderNames.CONTENT_TYPE, "text/plain")
                                .header("X-OpenFaaS-Internal", "faas-middleware")
                                .sendString(Mono.just(refusal.text() + "\n"))
                                .then());
    }

    private Mono<Void> call(
            Sandbox opened, HttpServerRequest request, HttpServerResponse response, CallSlots.Permit permit) {
        String number = String.format(Locale.ROOT, "%s-%08x", id, callNumbers.incrementAndGet());
        surroundings.log().add(id, request.method() + " " + request.uri());
        ClassicCall call = new ClassicCall(
                number,
                surroundings,
                opened,
                WatchdogEnvironment.of(request),
                request.receive().asByteArray(),
                line -> surroundings.log().add(id, line));
        calls.add(call);
        return call.answer(() -> {
                    calls.remove(call);
                    permit.release();
                })
                .flatMap(answer -> answer.send(response, contentType(request)))
                .doOnCancel(call::abort);
    }

    private String contentType(HttpServerRequest request) {
        String own = surroundings.spec().contentType();
        return own.isEmpty()
                ? Objects.requireNonNullElse(request.requestHeaders().get(HttpHeaderNames.CONTENT_TYPE), "")
                : own;
    }

    private List<Launcher.Session> running() {
        List<Launcher.Session> sessions = new ArrayList<>();
        for (ClassicCall call : calls) {
            Launcher.Session session = call.session();
            if (session != null) {
                sessions.add(session);
            }
        }
        return sessions;
    }

    private void close() {
        DisposableServer bound;
        Sandbox opened;
        synchronized (this) {
            bound = server;
            opened = sandbox;
        }
        try {
            surroundings.end(running(), id);
            if (bound != null) {
                bound.disposeNow();
            }
            if (opened != null) {
                opened.close();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            listener.gone(this);
        }
    }
}
