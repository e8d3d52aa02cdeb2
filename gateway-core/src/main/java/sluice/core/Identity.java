package sluice.core;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Who a caller has proved to be. Never holds a credential.
 *
 * @param mechanism how: {@code anonymous}, {@code basic}, {@code oidc}, {@code token}, {@code function}, {@code private},
 *     {@code k8s}, {@code x509}
 * @param subject the user, or {@code sub}
 * @param issuer who says so; empty for the gateway's own users
 * @param originalIssuer who said so before an exchange, or empty
 * @param tokenId name of the token in audit and revocation, or empty
 * @param parentId name of the token that this one was given for, when that was the gateway's too, or empty
 * @param issued when the token was given out, or null
 * @param expires when the proof ends, or null
 */
public record Identity(
        String mechanism,
        String subject,
        String issuer,
        String originalIssuer,
        String tokenId,
        String parentId,
        @Nullable Instant issued,
        @Nullable Instant expires) {
    /** Somebody whose proof is no token that the gateway gave for another one. */
    public Identity(
            String mechanism,
            String subject,
            String issuer,
            String originalIssuer,
            String tokenId,
            @Nullable Instant expires) {
        this(mechanism, subject, issuer, originalIssuer, tokenId, "", null, expires);
    }

    /** Someone without a token. */
    public static Identity of(String mechanism, String subject) {
        return new Identity(mechanism, subject, "", "", "", null);
    }
}
