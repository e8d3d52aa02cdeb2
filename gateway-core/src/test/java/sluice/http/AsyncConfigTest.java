package sluice.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import sluice.core.Settings;

class AsyncConfigTest {
    @Test
    void hasDefaults() {
        assertThat(AsyncConfig.from(new Settings(Map.of())))
                .isEqualTo(new AsyncConfig(
                        true,
                        1L << 30,
                        Duration.ofHours(24),
                        Duration.ofMinutes(5),
                        10_000,
                        false,
                        16,
                        Duration.ofSeconds(30),
                        240,
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(30),
                        List.of()));
    }

    @Test
    void readsEverySetting() {
        Settings settings = new Settings(Map.ofEntries(
                Map.entry("async", "false"),
                Map.entry("SLUICE_QUEUE_MAX_BODY", "1"),
                Map.entry("SLUICE_QUEUE_MAX_AGE", "9h"),
                Map.entry("SLUICE_QUEUE_MAX_WAIT", "2s"),
                Map.entry("SLUICE_QUEUE_WAITING", "3"),
                Map.entry("SLUICE_OPEN_CALL_IDS", "true"),
                Map.entry("SLUICE_MAX_HOPS", "4"),
                Map.entry("SLUICE_BODY_SILENCE", "5s"),
                Map.entry("SLUICE_UPLOAD_RATE", "6"),
                Map.entry("SLUICE_UPLOAD_GRACE", "7s"),
                Map.entry("SLUICE_WRITE_STALL", "8s"),
                Map.entry("SLUICE_TRUSTED_PROXIES", "10.0.0.0/8")));
        AsyncConfig config = AsyncConfig.from(settings);
        assertThat(settings.problems()).isEmpty();
        assertThat(config)
                .isEqualTo(new AsyncConfig(
                        false,
                        1,
                        Duration.ofHours(9),
                        Duration.ofSeconds(2),
                        3,
                        true,
                        4,
                        Duration.ofSeconds(5),
                        6,
                        Duration.ofSeconds(7),
                        Duration.ofSeconds(8),
                        config.trustedProxies()));
        assertThat(config.trustedProxies()).hasToString("[10.0.0.0/8]");
    }
}
