package sluice.core;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * What does not count any more: single tokens, all tokens of somebody until a time, client certificates. Thread-safe; never
 * blocks. What completes is durable, counts here, and is on its way to all other gateways; what cannot be made durable
 * fails with {@link Failure#UNAVAILABLE}.
 */
public interface Revocations {
    /**
     * Takes back the token that its holder sends, whoever that is (RFC 7009). Tokens that are none of this gateway's, or do
     * not count already, are answered in the same way.
     */
    Mono<TokenDesk.Exchange> revoke(TokenDesk.Request request);

    /**
     * Makes something worthless.
     *
     * @param by who asked for it
     * @return what is kept of it; {@link Failure#INVALID_REQUEST} when it is not well asked for
     */
    Mono<Entry> add(Asked asked, String by);

    /** All that is kept, newest first. */
    List<Entry> list();

    /**
     * Lets tokens of a subject count again; what names a single token or certificate stays: {@link Failure#CONFLICT}, or
     * {@link Failure#NOT_FOUND} when there is none of that id.
     */
    Mono<Void> lift(String id);

    /** What is made worthless. */
    enum Kind {
        /** One token, by its {@code jti}, and the tokens for functions that were given for it. */
        TOKEN("jti"),
        /** Every token of a subject that was given out until a time. */
        SUBJECT("sub"),
        /** One client certificate, by the SHA-256 of its DER form in hex. */
        CERTIFICATE("cert");

        private final String word;

        Kind(String word) {
            this.word = word;
        }

        /** Its name on the wire. */
        public String word() {
            return word;
        }

        /** The one of that name, or empty. */
        public static Optional<Kind> named(String word) {
            return Arrays.stream(values())
                    .filter(each -> each.word.equals(word))
                    .findFirst();
        }
    }

    /**
     * What somebody wants to be worthless.
     *
     * @param issuer who gave the token out, as its {@code iss} or as that of the token it was given for; empty for this gateway
     * @param value the {@code jti}, the {@code sub}, or the fingerprint
     * @param until for a subject: tokens given out until then, at most now; null for now
     * @param reason for people, or empty
     */
    record Asked(
            Kind kind,
            String issuer,
            String value,
            @Nullable Instant until,
            String reason) {}

    /**
     * What is kept of it.
     *
     * @param until for a subject: tokens given out until then, to the second; else null
     * @param expires when no token that it is about can count any more, and it is forgotten
     */
    record Entry(
            String id,
            Kind kind,
            String issuer,
            String value,
            @Nullable Instant until,
            String reason,
            String by,
            Instant created,
            Instant expires) {}
}
