package sluice.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** OpenFaaS's rules of retries. */
final class RetryPolicyTest {
    private static final ZonedDateTime NOW = ZonedDateTime.of(2026, 1, 2, 3, 4, 5, 0, ZoneOffset.UTC);

    private static RetryPolicy policy(String backoff, String... annotations) {
        return RetryPolicy.of(
                QueueConfigs.with("backoff", backoff),
                annotations.length == 0 ? Map.of() : Map.of(annotations[0], annotations[1]));
    }

    private static Duration wait(RetryPolicy policy, int failures, double random) {
        return policy.waitAfter(failures, null, NOW, random);
    }

    @Test
    void takesSettings_whereTheFunctionSaysNothing() {
        RetryPolicy policy = policy("equal");
        assertThat(policy.maxAttempts()).isEqualTo(10);
        assertThat(policy.firstWait()).isEqualTo(Duration.ofSeconds(10));
        assertThat(policy.longestWait()).isEqualTo(Duration.ofMinutes(2));
        assertThat(policy.jitter()).isEqualTo(Jitter.EQUAL);
        assertThat(policy.codes()).containsExactlyInAnyOrder(408, 429, 500, 502, 503, 504);
    }

    @Test
    void takesTheFunctionsAnnotations_first() {
        RetryPolicy policy = RetryPolicy.of(
                QueueConfigs.with(),
                Map.of(
                        "com.openfaas.retry.attempts", "3",
                        "com.openfaas.retry.codes", "418, 500",
                        "com.openfaas.retry.min_wait", "0s",
                        "com.openfaas.retry.max_wait", "1m30s"));
        assertThat(policy.maxAttempts()).isEqualTo(3);
        assertThat(policy.codes()).containsExactlyInAnyOrder(418, 500);
        assertThat(policy.firstWait()).isZero();
        assertThat(policy.longestWait()).isEqualTo(Duration.ofSeconds(90));
        assertThat(wait(policy, 4, 0.9)).as("no wait was asked for").isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "com.openfaas.retry.attempts, many",
        "com.openfaas.retry.attempts, -1",
        "com.openfaas.retry.attempts, 123456",
        "com.openfaas.retry.attempts, ''",
        "com.openfaas.retry.codes, '500,'",
        "com.openfaas.retry.codes, 5xx",
        "com.openfaas.retry.codes, 600",
        "com.openfaas.retry.min_wait, 10",
        "com.openfaas.retry.min_wait, -1s",
        "com.openfaas.retry.max_wait, soon",
    })
    void takesTheSetting_forAnAnnotationThatCannotBeRead(String name, String value) {
        assertThat(policy("full", name, value)).isEqualTo(policy("full"));
    }

    @Test
    void makesAtLeastOneAttempt() {
        assertThat(policy("full", "com.openfaas.retry.attempts", "0").maxAttempts())
                .isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"1, 10", "2, 20", "3, 40", "4, 80", "5, 120", "6, 120", "63, 120", "64, 120", "10000, 120"})
    void doublesTheWait_upToTheLongest(int failures, long seconds) {
        assertThat(wait(policy("exponential"), failures, 0.3)).isEqualTo(Duration.ofSeconds(seconds));
    }

    @Test
    void neverWaitsLongerThanTheLongest_evenAtFirst() {
        assertThat(wait(policy("exponential", "com.openfaas.retry.max_wait", "3s"), 1, 0))
                .isEqualTo(Duration.ofSeconds(3));
    }

    @ParameterizedTest
    @CsvSource({
        "exponential, 0, 20000",
        "exponential, 0.75, 20000",
        "equal, 0, 10000",
        "equal, 0.5, 15000",
        "equal, 0.9999, 19999",
        "full, 0, 0",
        "full, 0.5, 10000",
        "full, 0.9999, 19998"
    })
    void spreadsTheWait_asTheJitterSays(String backoff, double random, long millis) {
        assertThat(wait(policy(backoff), 2, random)).isEqualTo(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @CsvSource({
        "30, 30",
        "' 30 ', 30",
        "1, 10", // raised to the first wait
        "0, 10",
        "3600, 3600", // the longest wait bounds only what is computed
        "'Fri, 02 Jan 2026 03:05:05 GMT', 60",
        "'Fri, 02 Jan 2026 03:04:06 GMT', 10",
        "'Fri, 02 Jan 2026 03:00:00 GMT', 10", // has passed
    })
    void waitsAsLongAsItIsAsked_withoutJitter(String retryAfter, long seconds) {
        assertThat(policy("full").waitAfter(5, retryAfter, NOW, 0.1)).isEqualTo(Duration.ofSeconds(seconds));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "soon", "-5", "1.5", "12345678901", "Fri, 32 Jan 2026 03:05:05 GMT"})
    void computesTheWait_whenTheFieldCannotBeRead(String retryAfter) {
        assertThat(policy("exponential").waitAfter(2, retryAfter, NOW, 0.5)).isEqualTo(Duration.ofSeconds(20));
    }

    @ParameterizedTest
    @CsvSource({
        "500, false, true",
        "429, false, true",
        "400, false, false",
        "404, false, false",
        "400, true, true",
        "404, true, true",
        "501, true, true",
        "200, true, false",
        "302, true, false",
    })
    void triesAgain_forListedStatuses_andErrorsOfThePlatform(int status, boolean isInternal, boolean isRetried) {
        assertThat(policy("full").isRetried(status, isInternal)).isEqualTo(isRetried);
    }
}
