package sluice.access.policy;

import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sluice.core.GoDuration;

/**
 * Whose tokens are taken (iam.openfaas.com/v1, JwtIssuer).
 *
 * @param iss compared byte for byte
 * @param audiences one of them must be in a token
 * @param internal where keys are fetched, or null for {@code iss}
 * @param tokenExpiry lifetime of what is given in exchange, or null for the gateway's default
 */
public record TrustedIssuer(
        String name,
        String iss,
        Set<String> audiences,
        @Nullable String internal,
        @Nullable Duration tokenExpiry) {
    static TrustedIssuer read(String name, Spec spec) throws SpecProblem {
        spec.only("iss", "aud", "issInternal", "tokenExpiry");
        String expiry = spec.optionalText("tokenExpiry");
        Duration lifetime = expiry == null
                ? null
                : GoDuration.parse(expiry).filter(d -> !d.isZero()).orElse(null);
        if (expiry != null && lifetime == null) {
            throw new SpecProblem(spec.at("tokenExpiry"), "must be a Go duration above 0, such as 30m");
        }
        return new TrustedIssuer(
                name, spec.text("iss"), Set.copyOf(spec.texts("aud")), spec.optionalText("issInternal"), lifetime);
    }
}
