package sluice.benchmarks.async;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class AsyncPlanTest {
    @Test
    void hasDefaults() {
        assertThat(AsyncPlan.parse(List.of()))
                .isEqualTo(new AsyncPlan(
                        7, 64, Duration.ofSeconds(3), 200, false, 0, 0, 1_000, 0, 300, Path.of(""), false));
    }

    @Test
    void readsEveryOption() {
        assertThat(AsyncPlan.parse(List.of(
                        "--rounds",
                        "2",
                        "--connections",
                        "8",
                        "--seconds",
                        "1",
                        "--starts",
                        "5",
                        "--nats",
                        "--growth",
                        "1000",
                        "--call-millis",
                        "20",
                        "--rate",
                        "50",
                        "--in",
                        "kept",
                        "--fill")))
                .isEqualTo(new AsyncPlan(
                        2, 8, Duration.ofSeconds(1), 5, true, 1_000, 0, 20, 0, 50, Path.of("kept"), true));
        assertThat(AsyncPlan.parse(List.of("--sync", "100")).queued()).isEqualTo(100);
    }

    @Test
    void saysWhatIsWrong() {
        assertThatThrownBy(() -> AsyncPlan.parse(List.of("--growth", "5", "--sync", "5")))
                .hasMessageContaining("--sync");
        assertThatThrownBy(() -> AsyncPlan.parse(List.of("--growth", "5", "--fill")))
                .hasMessageContaining("--in");
        assertThatThrownBy(() -> AsyncPlan.parse(List.of("--ever"))).hasMessageContaining("--ever");
    }
}
