package sluice.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;

/**
 * What a client says that wants a WebSocket (RFC 6455, 4.1). A browser can set no {@code Authorization} there and puts its
 * token among the subprotocols, beside one that the server can answer with (Kubernetes, WebSocket bearer token protocol).
 */
final class SocketHandshake {
    private static final String BEARER = "base64url.bearer.authorization.k8s.io.";
    private static final String VERSION = "13";
    private static final Pattern TOKEN = Pattern.compile("[\\x21-\\x7e]{1,16384}");
    private static final int KEY_BYTES = 16;

    private SocketHandshake() {}

    static boolean isAsked(HttpHeaders headers) {
        return headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)
                && headers.containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true);
    }

    /**
     * The answer to one that cannot be made, or null.
     *
     * @param origins from which pages may come that have no token
     * @throws FailureException for what is malformed, or may not be
     */
    static @Nullable Answer refusal(HttpHeaders headers, Set<String> origins) {
        if (!VERSION.equals(headers.get(HttpHeaderNames.SEC_WEBSOCKET_VERSION))) {
            return Answer.of(426, "text/plain; charset=utf-8", "Sec-WebSocket-Version: must be 13\n".getBytes(UTF_8))
                    .with(HttpHeaderNames.SEC_WEBSOCKET_VERSION, VERSION);
        }
        if (!isKey(headers.get(HttpHeaderNames.SEC_WEBSOCKET_KEY, ""))) {
            throw invalid("Sec-WebSocket-Key: must be 16 bytes in base64");
        }
        String token = token(headers);
        if (token != null && protocol(headers).isEmpty()) {
            throw invalid("Sec-WebSocket-Protocol: beside the token, one must be offered that can be answered");
        }
        String scheme = headers.get(HttpHeaderNames.AUTHORIZATION, "").toLowerCase(Locale.ROOT);
        if (token == null && !scheme.startsWith("bearer ")) {
            checkOrigin(headers, origins);
        }
        return null;
    }

    /** The fields as if the token had been in {@code Authorization}; the same ones when there is none. */
    static HttpHeaders spelled(HttpHeaders headers) {
        String token = isAsked(headers) ? token(headers) : null;
        return token == null ? headers : headers.copy().add(HttpHeaderNames.AUTHORIZATION, "Bearer " + token);
    }

    /** The subprotocol to answer with: the first that holds no token, or empty. */
    static String protocol(HttpHeaders headers) {
        return protocols(headers).stream()
                .filter(protocol -> !protocol.startsWith(BEARER))
                .findFirst()
                .orElse("");
    }

    private static @Nullable String token(HttpHeaders headers) {
        List<String> tokens = protocols(headers).stream()
                .filter(protocol -> protocol.startsWith(BEARER))
                .toList();
        if (tokens.isEmpty()) {
            return null;
        }
        if (tokens.size() > 1) {
            throw invalid("Sec-WebSocket-Protocol: more than one token");
        }
        String token = decoded(tokens.get(0).substring(BEARER.length()));
        if (!TOKEN.matcher(token).matches()) {
            throw invalid("Sec-WebSocket-Protocol: the token must be base64url without padding");
        }
        return token;
    }

    private static String decoded(String text) {
        try {
            return text.endsWith("=") ? "" : new String(Base64.getUrlDecoder().decode(text), ISO_8859_1);
        } catch (IllegalArgumentException e) {
            return "";
        }
    }

    private static List<String> protocols(HttpHeaders headers) {
        List<String> protocols = new ArrayList<>();
        for (String field : headers.getAll(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL)) {
            for (String each : field.split(",", -1)) {
                if (!each.isBlank()) {
                    protocols.add(each.strip());
                }
            }
        }
        return protocols;
    }

    /** A browser sends a password that it remembers for whatever page asks it to; so such a page must be ours. */
    private static void checkOrigin(HttpHeaders headers, Set<String> origins) {
        String origin = headers.get(HttpHeaderNames.ORIGIN, "").toLowerCase(Locale.ROOT);
        String host = headers.get(HttpHeaderNames.HOST, "").toLowerCase(Locale.ROOT);
        boolean isOwn = !host.isEmpty() && origin.endsWith("://" + host);
        if (!origin.isEmpty() && !isOwn && !origins.contains(origin)) {
            throw Failure.NOT_PERMITTED.in(
                    Component.ACCESS, "Origin: pages of other sites are refused (SLUICE_WATCH_ORIGINS)");
        }
    }

    private static boolean isKey(String text) {
        try {
            return Base64.getDecoder().decode(text).length == KEY_BYTES;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static FailureException invalid(String text) {
        return Failure.INVALID_REQUEST.in(Component.GATEWAY, text);
    }
}
