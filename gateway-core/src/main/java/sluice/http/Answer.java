package sluice.http;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/** What goes back to the client of a control call: a status, fields, and a body that is whole or comes in parts. */
final class Answer {
    private static final byte[] NOTHING = {};

    private final int status;
    private final HttpHeaders fields = new DefaultHttpHeaders();
    private final byte[] body;
    private final @Nullable Flux<byte[]> parts;
    private final @Nullable Flux<ByteBuf> buffers;
    private final @Nullable Duration ping;

    private Answer(
            int status,
            byte[] body,
            @Nullable Flux<byte[]> parts,
            @Nullable Flux<ByteBuf> buffers,
            @Nullable Duration ping) {
        this.status = status;
        this.body = body;
        this.parts = parts;
        this.buffers = buffers;
        this.ping = ping;
    }

    static Answer empty(int status) {
        return new Answer(status, NOTHING, null, null, null);
    }

    static Answer of(int status, String contentType, byte[] body) {
        return new Answer(status, body, null, null, null).with(HttpHeaderNames.CONTENT_TYPE, contentType);
    }

    static Answer json(int status, Object value) {
        return of(status, "application/json", Json.write(value));
    }

    /** A stream that lasts: its head is sent at once, each part as it comes, and no time bounds it. */
    static Answer stream(String contentType, Flux<byte[]> parts) {
        return new Answer(200, NOTHING, parts, null, null).with(HttpHeaderNames.CONTENT_TYPE, contentType);
    }

    /**
     * A stream of JSON lines that may also go out as messages of a WebSocket. It may fail: with {@code OVERLOADED} for a
     * client that reads too slowly, with any other failure when it must not go on.
     *
     * @param ping how often a WebSocket is pinged
     */
    static Answer watch(Flux<byte[]> lines, Duration ping) {
        return new Answer(200, NOTHING, lines, null, ping).with(HttpHeaderNames.CONTENT_TYPE, "application/json");
    }

    /**
     * A body of known length that is too long to be collected.
     *
     * @param fields without framing; copied
     */
    static Answer buffers(int status, HttpHeaders fields, long length, Flux<ByteBuf> buffers) {
        Answer answer = new Answer(status, NOTHING, null, buffers, null);
        answer.fields.set(fields);
        return answer.set(HttpHeaderNames.CONTENT_LENGTH, Long.toString(length));
    }

    /** Adds a field, in place of all others of that name; returns this answer. */
    @CanIgnoreReturnValue
    Answer set(CharSequence name, String value) {
        fields.set(name, value);
        return this;
    }

    /** Adds a field; returns this answer. */
    Answer with(CharSequence name, String value) {
        fields.add(name, value);
        return this;
    }

    /** The same answer with other parts. */
    Answer following(Flux<byte[]> others) {
        Answer answer = new Answer(status, body, others, buffers, ping);
        answer.fields.set(fields);
        return answer;
    }

    int status() {
        return status;
    }

    HttpHeaders fields() {
        return fields;
    }

    byte[] body() {
        return body;
    }

    /** The body when it has a known length and is not collected, or null; subscribed to at most once. */
    @Nullable Flux<ByteBuf> buffers() {
        return buffers;
    }

    /** The parts of a stream, or null when the body is whole. */
    @Nullable Flux<byte[]> parts() {
        return parts;
    }

    /** How often a WebSocket is pinged, or null when this may not go out as one. */
    @Nullable Duration ping() {
        return ping;
    }
}
