package sluice.http;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpHeadersFactory;
import io.netty.util.AsciiString;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import sluice.core.AccessGate;
import sluice.core.Network;

/**
 * The fields of a submit that are kept with its call and that the function will see: everything the client sent, but
 * for framing, hop-by-hop fields (those it nominated among them), what is meant for the gateway alone, and a credential
 * that the gateway itself checks. The rules are those of a synchronous call (OpenFaaS gateway, request as delivered to
 * the function; reliability matrix, X1 to X3 and X7).
 */
final class KeptHeaders {
    private static final HttpHeadersFactory UNCHECKED =
            DefaultHttpHeadersFactory.headersFactory().withValidation(false); // the decoder has checked them
    private static final AsciiString FORWARDED_FOR = AsciiString.cached("x-forwarded-for");
    private static final AsciiString FORWARDED_HOST = AsciiString.cached("x-forwarded-host");
    private static final AsciiString START_TIME = AsciiString.cached("x-start-time");

    /** Answered for by the gateway, so {@code Connection} cannot take them away. */
    private static final Set<String> PROTECTED = Set.of(
            "x-forwarded-for",
            "x-forwarded-host",
            "x-forwarded-port",
            "x-forwarded-proto",
            "x-forwarded-uri",
            "x-sluice-hops");

    private static final Set<String> FORWARDED =
            Set.of("x-forwarded-for", "x-forwarded-host", "x-forwarded-port", "x-forwarded-proto", "x-forwarded-uri");

    private static final Set<String> DROPPED = Set.of(
            "host",
            "connection",
            "keep-alive",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "http2-settings",
            "content-length",
            "expect",
            "x-http2-stream-id",
            "x-http2-scheme",
            "x-http2-path",
            "x-http2-stream-promise-id",
            "x-http2-stream-dependency-id",
            "x-http2-stream-weight",
            "x-auth-seconds",
            "x-forwarded-client-cert",
            "x-openfaas-internal",
            "x-call-id",
            "x-start-time",
            "x-callback-url",
            "x-sluice-delay",
            "x-sluice-not-before",
            "x-sluice-max-age",
            "x-sluice-label",
            "prefer");

    private static final List<String> PRIVATE_TOKENS =
            List.of("scw_functions_token", "scw-functions-token", "x-sluice-token");

    private final AccessGate gate;
    private final List<Network> trustedProxies;

    KeptHeaders(AccessGate gate, List<Network> trustedProxies) {
        this.gate = gate;
        this.trustedProxies = trustedProxies;
    }

    /**
     * @param prefer preferences that are not the gateway's, or empty
     */
    HttpHeaders of(HttpHeaders request, InetSocketAddress peer, String host, String start, String prefer) {
        Set<String> nominated = nominated(request);
        boolean isTrusted = isTrusted(peer);
        boolean dropsAuthorization = dropsAuthorization(request);
        HttpHeaders kept = UNCHECKED.newHeaders();
        request.iteratorCharSequence().forEachRemaining(field -> {
            String name = lower(field);
            boolean isKept = !DROPPED.contains(name)
                    && !name.startsWith("proxy-")
                    && !nominated.contains(name)
                    && (isTrusted || !FORWARDED.contains(name))
                    && !(dropsAuthorization && name.equals("authorization"));
            if (isKept) {
                kept.add(field.getKey(), field.getValue());
            }
        });
        if (!kept.contains(FORWARDED_FOR)) {
            kept.set(FORWARDED_FOR, NetUtil.toSocketAddressString(peer));
        }
        if (!kept.contains(FORWARDED_HOST) && !host.isEmpty()) {
            kept.set(FORWARDED_HOST, host);
        }
        kept.set(START_TIME, start);
        if (!prefer.isEmpty()) {
            kept.set(Preferences.FIELD, prefer);
        }
        return kept;
    }

    /** Takes away what the caller of a private function of {@code namespace} has shown to be let in. */
    void dropPrivateTokens(HttpHeaders headers, String namespace) {
        PRIVATE_TOKENS.forEach(headers::remove);
        if (headers.getAll(HttpHeaderNames.AUTHORIZATION).stream()
                .anyMatch(value -> gate.isPrivateToken(value, namespace))) {
            headers.remove(HttpHeaderNames.AUTHORIZATION);
        }
    }

    private static String lower(Map.Entry<CharSequence, CharSequence> field) {
        return field.getKey().toString().toLowerCase(Locale.ROOT);
    }

    private boolean isTrusted(InetSocketAddress peer) {
        return trustedProxies.isEmpty()
                || trustedProxies.stream().anyMatch(network -> network.contains(peer.getAddress()));
    }

    /** Whether any credential of the request is the gateway's own; then none of them goes on (X3). */
    private boolean dropsAuthorization(HttpHeaders request) {
        return request.contains(HttpHeaderNames.AUTHORIZATION)
                && request.getAll(HttpHeaderNames.AUTHORIZATION).stream().anyMatch(gate::isOwnCredential);
    }

    private static Set<String> nominated(HttpHeaders request) {
        if (!request.contains(HttpHeaderNames.CONNECTION)) {
            return Set.of();
        }
        Set<String> names = new HashSet<>();
        for (String field : request.getAll(HttpHeaderNames.CONNECTION)) {
            for (String name : field.split(",", -1)) {
                names.add(name.strip().toLowerCase(Locale.ROOT));
            }
        }
        names.removeAll(PROTECTED);
        return names;
    }
}
