package sluice.access.token;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;

/**
 * A token whose signature, times, issuer and audience are right. Immutable by agreement: nobody changes the claims.
 *
 * @param id its {@code jti}, or a digest of what was signed when it has none
 * @param issuedAt {@code iat}, or the epoch when it has none
 */
public record VerifiedToken(
        String issuer, String subject, String id, String keyId, Instant issuedAt, Instant expires, ObjectNode claims) {
    @Override
    public String toString() {
        return "VerifiedToken[" + issuer + ", " + subject + ", " + id + "]";
    }
}
