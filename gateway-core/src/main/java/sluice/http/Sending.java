package sluice.http;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpVersion;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
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
        boolean isUnread = answer.status() >= 400 && RequestBody.mayBeLarge(request.requestHeaders());
        if (isUnread || drain.isDraining()) {
            response.keepAlive(false);
        }
        Flux<byte[]> parts = answer.parts();
        if (parts != null) {
            return inParts(parts.takeUntilOther(drain.begun()), request, response);
        }
        return (isUnread ? RequestBody.discard(request) : Mono.<Void>empty())
                .then(Mono.defer(() -> whole(answer, response)))
                .timeout(writeTimeout)
                .onErrorResume(TimeoutException.class, e -> close(request));
    }

    private static Mono<Void> close(HttpServerRequest request) {
        return Mono.fromRunnable(
                () -> request.withConnection(connection -> connection.channel().close()));
    }

    /** Sends a Flux although it is one buffer: of a Mono the server would not tell when it is written. */
    private static Mono<Void> whole(Answer answer, HttpServerResponse response) {
        byte[] body = answer.body();
        if (body.length == 0) {
            return response.send();
        }
        return response.header(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(body.length))
                .send(Flux.defer(() -> Flux.just(Unpooled.wrappedBuffer(body))))
                .then();
    }

    /** The head at once, for readers that wait for it; then each part as it comes. */
    private static Mono<Void> inParts(Flux<byte[]> parts, HttpServerRequest request, HttpServerResponse response) {
        boolean knowsChunks = !HttpVersion.HTTP_1_0.equals(request.version());
        if (!knowsChunks) {
            response.keepAlive(false); // the end of the connection is the end of the answer
        }
        return response.chunkedTransfer(knowsChunks)
                .sendHeaders()
                .then(Mono.defer(() -> response.send(parts.map(Unpooled::wrappedBuffer), part -> true)
                        .then()))
                .then();
    }
}
