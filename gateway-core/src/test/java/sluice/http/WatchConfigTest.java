package sluice.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import sluice.core.Settings;

class WatchConfigTest {
    @Test
    void hasDefaults() {
        assertThat(WatchConfig.from(new Settings(Map.of())))
                .isEqualTo(new WatchConfig(
                        1_024,
                        16 << 20,
                        256,
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(30),
                        Set.of()));
    }

    @Test
    void readsEverySetting() {
        Settings settings = new Settings(Map.of(
                "SLUICE_WATCH_HISTORY", "2",
                "SLUICE_WATCH_HISTORY_BYTES", "65536",
                "SLUICE_WATCH_QUEUE", "8",
                "SLUICE_WATCH_RECHECK", "1s",
                "SLUICE_WATCH_BOOKMARKS", "2s",
                "SLUICE_WATCH_PING", "3s",
                "SLUICE_WATCH_ORIGINS", "https://a.example, http://B.example:8080"));

        assertThat(WatchConfig.from(settings))
                .isEqualTo(new WatchConfig(
                        2,
                        65_536,
                        8,
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(3),
                        Set.of("https://a.example", "http://b.example:8080")));
        assertThat(settings.problems()).isEmpty();
    }

    @Test
    void refusesWhatIsNoOrigin() {
        for (String text : new String[] {"a.example", "https://a.example/path", "https://", "*"}) {
            Settings settings = new Settings(Map.of("SLUICE_WATCH_ORIGINS", text));
            assertThat(WatchConfig.from(settings).origins()).isEmpty();
            assertThat(settings.problems()).singleElement().asString().contains("SLUICE_WATCH_ORIGINS");
        }
    }

    @Test
    void refusesAnIntervalOfNothing() {
        assertThatThrownBy(() -> WatchConfig.from(new Settings(Map.of("SLUICE_WATCH_PING", "0"))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("SLUICE_WATCH_PING");
    }
}
