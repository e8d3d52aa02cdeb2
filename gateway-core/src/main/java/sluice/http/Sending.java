package sluice.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import sluice.core.Failure;
import sluice.core.FailureException;

/** Writes an answer. */
final class Sending {
    private static final int TIMED_OUT = 408; // the rest of that body may never come

    private Sending() {}

    /**
     * Completes when the answer is out. A whole answer that the client does not take in time costs it the connection; a
     * stream lasts until it ends, the client leaves, or the drain begins. A long body may take as long as it likes, but
     * for {@code stall} without progress.
     */
    static Mono<Void> send(
            Answer answer,
            HttpServerRequest request,
            HttpServerResponse response,
            Drain drain,
            HttpConfig config,
            Duration stall) {
        response.status(answer.status()).headers(answer.fields());
        boolean isUnread =
                answer.status() >= 400 && RequestBody.mayBeLarge(request.requestHeaders(), config.maxJsonBytes());
        if (isUnread || answer.status() == TIMED_OUT || drain.isDraining()) {
            response.keepAlive(false);
        }
        Flux<ByteBuf> buffers = answer.buffers();
        if (buffers != null) {
            return inBuffers(buffers, answer, request, response, stall);
        }
        Flux<byte[]> parts = answer.parts();
        if (parts != null) {
            Flux<byte[]> untilDrain = parts.takeUntilOther(drain.begun());
            Duration ping = answer.ping();
            if (ping != null && SocketHandshake.isAsked(request.requestHeaders())) {
                return WatchSocket.send(untilDrain, ping, request, response);
            }
            return inParts(untilDrain.onErrorResume(FailureException.class, Sending::lastWords), request, response)
                    .onErrorResume(FailureException.class, e -> close(request));
        }
        if (answer.body().length == 0 && !isUnread) {
            return response.send(); // complete once it is handed to the connection: there is nothing to wait for
        }
        return (isUnread ? RequestBody.discard(request) : Mono.<Void>empty())
                .then(Mono.defer(() -> whole(answer, response)))
                .timeout(config.writeTimeout())
                .onErrorResume(TimeoutException.class, e -> close(request));
    }

    private static Mono<Void> close(HttpServerRequest request) {
        return Mono.fromRunnable(
                () -> request.withConnection(connection -> connection.channel().close()));
    }

    /** A watch that must not go on just ends; one that is read too slowly may never take its end, and is cut off. */
    private static Flux<byte[]> lastWords(FailureException e) {
        return e.failure() == Failure.OVERLOADED ? Flux.error(e) : Flux.empty();
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

    /** An answer that breaks off, or that nobody reads on, ends its connection: a part never looks like the whole. */
    private static Mono<Void> inBuffers(
            Flux<ByteBuf> buffers,
            Answer answer,
            HttpServerRequest request,
            HttpServerResponse response,
            Duration stall) {
        boolean isBodiless = HttpMethod.HEAD.equals(request.method())
                || answer.status() == HttpResponseStatus.NO_CONTENT.code()
                || answer.status() == HttpResponseStatus.NOT_MODIFIED.code()
                || "0".equals(answer.fields().get(HttpHeaderNames.CONTENT_LENGTH));
        if (isBodiless) {
            return response.send();
        }
        return Mono.create(sink -> request.withConnection(connection -> sink.success(connection.channel())))
                .cast(Channel.class)
                .flatMap(channel -> response.send(new PacedBuffers(buffers, channel, stall), buffer -> true)
                        .then())
                .onErrorResume(e -> close(request));
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
