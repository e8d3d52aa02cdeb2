package sluice.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import sluice.core.Component;
import sluice.core.Failure;

/** The body of a control call: small, whole, in time, and never inflated. */
final class RequestBody {
    /** The largest body, bytes. */
    static final int LIMIT = 1 << 20;

    private RequestBody() {}

    /** Reads the body that {@code route} expects. */
    static Mono<JsonNode> read(HttpServerRequest request, Route route, Duration readTimeout) {
        if (route.body() == Route.Body.NONE) {
            return Mono.just(MissingNode.getInstance());
        }
        HttpHeaders headers = request.requestHeaders();
        String coding = headers.get(HttpHeaderNames.CONTENT_ENCODING, "identity");
        if (!coding.isEmpty() && !HttpHeaderValues.IDENTITY.contentEqualsIgnoreCase(coding)) {
            return Mono.error(Failure.UNSUPPORTED_MEDIA_TYPE.in(
                    Component.GATEWAY, "Content-Encoding is not accepted; send the JSON as it is"));
        }
        if (isDeclaredTooLarge(headers)) {
            return Mono.error(Failure.TOO_LARGE.in(Component.GATEWAY, "the body must be at most " + LIMIT + " bytes"));
        }
        return bytes(request, readTimeout)
                .map(bytes -> bytes.length == 0 && route.body() == Route.Body.JSON_OR_NOTHING
                        ? MissingNode.getInstance()
                        : Json.object(bytes, route.complaint()));
    }

    /** Whether the client says that it sends more than would be read. */
    static boolean isDeclaredTooLarge(HttpHeaders headers) {
        String length = headers.get(HttpHeaderNames.CONTENT_LENGTH, "0");
        return !length.matches("[0-9]{1,10}") || Long.parseLong(length) > LIMIT;
    }

    private static Mono<byte[]> bytes(HttpServerRequest request, Duration readTimeout) {
        return request.receive()
                .asByteArray()
                .reduceWith(ByteArrayOutputStream::new, RequestBody::append)
                .map(ByteArrayOutputStream::toByteArray)
                .timeout(readTimeout)
                .onErrorMap(
                        TimeoutException.class,
                        e -> Failure.REQUEST_TIMEOUT.in(
                                Component.GATEWAY, "the body did not arrive within " + readTimeout.toMillis() + " ms"));
    }

    private static ByteArrayOutputStream append(ByteArrayOutputStream so, byte[] part) {
        if (so.size() + part.length > LIMIT) {
            throw Failure.TOO_LARGE.in(Component.GATEWAY, "the body must be at most " + LIMIT + " bytes");
        }
        so.writeBytes(part);
        return so;
    }
}
