package sluice.queue.callback;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import sluice.core.Settings;
import sluice.queue.callback.CallbackOutcome.Kind;

/** When callbacks are tried again. */
class CallbackRetriesTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final CallbackRetries retries = new CallbackRetries(CallbackConfig.from(new Settings(Map.of())));

    @ParameterizedTest
    @CsvSource({"1, 0, 5", "1, 1, 10", "2, 1, 20", "3, 1, 40", "4, 0, 40", "4, 1, 80"})
    void doublesItsWaits_andLeavesHalfOfEachToChance(int deliveries, double random, int seconds) {
        assertThat(retries.after(answered(500, null), deliveries, NOW, random)).contains(Duration.ofSeconds(seconds));
    }

    @Test
    void endsAfterTheLastAttempt() {
        assertThat(retries.after(answered(500, null), 5, NOW, 0)).isEmpty();
        assertThat(retries.after(answered(200, null), 1, NOW, 0)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(
            value = Kind.class,
            names = {"DELIVERED", "REFUSED"})
    void neverTriesWhatCannotGetBetter(Kind kind) {
        assertThat(retries.after(CallbackOutcome.failed(kind, "why"), 1, NOW, 0))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "60, 60",
        "1, 10",
        "999999999, 600",
        "'Thu, 01 Jan 2026 00:01:00 GMT', 60",
        "'Wed, 31 Dec 2025 00:00:00 GMT', 10",
        "soon, 10",
        "-5, 10"
    })
    void waitsAsLongAsTheReceiverAsks_withinItsBounds(String retryAfter, int seconds) {
        assertThat(retries.after(answered(429, retryAfter), 1, NOW, 1)).contains(Duration.ofSeconds(seconds));
    }

    @Test
    void hasDefaults() {
        assertThat(CallbackConfig.from(new Settings(Map.of())))
                .isEqualTo(new CallbackConfig(
                        5, Duration.ofSeconds(10), Duration.ofMinutes(10), Duration.ofSeconds(30), 64, "", ""));
    }

    @Test
    void readsEverySetting() {
        Settings settings = new Settings(Map.of(
                "SLUICE_CALLBACK_ATTEMPTS", "7",
                "SLUICE_CALLBACK_FIRST_WAIT", "1s",
                "SLUICE_CALLBACK_LONGEST_WAIT", "2s",
                "SLUICE_CALLBACK_TIMEOUT", "3s",
                "SLUICE_CALLBACK_INFLIGHT", "8",
                "SLUICE_CALLBACK_KEY_FILE", "keys",
                "SLUICE_CALLBACK_CA_FILE", "ca.pem"));
        assertThat(CallbackConfig.from(settings))
                .isEqualTo(new CallbackConfig(
                        7, Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(3), 8, "keys", "ca.pem"));
        assertThat(settings.problems()).isEmpty();
    }

    private static CallbackOutcome answered(int status, @Nullable String retryAfter) {
        return CallbackOutcome.answered(status, retryAfter);
    }
}
