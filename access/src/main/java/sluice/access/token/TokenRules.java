package sluice.access.token;

import java.time.Duration;
import java.util.Set;

/**
 * What tokens of one issuer must be like.
 *
 * @param issuer compared byte for byte
 * @param audiences one of them must be in the token
 * @param algorithms names of RFC 7518 and 8037; a token signed otherwise is refused before a key is looked for
 * @param skew how far clocks may be apart
 * @param maxLifetime from {@code iat}, and from now, to {@code exp}
 */
public record TokenRules(
        String issuer, Set<String> audiences, Set<String> algorithms, Duration skew, Duration maxLifetime) {
    /** What a public issuer may sign with: everything asymmetric that is in use. */
    public static final Set<String> FEDERATED =
            Set.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA");

    public TokenRules {
        audiences = Set.copyOf(audiences);
        algorithms = Set.copyOf(algorithms);
    }
}
