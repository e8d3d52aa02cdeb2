package sluice.access.revocation;

import java.time.Duration;
import java.util.Locale;
import sluice.core.Settings;

/**
 * Settings of revocations.
 *
 * @param maxRecords revocations of single tokens and certificates that are kept
 * @param keep how long one is kept after the end of what it is about
 * @param maxStaleness silence after which it must be assumed that revocations of other gateways are missed
 * @param control whether tokens still count on the control plane then
 * @param calls whether they still count for calls of functions then
 */
public record RevocationConfig(
        int maxRecords, Duration keep, Duration maxStaleness, WhenStale control, WhenStale calls) {
    private static final Duration LEAST_STALENESS = Duration.ofSeconds(5);

    public RevocationConfig {
        maxStaleness = maxStaleness.compareTo(LEAST_STALENESS) < 0 ? LEAST_STALENESS : maxStaleness;
    }

    /** What becomes of tokens while other gateways cannot be heard. */
    public enum WhenStale {
        ALLOW,
        DENY;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Reads the settings. */
    public static RevocationConfig from(Settings settings) {
        return new RevocationConfig(
                settings.integer(
                        "SLUICE_AUTH_REVOCATION_MAX_RECORDS",
                        100_000,
                        1,
                        1_000_000,
                        "revocations of tokens and certificates that are kept; more are refused with 503"),
                settings.duration(
                        "SLUICE_AUTH_REVOCATION_KEEP",
                        Duration.ofHours(24),
                        "how long one is kept after its token's end, for calls that wait (SLUICE_QUEUE_MAX_AGE)"),
                settings.duration(
                        "SLUICE_AUTH_REVOCATION_MAX_STALENESS",
                        Duration.ofSeconds(30),
                        "silence of NATS after which revocations may have been missed, at least 5s"),
                settings.choice(
                        "SLUICE_AUTH_REVOCATION_ON_STALE_CONTROL",
                        WhenStale.DENY,
                        "what becomes of tokens on /system and of exchanges then; deny answers 503"),
                settings.choice(
                        "SLUICE_AUTH_REVOCATION_ON_STALE_INVOKE",
                        WhenStale.ALLOW,
                        "what becomes of calls with a token then; deny answers 503"));
    }
}
