package sluice.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import sluice.core.Settings;

class LocalConfigTest {
    private static final Path DATA = Path.of("data");

    @Test
    void hasDefaults() {
        int cores = Runtime.getRuntime().availableProcessors();

        assertThat(LocalConfig.from(new Settings(Map.of()), DATA))
                .isEqualTo(new LocalConfig(
                        DATA,
                        Path.of("data/images"),
                        "openfaas-fn",
                        20,
                        4 * cores,
                        16 * cores,
                        1_000,
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(5),
                        10_000,
                        1_048_576,
                        true,
                        ""));
    }

    @Test
    void readsEverySetting() {
        Settings settings = new Settings(Map.ofEntries(
                Map.entry("SLUICE_LOCAL_IMAGES", "/srv/images"),
                Map.entry("function_namespace", "fn"),
                Map.entry("SLUICE_LOCAL_MAX_REPLICAS", "5"),
                Map.entry("SLUICE_LOCAL_CALLS_PER_FUNCTION", "6"),
                Map.entry("SLUICE_LOCAL_CALLS", "7"),
                Map.entry("SLUICE_LOCAL_WAITING_CALLS", "8"),
                Map.entry("SLUICE_LOCAL_DRAIN_GRACE", "9s"),
                Map.entry("SLUICE_LOCAL_STOP_GRACE", "10s"),
                Map.entry("SLUICE_LOCAL_LOG_LINES", "11"),
                Map.entry("SLUICE_LOCAL_LOG_BYTES", "12345"),
                Map.entry("SLUICE_LOCAL_MOUNT_NAMESPACES", "false"),
                Map.entry("SLUICE_LOCAL_CGROUP", "system.slice")));

        assertThat(LocalConfig.from(settings, DATA))
                .isEqualTo(new LocalConfig(
                        DATA,
                        Path.of("/srv/images"),
                        "fn",
                        5,
                        6,
                        7,
                        8,
                        Duration.ofSeconds(9),
                        Duration.ofSeconds(10),
                        11,
                        12_345,
                        false,
                        "system.slice"));
        assertThat(settings.problems()).isEmpty();
    }
}
