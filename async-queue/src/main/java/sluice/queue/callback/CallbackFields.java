package sluice.queue.callback;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Set;
import sluice.core.calls.CallRecord;
import sluice.queue.DueCallback;

/** The fields of a callback (OpenFaaS queue worker): all that the function answered with, then what happened. */
final class CallbackFields {
    private static final int NOT_REACHED = 503; // OpenFaaS's status for a function that gave no answer
    /** Framing, what is for one connection, what decides here and elsewhere about calls, and who would sign for us. */
    private static final Set<String> NOT_THE_FUNCTIONS = Set.of(
            "host",
            "connection",
            "keep-alive",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "content-length",
            "expect",
            "user-agent",
            "authorization",
            "x-callback-url",
            "x-sluice-hops",
            "x-retry",
            "x-retry-max",
            "webhook-id",
            "webhook-timestamp",
            "webhook-signature");

    private final String userAgent;

    /** Fields of callbacks that this release of the product sends. */
    CallbackFields(String release) {
        this.userAgent = "queue-worker/" + release + " (sluice)";
    }

    /**
     * The fields.
     *
     * @param answer the function's; empty when it gave none
     * @param length bytes of the body
     */
    HttpHeaders of(DueCallback callback, HttpHeaders answer, long length) {
        HttpHeaders fields = DefaultHttpHeadersFactory.headersFactory().newHeaders();
        answer.forEach(field -> {
            String name = field.getKey().toLowerCase(Locale.ROOT);
            if (!NOT_THE_FUNCTIONS.contains(name) && !name.startsWith("proxy-") && isSendable(field.getValue())) {
                fields.add(field.getKey(), field.getValue());
            }
        });
        CallRecord call = callback.record();
        int mostRetries = Math.max(0, call.maxAttempts() - 1);
        int retries = Math.min(mostRetries, Math.max(0, call.attempt() - 1));
        fields.set("X-Call-Id", call.callId());
        fields.set("X-Duration-Seconds", String.format(Locale.ROOT, "%.6f", callback.seconds()));
        fields.set("X-Function-Status", Integer.toString(call.httpStatus() == 0 ? NOT_REACHED : call.httpStatus()));
        fields.set("X-Function-Name", callback.submittedName());
        if (retries > 0) {
            fields.set("X-Retry", Integer.toString(retries));
        }
        fields.set("X-Retry-Max", Integer.toString(mostRetries));
        fields.set("X-Sluice-Hops", "1");
        fields.set("User-Agent", userAgent);
        fields.set("Content-Length", Long.toString(length));
        return fields;
    }

    /** Adds the credentials of the URL, if it has any; they were percent-encoded there. */
    static void authorize(HttpHeaders fields, URI url) {
        String userInfo = url.getRawUserInfo();
        if (userInfo != null) {
            String plain = URLDecoder.decode(userInfo.replace("+", "%2B"), StandardCharsets.UTF_8);
            fields.set(
                    "Authorization",
                    "Basic " + Base64.getEncoder().encodeToString(plain.getBytes(StandardCharsets.UTF_8)));
        }
    }

    private static boolean isSendable(String value) {
        return value.chars().allMatch(c -> (c >= 0x20 && c != 0x7f && c <= 0xff) || c == '\t');
    }
}
