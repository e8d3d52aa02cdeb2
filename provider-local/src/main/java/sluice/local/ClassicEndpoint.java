package sluice.local;

import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.LoopResources;
import sluice.core.FailureException;
import sluice.local.process.Launcher;
import sluice.local.process.ListeningSockets;
import sluice.local.process.Sandbox;

/**
 * The HTTP endpoint of a classic replica, on the loopback address: takes requests, waits for their turn, makes a
 * {@link ClassicCall} of each. Thread-safe.
 */
final class ClassicEndpoint {
    static final String LOOPBACK = "127.0.0.1";

    private static final int MOST_LINE_BYTES = 64 * 1024;
    private static final int MOST_HEADER_BYTES = 256 * 1024;
    private static final Duration LOOKS = Duration.ofSeconds(1);

    private final String replica;
    private final Surroundings surroundings;
    private final CallSlots.Lane lane;
    private final Surroundings.IoSupplier<Sandbox> sandbox;
    private final Set<ClassicCall> calls = ConcurrentHashMap.newKeySet();
    private final AtomicLong callNumbers = new AtomicLong();
    private final AtomicInteger requests = new AtomicInteger();
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final DisposableServer server;
    private volatile boolean isClosed;

    /** Binds the endpoint; blocks. {@code sandbox} is asked by each call. */
    ClassicEndpoint(
            String replica,
            Surroundings surroundings,
            CallSlots.Lane lane,
            LoopResources loops,
            Surroundings.IoSupplier<Sandbox> sandbox) {
        this.replica = replica;
        this.surroundings = surroundings;
        this.lane = lane;
        this.sandbox = sandbox;
        this.server = HttpServer.create()
                .runOn(loops)
                .host(LOOPBACK)
                .port(0)
                .httpRequestDecoder(
                        decoder -> decoder.maxInitialLineLength(MOST_LINE_BYTES).maxHeaderSize(MOST_HEADER_BYTES))
                .doOnConnection(connection -> connections.add(connection.channel()))
                .handle(this::handle)
                .bindNow();
        lookForLostCallers();
    }

    int port() {
        return server.port();
    }

    /** Whether no request is under way. */
    boolean isIdle() {
        return requests.get() == 0;
    }

    /** The processes of all calls. */
    List<Launcher.Session> sessions() {
        return calls.stream()
                .map(ClassicCall::session)
                .filter(Objects::nonNull)
                .map(Objects::requireNonNull)
                .toList();
    }

    /** Closes the port and all connections; blocks. */
    void close() {
        isClosed = true;
        server.disposeNow();
        var unused = connections.close();
    }

    private Publisher<Void> handle(HttpServerRequest request, HttpServerResponse response) {
        if (request.uri().equals("/_/health") || request.uri().equals("/_/ready")) {
            return response.status(200).send();
        }
        requests.incrementAndGet();
        return lane.acquire()
                .flatMap(permit -> call(request, response, permit))
                .onErrorResume(FailureException.class, refusal -> refuse(response, refusal))
                .doFinally(signal -> requests.decrementAndGet());
    }

    private Mono<Void> call(HttpServerRequest request, HttpServerResponse response, CallSlots.Permit permit) {
        int query = request.uri().indexOf('?');
        surroundings
                .log()
                .add(
                        replica,
                        request.method() + " "
                                + request.uri()
                                        .substring(0, query < 0 ? request.uri().length() : query));
        ClassicCall call = new ClassicCall(
                String.format(Locale.ROOT, "%s-%08x", replica, callNumbers.incrementAndGet()),
                peerPort(request),
                surroundings,
                sandbox,
                WatchdogEnvironment.of(request),
                request.receive().asByteArray(),
                line -> surroundings.log().add(replica, line));
        calls.add(call);
        return call.answer(() -> {
                    calls.remove(call);
                    permit.release();
                })
                .flatMap(answer -> answer.send(response, contentType(request)))
                .doOnCancel(call::abort);
    }

    private static Mono<Void> refuse(HttpServerResponse response, FailureException refusal) {
        return response.status(429)
                .header(HttpHeaderNames.CONTENT_TYPE, "text/plain")
                .header("X-OpenFaaS-Internal", "faas-middleware")
                .sendString(Mono.just(refusal.text() + "\n"))
                .then();
    }

    private String contentType(HttpServerRequest request) {
        String own = surroundings.spec().contentType();
        return own.isEmpty()
                ? Objects.requireNonNullElse(request.requestHeaders().get(HttpHeaderNames.CONTENT_TYPE), "")
                : own;
    }

    /**
     * While a process does not read its input nobody reads from the caller either, and so a caller that leaves is not
     * noticed. Such calls are few: for those alone the system is asked.
     */
    private void lookForLostCallers() {
        for (ClassicCall call : calls) {
            if (call.isStalled()
                    && Surroundings.unchecked(() -> ListeningSockets.isLeft(server.port(), call.peerPort()))) {
                call.abort();
            }
        }
        if (!isClosed) {
            surroundings.threads().later(LOOKS, this::lookForLostCallers);
        }
    }

    private static int peerPort(HttpServerRequest request) {
        InetSocketAddress peer = request.remoteAddress();
        return peer == null ? 0 : peer.getPort();
    }
}
