package sluice.http;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.time.Duration;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.http.server.WebsocketServerSpec;
import reactor.netty.http.websocket.WebsocketInbound;
import reactor.netty.http.websocket.WebsocketOutbound;
import sluice.core.Failure;
import sluice.core.FailureException;

/** A watch over a WebSocket: one text message an event, a ping now and then, and a close that says why (RFC 6455, 7.4). */
final class WatchSocket {
    private static final int NORMAL = 1000;
    private static final int VIOLATION = 1008;
    private static final int LATER = 1013;
    private static final int MOST_PAYLOAD = 4_096; // nothing that a client says is read
    private static final Duration CLOSING = Duration.ofSeconds(2);

    private WatchSocket() {}

    /** Completes when the connection is closed; {@code lines} end with a line feed, messages do not. */
    static Mono<Void> send(Flux<byte[]> lines, Duration ping, HttpServerRequest request, HttpServerResponse response) {
        String protocol = SocketHandshake.protocol(request.requestHeaders());
        WebsocketServerSpec.Builder spec = WebsocketServerSpec.builder().maxFramePayloadLength(MOST_PAYLOAD);
        return response.sendWebsocket(
                        (in, out) -> speak(lines, ping, in, out),
                        (protocol.isEmpty() ? spec : spec.protocols(protocol)).build())
                .onErrorComplete(); // the client has left
    }

    private static Mono<Void> speak(Flux<byte[]> lines, Duration ping, WebsocketInbound in, WebsocketOutbound out) {
        Sinks.Empty<Void> gone = Sinks.empty();
        // Read to its end and not cancelled before: a cancel would close with a status of its own.
        var unused = in.receiveFrames().subscribe(frame -> {}, e -> gone.tryEmitEmpty(), gone::tryEmitEmpty);
        Sinks.Empty<Void> told = Sinks.empty();
        Flux<WebSocketFrame> messages =
                lines.takeUntilOther(gone.asMono()).map(WatchSocket::message).doFinally(end -> told.tryEmitEmpty());
        Flux<WebSocketFrame> pings = Flux.interval(ping)
                .onBackpressureDrop()
                .<WebSocketFrame>map(tick -> new PingWebSocketFrame())
                .takeUntilOther(told.asMono());
        return out.sendObject(Flux.merge(messages, pings), frame -> true)
                .then()
                .then(Mono.defer(() -> close(out, NORMAL, "")))
                .onErrorResume(FailureException.class, e -> close(out, code(e), reason(e)));
    }

    private static WebSocketFrame message(byte[] line) {
        return new TextWebSocketFrame(Unpooled.wrappedBuffer(line, 0, line.length - 1));
    }

    /** One who does not even take this is cut off. */
    private static Mono<Void> close(WebsocketOutbound out, int code, String reason) {
        return out.sendClose(code, reason)
                .timeout(CLOSING)
                .onErrorResume(e -> Mono.fromRunnable(() ->
                        out.withConnection(connection -> connection.channel().close())));
    }

    private static int code(FailureException e) {
        return switch (e.failure()) {
            case NOT_PERMITTED, NOT_AUTHENTICATED -> VIOLATION;
            default -> LATER;
        };
    }

    /** At most 123 bytes fit in there. */
    private static String reason(FailureException e) {
        boolean isSlow = e.failure() == Failure.OVERLOADED;
        return isSlow ? "the watch was read too slowly" : "the watch is no longer permitted";
    }
}
