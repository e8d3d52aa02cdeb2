package sluice.http;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableChannel;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** Writes an answer. */
final class Sending {
    private Sending() {}

    /**
     * Completes when the answer is out. A whole answer that the client does not take in time costs it the connection; a
     * stream lasts until it ends, the client leaves, or the drain begins.
     */
    static Mono<Void> send(
            Answer answer, HttpServerRequest request, HttpServerResponse response, Drain drain, Duration writeTimeout) {
        response.status(answer.status()).headers(answer.fields());
        if (drain.isDraining() || leavesBodyUnread(answer, request.requestHeaders())) {
            response.keepAlive(false);
        }
        Flux<byte[]> parts = answer.parts();
        return parts == null
                ? whole(answer, response)
                        .timeout(writeTimeout)
                        .onErrorResume(
                                TimeoutException.class,
                                e -> Mono.fromRunnable(() -> request.withConnection(DisposableChannel::dispose)))
                : inParts(parts.takeUntilOther(drain.begun()), response);
    }

    private static Mono<Void> whole(Answer answer, HttpServerResponse response) {
        byte[] body = answer.body();
        if (body.length == 0) {
            return response.send();
        }
        return response.header(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(body.length))
                .send(Mono.fromSupplier(() -> Unpooled.wrappedBuffer(body)))
                .then();
    }

    /** The head at once, for readers that wait for it; then each part as it comes. */
    private static Mono<Void> inParts(Flux<byte[]> parts, HttpServerResponse response) {
        return response.chunkedTransfer(true)
                .sendHeaders()
                .then(Mono.defer(() -> response.send(parts.map(Unpooled::wrappedBuffer), part -> true)
                        .then()))
                .then();
    }

    /** A body of unknown or forbidden size behind an early refusal is not waited for. */
    private static boolean leavesBodyUnread(Answer answer, HttpHeaders request) {
        return answer.status() >= 400
                && (RequestBody.isDeclaredTooLarge(request) || request.contains(HttpHeaderNames.TRANSFER_ENCODING));
    }
}
