package sluice.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.regex.Pattern;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.LoopResources;

/**
 * A port in cleartext that only says where to go: to the same path under TLS (RFC 9110, 15.4.9: 308 keeps method and body).
 * It reads no body and knows no function, so nothing can be called by mistake.
 */
final class RedirectServer {
    private static final Pattern HOST = Pattern.compile("([A-Za-z0-9.-]{1,253}|\\[[0-9A-Fa-f:.]{2,45}])(:[0-9]{1,5})?");
    private static final int STANDARD_PORT = 443;

    private RedirectServer() {}

    /**
     * Binds; blocks until the port is bound.
     *
     * @param port of TLS, to which clients are sent
     */
    static DisposableServer start(HttpConfig config, int port, LoopResources loops) {
        Connections connections = new Connections(config.maxConnections(), config.maxConnectionsPerAddress());
        return HttpServer.create()
                .host(config.bind())
                .port(config.redirectPort())
                .runOn(loops, config.transport().isNative())
                .httpRequestDecoder(spec ->
                        spec.maxInitialLineLength(config.maxRequestLineBytes()).maxHeaderSize(config.maxHeadBytes()))
                .idleTimeout(config.headTimeout())
                .maxKeepAliveRequests(1)
                .doOnChannelInit((observer, channel, remote) -> {
                    if (!connections.opened(channel)) {
                        channel.close();
                    }
                })
                .doOnBound(bound -> connections.bound(bound.channel()))
                .handle((request, response) -> answer(request, response, port))
                .bindNow();
    }

    private static Mono<Void> answer(HttpServerRequest request, HttpServerResponse response, int port) {
        String host = request.requestHeaders().get(HttpHeaderNames.HOST, "");
        String target = request.uri();
        if (!HOST.matcher(host).matches() || !target.startsWith("/")) {
            return response.status(HttpResponseStatus.BAD_REQUEST).send();
        }
        String name = host.replaceFirst(":[0-9]{1,5}$", "");
        String there = "https://" + name + (port == STANDARD_PORT ? "" : ":" + port) + target;
        return response.status(HttpResponseStatus.PERMANENT_REDIRECT)
                .header(HttpHeaderNames.LOCATION, there)
                .send();
    }
}
