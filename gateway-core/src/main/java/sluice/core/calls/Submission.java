package sluice.core.calls;

import io.netty.handler.codec.http.HttpHeaders;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sluice.core.FunctionName;
import sluice.core.Identity;

/**
 * An asynchronous call as a client hands it in; its body follows on its own. Everything was validated by whoever made
 * this: names, sizes, the form of the callback.
 *
 * @param function what is called
 * @param submittedName the function as the client named it, for {@code X-Function-Name}
 * @param callId the client's {@code X-Call-Id}, or one made up with 122 random bits
 * @param isCallIdChosen whether the client chose the id, which makes it no capability
 * @param method of the call, as the function will see it
 * @param target path and query behind the function's name, as sent; empty or beginning with {@code /} or {@code ?}
 * @param headers what the function will see; no hop-by-hop fields, no framing, no credential that the gateway checked
 * @param host the client's {@code Host}, for {@code X-Forwarded-Host}
 * @param contentLength bytes of the body, or -1 when unknown
 * @param callback where the result goes, absolute http or https, with its user-info; null for nowhere
 * @param idempotencyKey the client's {@code Idempotency-Key}, or null
 * @param caller identity within which idempotency keys are unique; empty for callers without one
 * @param notBefore the first attempt is not due before this; null for at once
 * @param maxAge from submit on; an attempt never starts later; null for the setting
 * @param labels {@code X-Sluice-Label} fields, at most 16
 * @param admitted who showed a token that permits the call, which is not among the headers; null when nobody was asked
 */
public record Submission(
        FunctionName function,
        String submittedName,
        String callId,
        boolean isCallIdChosen,
        String method,
        String target,
        HttpHeaders headers,
        String host,
        long contentLength,
        @Nullable URI callback,
        @Nullable String idempotencyKey,
        String caller,
        @Nullable Instant notBefore,
        @Nullable Duration maxAge,
        Map<String, String> labels,
        @Nullable Identity admitted) {
    public Submission {
        labels = Map.copyOf(labels);
    }

    /** The same call under another id. */
    public Submission named(String id, boolean isChosen) {
        return new Submission(
                function,
                submittedName,
                id,
                isChosen,
                method,
                target,
                headers,
                host,
                contentLength,
                callback,
                idempotencyKey,
                caller,
                notBefore,
                maxAge,
                labels,
                admitted);
    }
}
