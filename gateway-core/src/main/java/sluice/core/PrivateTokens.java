package sluice.core;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Tokens with which private functions are called: given out, listed, revoked. Thread-safe; never blocks. What completes is
 * durable; a write that cannot be made durable fails with {@link Failure#UNAVAILABLE}.
 */
public interface PrivateTokens {
    /**
     * Gives out a token.
     *
     * @param expires null for the standard lifetime; {@link Failure#INVALID_REQUEST} when it is past or too far away
     * @param by who asked for it
     */
    Mono<Issued> issue(Scope scope, String description, @Nullable Instant expires, String by);

    /** The token of this id, or null when it was never given out or is forgotten since it expired. */
    @Nullable Token find(String id);

    /** Tokens, newest first: those of a namespace or of one function, or all when {@code scope} is null. */
    List<Token> list(@Nullable Scope scope);

    /** Makes one token worthless, on every gateway; of no effect when it is already. */
    Mono<Void> revoke(String id);

    /**
     * Makes every token worthless that was given out until now: for a namespace, also those for single functions of it;
     * for a function, those that name it.
     */
    Mono<Void> revokeAll(Scope scope);

    /** The keys of a namespace, newest first; the newest signs. */
    List<Key> keys(String namespace);

    /**
     * Makes a new key that signs from now on; the others count for as long as tokens under them may live.
     * {@link Failure#CONFLICT} when there are too many keys already.
     */
    Mono<Key> rotate(String namespace);

    /** Drops a key, and with it every token under it; {@link Failure#NOT_FOUND} when there is none of that id. */
    Mono<Void> removeKey(String namespace, String keyId);

    /** Drops all keys and tokens of a namespace that is gone. */
    Mono<Void> forget(String namespace);

    /**
     * What a token is good for.
     *
     * @param function empty for all functions of the namespace
     */
    record Scope(String namespace, String function) {
        /** {@code NAME.NAMESPACE}, or empty. */
        public String functionId() {
            return function.isEmpty() ? "" : function + "." + namespace;
        }
    }

    /**
     * What is known of a token; never the token.
     *
     * @param id its {@code jti}
     * @param by who asked for it
     * @param lastUsed to the minute, or null
     */
    record Token(
            String id,
            Scope scope,
            String description,
            String by,
            Instant created,
            Instant expires,
            boolean isRevoked,
            @Nullable Instant lastUsed) {}

    /** A token that was given out just now. */
    record Issued(Token about, String token) {
        @Override
        public String toString() {
            return "Issued[" + about + ", REDACTED]";
        }
    }

    /**
     * A key of a namespace.
     *
     * @param pem the public half, PKCS#1
     */
    record Key(String id, Instant created, boolean isSigning, String pem) {}
}
