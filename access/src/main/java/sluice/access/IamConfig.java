package sluice.access;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import sluice.access.token.IssuerKeys.KeyTimes;
import sluice.access.token.KeyLocation;
import sluice.access.token.TokenRules;
import sluice.core.Settings;
import sluice.core.Text;

/**
 * Settings of tokens, issuers and policies.
 *
 * @param directory of JwtIssuers, Policies and Roles, or empty
 * @param isOfCluster whether those of the cluster count, when there is no directory
 * @param namespace in which the cluster keeps them
 * @param systemIssuer the address under which clients reach this gateway, which is its name as an issuer
 * @param issuerKey private key for what the gateway signs; made up when it is the standard one and missing
 * @param isKeyGenerated whether a missing key is made up
 * @param acceptsFederated whether tokens of issuers count on /system without an exchange
 * @param maxTokenBytes longest token, bytes
 * @param algorithms with which issuers may sign
 * @param skew how far an issuer's clock may be off
 * @param ownSkew how far the clocks of gateways may be apart
 * @param maxSubjectLifetime longest life of an issuer's token
 * @param defaultExpiry life of a token given in exchange, where the JwtIssuer says nothing
 * @param maxExpiry longest life of a token given in exchange
 * @param keys how long keys of issuers are kept
 * @param caBundle whom to trust when fetching keys, PEM, or empty for the JDK's authorities
 * @param cacheEntries verified tokens that are remembered
 * @param cacheTtl how long
 * @param verifyQueue tokens that may wait for a check of their signature
 */
public record IamConfig(
        String directory,
        boolean isOfCluster,
        String namespace,
        String systemIssuer,
        Path issuerKey,
        boolean isKeyGenerated,
        boolean acceptsFederated,
        int maxTokenBytes,
        Set<String> algorithms,
        Duration skew,
        Duration ownSkew,
        Duration maxSubjectLifetime,
        Duration defaultExpiry,
        Duration maxExpiry,
        KeyTimes keys,
        String caBundle,
        int cacheEntries,
        Duration cacheTtl,
        int verifyQueue) {
    private static final Duration MOST_SKEW = Duration.ofMinutes(5);

    /** Reads the settings; the standard key lives under {@code dataDir}. */
    public static IamConfig from(Settings settings, Path dataDir) {
        String key = settings.text(
                "issuer_key_path",
                "",
                "PEM file of the EC P-256 key that signs tokens of the gateway; made up in the data directory when unset");
        return new IamConfig(
                settings.text(
                        "SLUICE_AUTH_IAM_DIR",
                        "",
                        "directory of JwtIssuers, Policies and Roles (YAML), whose tokens count on /system"),
                settings.flag(
                        "SLUICE_AUTH_IAM_ENABLED",
                        false,
                        "follow the JwtIssuers, Policies and Roles of the cluster, unless SLUICE_AUTH_IAM_DIR is set"),
                settings.text(
                        "SLUICE_AUTH_IAM_NAMESPACE", "openfaas", "namespace in which the cluster keeps these objects"),
                settings.text(
                        "system_issuer",
                        "",
                        "public URL of the gateway, its name as an issuer; unset: http://ADDRESS:PORT where it listens"),
                key.isEmpty() ? dataDir.resolve("access").resolve("issuer.key") : Path.of(key),
                key.isEmpty(),
                settings.flag(
                        "SLUICE_AUTH_IAM_ACCEPT_FEDERATED_BEARER",
                        false,
                        "take tokens of issuers on /system without an exchange"),
                settings.integer("SLUICE_AUTH_MAX_TOKEN_BYTES", 16_384, 1_024, 65_536, "longest token, bytes"),
                Names.split(settings.parsed(
                        "SLUICE_AUTH_JWT_ALGORITHMS",
                        "names",
                        Names.join(TokenRules.FEDERATED),
                        "with which issuers may sign; comma between them",
                        text -> Names.check(text, TokenRules.FEDERATED))),
                skew(settings, "SLUICE_AUTH_JWT_SKEW", 30, "how far an issuer's clock may be off, at most 300s"),
                skew(settings, "SLUICE_AUTH_JWT_OWN_SKEW", 5, "how far clocks of gateways may be apart, at most 300s"),
                settings.duration(
                        "SLUICE_AUTH_IAM_MAX_SUBJECT_LIFETIME",
                        Duration.ofHours(24),
                        "longest life of an issuer's token; longer ones are refused"),
                settings.duration(
                        "SLUICE_AUTH_IAM_DEFAULT_TOKEN_EXPIRY",
                        Duration.ofMinutes(30),
                        "life of a token given in exchange when its JwtIssuer has no tokenExpiry"),
                settings.duration(
                        "SLUICE_AUTH_IAM_MAX_TOKEN_EXPIRY",
                        Duration.ofHours(24),
                        "longest life of a token given in exchange"),
                new KeyTimes(
                        settings.duration(
                                "SLUICE_AUTH_JWKS_REFRESH",
                                Duration.ofMinutes(5),
                                "age at which an issuer's keys are fetched again, if it does not say (1m to 1h)"),
                        settings.duration(
                                "SLUICE_AUTH_JWKS_UNKNOWN_KID_COOLDOWN",
                                Duration.ofSeconds(30),
                                "least time between two attempts to fetch an issuer's keys"),
                        settings.duration(
                                "SLUICE_AUTH_JWKS_MAX_STALE",
                                Duration.ofHours(24),
                                "age at which keys no longer count when they cannot be fetched")),
                settings.text("ca_bundle_path", "", "PEM file of authorities to trust when fetching keys"),
                settings.integer(
                        "SLUICE_AUTH_CACHE_ENTRIES", 20_000, 0, 1_000_000, "verified tokens that are remembered"),
                settings.duration("SLUICE_AUTH_CACHE_TTL", Duration.ofSeconds(60), "how long they are remembered"),
                settings.integer(
                        "SLUICE_AUTH_VERIFY_QUEUE", 1_024, 1, 100_000, "tokens that may wait for a signature check"));
    }

    /** Whether tokens count at all. */
    public boolean isOn() {
        return !directory.isEmpty() || isOfCluster;
    }

    /** What speaks against being an issuer at {@code bind} and {@code port}. */
    public List<String> problems(InetAddress bind, int port) {
        if (!isOn()) {
            return List.of();
        }
        if (systemIssuer.isEmpty()) {
            return bind.isLoopbackAddress() && port > 0
                    ? List.of()
                    : List.of("system_issuer: must be set to the public URL of the gateway when it listens on more"
                            + " than one loopback port");
        }
        try {
            URI uri = new URI(systemIssuer);
            boolean isLocal = uri.getHost() != null && KeyLocation.isLoopback(uri.getHost());
            boolean isRight = uri.getHost() != null
                    && uri.getQuery() == null
                    && uri.getFragment() == null
                    && !systemIssuer.endsWith("/")
                    && ("https".equals(uri.getScheme()) || (isLocal && "http".equals(uri.getScheme())));
            return isRight ? List.of() : List.of(wrongIssuer());
        } catch (URISyntaxException e) {
            return List.of(wrongIssuer());
        }
    }

    private String wrongIssuer() {
        return "system_issuer: (" + Text.printable(systemIssuer)
                + ") must be an https URL without slash at its end, or http on a loopback address";
    }

    private static Duration skew(Settings settings, String name, int seconds, String meaning) {
        Duration asked = settings.duration(name, Duration.ofSeconds(seconds), meaning);
        return asked.compareTo(MOST_SKEW) > 0 ? MOST_SKEW : asked;
    }
}
