package sluice.core;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import reactor.core.publisher.Mono;

/** The gateway as an issuer of tokens. Thread-safe; never blocks. */
public interface TokenDesk {
    /** The name of the issuer, which is the public address of the gateway. */
    String issuer();

    /** The public keys, as a JSON Web Key Set (RFC 7517, 5). */
    Map<String, Object> keySet();

    /** Gives a token of the gateway for a token of somebody it trusts (RFC 8693). */
    Mono<Exchange> exchange(Request request);

    /**
     * What a client sent.
     *
     * @param form fields of the body by name, each with all its values in order
     */
    record Request(Map<String, List<String>> form, InetSocketAddress peer, String callId) {
        @Override
        public String toString() {
            return "Request[REDACTED]";
        }
    }

    /** What comes of it. */
    sealed interface Exchange {
        /** Whatever was sent does not count from now on, if it ever did. */
        record Revoked() implements Exchange {}

        /**
         * A token.
         *
         * @param scope {@code function}, or empty for a token of the control plane
         */
        record Issued(String token, long expiresInSeconds, String scope) implements Exchange {
            @Override
            public String toString() {
                return "Issued[REDACTED]";
            }
        }

        /**
         * None.
         *
         * @param failure becomes the status
         * @param error code of RFC 6749, 5.2, or RFC 8693, 2.2.2
         * @param description fit for the client
         */
        record Refused(Failure failure, String error, String description, int retryAfterSeconds) implements Exchange {}
    }
}
