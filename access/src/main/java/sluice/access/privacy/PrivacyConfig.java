package sluice.access.privacy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import sluice.core.Settings;

/**
 * Settings of private functions.
 *
 * @param store file in which keys and tokens of a single gateway are kept
 * @param masterKey file with the key under which private keys are kept, base64 of 32 bytes, or empty: then in clear
 * @param hidesExistence whether a token that cannot be one of the namespace is answered like none
 * @param keyBits of new RSA keys
 * @param defaultLifetime of a token when nobody says when it expires
 * @param maxLifetime of any token
 * @param maxTokens tokens that have not expired, in all namespaces
 * @param lastUseEvery how often the last use of a token is written down
 */
public record PrivacyConfig(
        Path store,
        String masterKey,
        boolean hidesExistence,
        int keyBits,
        Duration defaultLifetime,
        Duration maxLifetime,
        int maxTokens,
        Duration lastUseEvery) {
    /** Keys that one namespace may have at once, the signing one among them. */
    static final int MOST_KEYS = 8;

    private static final Duration LEAST_PERIOD = Duration.ofSeconds(1);

    public PrivacyConfig {
        lastUseEvery = lastUseEvery.compareTo(LEAST_PERIOD) < 0 ? LEAST_PERIOD : lastUseEvery;
    }

    /** Reads the settings; the store lives under {@code dataDir}. */
    public static PrivacyConfig from(Settings settings, Path dataDir) {
        return new PrivacyConfig(
                dataDir.resolve("access").resolve("access.db"),
                settings.text(
                        "SLUICE_AUTH_MASTER_KEY_FILE",
                        "",
                        "file with the key that encrypts keys of private functions, base64 of 32 bytes; unset: in clear"),
                settings.flag(
                        "SLUICE_AUTH_PRIVATE_HIDE_EXISTENCE",
                        false,
                        "answer 404 to a token that no key of the namespace has signed, instead of 401"),
                settings.parsed(
                        "SLUICE_AUTH_PRIVATE_KEY_BITS",
                        "one of 2048, 3072, 4096",
                        2_048,
                        "size of new RSA keys of namespaces with private functions",
                        text -> Optional.of(text)
                                .filter(t -> t.matches("2048|3072|4096"))
                                .map(Integer::valueOf)),
                settings.duration(
                        "SLUICE_AUTH_PRIVATE_DEFAULT_LIFETIME",
                        Duration.ofDays(30),
                        "life of a token of a private function when nobody says when it expires"),
                settings.duration(
                        "SLUICE_AUTH_PRIVATE_MAX_LIFETIME",
                        Duration.ofDays(366),
                        "longest life of a token of a private function"),
                settings.integer(
                        "SLUICE_AUTH_PRIVATE_MAX_TOKENS",
                        100_000,
                        1,
                        1_000_000,
                        "tokens of private functions that are kept; more are refused with 503"),
                settings.duration(
                        "SLUICE_AUTH_PRIVATE_LAST_USE_EVERY",
                        Duration.ofMinutes(1),
                        "how often it is written down when a token was last used, at least 1s"));
    }
}
