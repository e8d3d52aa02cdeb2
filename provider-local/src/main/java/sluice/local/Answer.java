package sluice.local;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.nio.ByteBuffer;
import java.util.Locale;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerResponse;

/** What a classic call answers. */
sealed interface Answer {
    int CHUNKS_ON_THE_WAY = 8;

    /** The whole answer of a process that has ended. */
    record Whole(int status, ByteBuffer body, long nanos) implements Answer {
        static Whole of(int status, byte[] body, long nanos) {
            return new Whole(status, ByteBuffer.wrap(body), nanos);
        }
    }

    /** The answer of a process that is still writing. */
    record Streamed(ChunkStream body) implements Answer {}

    /** Sends this answer; {@code contentType} may be empty, and is not that of a failure. */
    default Mono<Void> send(HttpServerResponse response, String contentType) {
        String type = this instanceof Whole whole && whole.status != 200 ? "text/plain" : contentType;
        if (!type.isEmpty()) {
            response.header(HttpHeaderNames.CONTENT_TYPE, type);
        }
        return this instanceof Whole whole ? sendWhole(response, whole) : sendStream(response, (Streamed) this);
    }

    private static Mono<Void> sendWhole(HttpServerResponse response, Whole answer) {
        Publisher<ByteBuf> body = Mono.fromSupplier(() -> Unpooled.wrappedBuffer(answer.body));
        return response.status(answer.status)
                .header(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(answer.body.remaining()))
                .header("X-Duration-Seconds", String.format(Locale.ROOT, "%.6f", answer.nanos / 1e9))
                .send(body)
                .then();
    }

    private static Mono<Void> sendStream(HttpServerResponse response, Streamed answer) {
        Flux<ByteBuf> body = answer.body.chunks().limitRate(CHUNKS_ON_THE_WAY);
        return response.status(200).send(body, chunk -> true).then();
    }
}
