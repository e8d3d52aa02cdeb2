package sluice.benchmarks.peer;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetSocketAddress;
import java.util.Objects;
import org.reactivestreams.Publisher;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.ConnectionProvider;

/**
 * The proxy one writes with Reactor Netty in an afternoon: {@code HttpServer} and {@code HttpClient} joined by
 * streams. Strips {@code /function/up}, drops {@code Connection}, adds {@code X-Forwarded-For}.
 */
final class ReactorProxy {
    private static final String PREFIX = "/function/up";

    private final HttpClient client;

    private ReactorProxy(int upstreamPort) {
        ConnectionProvider pool = ConnectionProvider.builder("up")
                .maxConnections(10_000)
                .pendingAcquireMaxCount(-1)
                .build();
        client = HttpClient.create(pool).host("127.0.0.1").port(upstreamPort);
    }

    /** Arguments: own port, the upstream's port. */
    public static void main(String[] args) {
        System.setProperty("reactor.netty.ioWorkerCount", "1");
        Probe.serve();
        start(Integer.parseInt(args[0]), Integer.parseInt(args[1])).onDispose().block();
    }

    /** Serves on 127.0.0.1 until disposed of; port 0 picks a free one. */
    static DisposableServer start(int port, int upstreamPort) {
        ReactorProxy proxy = new ReactorProxy(upstreamPort);
        return HttpServer.create()
                .host("127.0.0.1")
                .port(port)
                .handle(proxy::forward)
                .bindNow();
    }

    private Publisher<Void> forward(HttpServerRequest request, HttpServerResponse response) {
        return client.headers(headers -> fill(headers, request))
                .request(request.method())
                .uri(request.uri().substring(PREFIX.length()))
                .send(request.receive().retain())
                .response((answer, body) -> {
                    response.status(answer.status());
                    response.headers(answer.responseHeaders().copy().remove(HttpHeaderNames.CONNECTION));
                    return response.send(body.retain());
                });
    }

    private static void fill(HttpHeaders headers, HttpServerRequest request) {
        InetSocketAddress peer = Objects.requireNonNull(request.remoteAddress());
        headers.set(request.requestHeaders())
                .remove(HttpHeaderNames.CONNECTION)
                .add("X-Forwarded-For", peer.getAddress().getHostAddress());
    }
}
