package sluice.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import sluice.core.Settings;

final class QueueConfigTest {
    private static final long GIB = 1L << 30;

    @Test
    void hasDefaults() {
        QueueConfig config = QueueConfig.from(new Settings(Map.of()));
        assertThat(config.maxAttempts()).isEqualTo(10);
        assertThat(config.firstWait()).isEqualTo(Duration.ofSeconds(10));
        assertThat(config.longestWait()).isEqualTo(Duration.ofMinutes(2));
        assertThat(config.jitter()).isEqualTo(Jitter.FULL);
        assertThat(config.retryCodes()).containsExactlyInAnyOrder(408, 429, 500, 502, 503, 504);
        assertThat(config.maxBodyBytes()).isEqualTo(GIB);
        assertThat(config.maxResultBytes()).isEqualTo(GIB);
        assertThat(config.inlineBytes()).isEqualTo(8 << 10);
        assertThat(config.memoryBytes()).isEqualTo(32 << 20);
        assertThat(config.freeSpaceBytes()).isEqualTo(256 << 20);
        assertThat(config.maxOpenCalls()).isEqualTo(5_000_000);
        assertThat(config.maxInflight()).isEqualTo(1_000);
        assertThat(config.maxAge()).isEqualTo(Duration.ofHours(24));
        assertThat(config.resultRetention()).isEqualTo(Duration.ofHours(24));
        assertThat(config.deadRetention()).isEqualTo(Duration.ofDays(7));
        assertThat(config.retainedBytes()).isEqualTo(10 * GIB);
        assertThat(config.tombstoneRetention()).isEqualTo(Duration.ofDays(7));
        assertThat(config.maxTombstones()).isEqualTo(1_000_000);
    }

    @Test
    void readsEverySetting() {
        Settings defaults = new Settings(Map.of());
        QueueConfig standard = QueueConfig.from(defaults);
        assertThat(defaults.known()).hasSize(QueueConfig.class.getRecordComponents().length);
        for (Settings.Setting setting : defaults.known()) {
            Settings changed = new Settings(Map.of(setting.name(), other(setting)));
            assertThat(QueueConfig.from(changed)).as(setting.name()).isNotEqualTo(standard);
            assertThat(changed.problems()).as(setting.name()).isEmpty();
        }
    }

    @Test
    void refusesWhatItCannotRead() {
        Settings settings = new Settings(Map.of(
                "max_retry_attempts", "0",
                "initial_retry_wait", "soon",
                "backoff", "half",
                "retry_http_codes", "500,999",
                "SLUICE_QUEUE_MAX_INFLIGHT", "100001",
                "SLUICE_QUEUE_INLINE_BYTES", "1048577"));
        assertThat(QueueConfig.from(settings).maxInflight()).isEqualTo(1_000);
        assertThat(settings.problems()).hasSize(6);
        assertThat(settings.problems())
                .anySatisfy(problem -> assertThat(problem).contains("backoff", "half", "exponential, equal or full"));
    }

    private static String other(Settings.Setting setting) {
        return switch (setting.type()) {
            case "duration" -> "7s";
            case "exponential, equal or full" -> "equal";
            case "comma-separated statuses" -> "418, 500";
            default -> withinBounds(setting);
        };
    }

    private static String withinBounds(Settings.Setting setting) {
        Matcher bounds = Pattern.compile("(\\d+) to (\\d+)").matcher(setting.type());
        assertThat(bounds.find()).as(setting.type()).isTrue();
        long least = Long.parseLong(bounds.group(1));
        long most = Long.parseLong(bounds.group(2));
        return Long.toString(least + (most - least) / 3);
    }
}
