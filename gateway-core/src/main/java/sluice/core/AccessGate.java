package sluice.core;

import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetSocketAddress;
import reactor.core.publisher.Mono;

/** Who is calling and may they. Thread-safe; answers on the event loop without waiting, or says that it must ask. */
public interface AccessGate {
    /** May the caller with these headers do {@code action} in {@code namespace}? */
    Decision check(HttpHeaders headers, InetSocketAddress peer, Action action, String namespace);

    /**
     * Whether the value of an {@code Authorization} field is a credential of this gateway itself, which must not
     * reach a function. Constant time in the credential.
     */
    boolean isOwnCredential(CharSequence authorization);

    /** The answer of the gate. */
    sealed interface Decision {
        /**
         * Go on.
         *
         * @param identity who it is, for the audit; never a credential
         */
        record Allow(String identity) implements Decision {}

        /**
         * Stop here.
         *
         * @param reason becomes status and body
         * @param challenge value of {@code WWW-Authenticate}, or empty for none
         * @param retryAfterSeconds value of {@code Retry-After}, or 0 for none
         */
        record Deny(FailureException reason, String challenge, int retryAfterSeconds) implements Decision {}

        /** The decision needs work that may wait; subscribe off the hot path. */
        record Ask(Mono<Decision> answer) implements Decision {}
    }
}
