package sluice.http;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/** What goes back to the client of a control call: a status, fields, and a body that is whole or comes in parts. */
final class Answer {
    private static final byte[] NOTHING = {};

    private final int status;
    private final HttpHeaders fields = new DefaultHttpHeaders();
    private final byte[] body;
    private final @Nullable Flux<byte[]> parts;

    private Answer(int status, byte[] body, @Nullable Flux<byte[]> parts) {
        this.status = status;
        this.body = body;
        this.parts = parts;
    }

    static Answer empty(int status) {
        return new Answer(status, NOTHING, null);
    }

    static Answer of(int status, String contentType, byte[] body) {
        return new Answer(status, body, null).with(HttpHeaderNames.CONTENT_TYPE, contentType);
    }

    static Answer json(int status, Object value) {
        return of(status, "application/json", Json.write(value));
    }

    /** A stream that lasts: its head is sent at once, each part as it comes, and no time bounds it. */
    static Answer stream(String contentType, Flux<byte[]> parts) {
        return new Answer(200, NOTHING, parts).with(HttpHeaderNames.CONTENT_TYPE, contentType);
    }

    /** Adds a field; returns this answer. */
    Answer with(CharSequence name, String value) {
        fields.add(name, value);
        return this;
    }

    /** The same answer with other parts. */
    Answer following(Flux<byte[]> others) {
        Answer answer = new Answer(status, body, others);
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

    /** The parts of a stream, or null when the body is whole. */
    @Nullable Flux<byte[]> parts() {
        return parts;
    }
}
