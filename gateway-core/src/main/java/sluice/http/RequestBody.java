package sluice.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;

/** The body of a control call: small, whole, in time, and never inflated. */
final class RequestBody {
    private static final int FORM_LIMIT = 64 << 10;
    private static final String FORM = "application/x-www-form-urlencoded";
    private static final long MOST_DISCARDED = 8L << 20;
    private static final Duration DISCARDING = Duration.ofSeconds(2);

    private RequestBody() {}

    /** Reads the body that {@code route} expects; missing when there is none, or no form where one is expected. */
    static Mono<JsonNode> read(HttpServerRequest request, Route route, HttpConfig config) {
        int most = route.body() == Route.Body.FORM ? FORM_LIMIT : config.maxJsonBytes();
        if (route.body() == Route.Body.NONE) {
            return Mono.just(MissingNode.getInstance());
        }
        HttpHeaders headers = request.requestHeaders();
        String coding = headers.get(HttpHeaderNames.CONTENT_ENCODING, "identity");
        if (!coding.isEmpty() && !HttpHeaderValues.IDENTITY.contentEqualsIgnoreCase(coding)) {
            return Mono.error(Failure.UNSUPPORTED_MEDIA_TYPE.in(
                    Component.GATEWAY, "Content-Encoding is not accepted; send the JSON as it is"));
        }
        if (mayBeLarge(headers, most) && !headers.contains(HttpHeaderNames.TRANSFER_ENCODING)) {
            return Mono.error(tooLarge(most));
        }
        if (route.body() == Route.Body.FORM) {
            return isForm(headers)
                    ? bytes(request, config.readTimeout(), most).map(RequestBody::form)
                    : Mono.just(MissingNode.getInstance());
        }
        return bytes(request, config.readTimeout(), most)
                .map(bytes -> bytes.length == 0 && route.body() == Route.Body.JSON_OR_NOTHING
                        ? MissingNode.getInstance()
                        : Json.object(bytes, route.complaint(), config.maxJsonNesting()));
    }

    /** Whether more may come than would be read: a greater length, or none. */
    static boolean mayBeLarge(HttpHeaders headers, int most) {
        String length = headers.get(HttpHeaderNames.CONTENT_LENGTH, "0");
        return headers.contains(HttpHeaderNames.TRANSFER_ENCODING)
                || !length.matches("[0-9]{1,10}")
                || Long.parseLong(length) > most;
    }

    /**
     * Throws away what the client is still sending, within bounds. A client reads no answer before it has sent its
     * body, and would lose it when the connection is closed under it. One that waits for leave to send gets none.
     */
    static Mono<Void> discard(HttpServerRequest request) {
        if (request.requestHeaders().contains(HttpHeaderNames.EXPECT)) {
            return Mono.empty();
        }
        AtomicLong discarded = new AtomicLong();
        return request.receive()
                .map(part -> discarded.addAndGet(part.readableBytes()))
                .takeUntil(bytes -> bytes > MOST_DISCARDED)
                .then()
                .timeout(DISCARDING, Mono.empty())
                .onErrorComplete(); // it has been read, or the client has left
    }

    private static Mono<byte[]> bytes(HttpServerRequest request, Duration readTimeout, int most) {
        return request.receive()
                .asByteArray()
                .reduceWith(ByteArrayOutputStream::new, (body, part) -> append(body, part, most))
                .map(body -> whole(body, most))
                .timeout(readTimeout)
                .onErrorMap(
                        TimeoutException.class,
                        e -> Failure.REQUEST_TIMEOUT.in(
                                Component.GATEWAY, "the body did not arrive within " + readTimeout.toMillis() + " ms"));
    }

    private static boolean isForm(HttpHeaders headers) {
        String type = headers.get(HttpHeaderNames.CONTENT_TYPE, "").toLowerCase(Locale.ROOT);
        return type.equals(FORM) || type.startsWith(FORM + ";");
    }

    private static JsonNode form(byte[] bytes) {
        ObjectNode form = JsonNodeFactory.instance.objectNode();
        for (String pair : new String(bytes, StandardCharsets.ISO_8859_1).split("&", -1)) {
            int equals = pair.indexOf('=');
            if (!pair.isEmpty()) {
                String name = Query.decode(equals < 0 ? pair : pair.substring(0, equals));
                (form.get(name) instanceof ArrayNode values ? values : form.putArray(name))
                        .add(equals < 0 ? "" : Query.decode(pair.substring(equals + 1)));
            }
        }
        return form;
    }

    /** Keeps one byte more than the limit allows, as a mark, and throws away the rest. */
    private static ByteArrayOutputStream append(ByteArrayOutputStream so, byte[] part, int most) {
        so.write(part, 0, Math.min(part.length, most + 1 - so.size()));
        return so;
    }

    private static byte[] whole(ByteArrayOutputStream body, int most) {
        if (body.size() > most) {
            throw tooLarge(most);
        }
        return body.toByteArray();
    }

    private static FailureException tooLarge(int most) {
        return Failure.TOO_LARGE.in(
                Component.GATEWAY, "the body must be at most " + most + " bytes (SLUICE_MAX_JSON_BODY)");
    }
}
