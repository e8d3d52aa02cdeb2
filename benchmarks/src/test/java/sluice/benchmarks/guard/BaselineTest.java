package sluice.benchmarks.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BaselineTest {
    @TempDir
    private Path dir;

    @Test
    void complainsAboutWhatGrew_andAboutNothingElse() throws IOException {
        Path file = dir.resolve("guard.properties");
        Baseline.read(file)
                .update(Map.of("jdk17.get64.bytes", 100.0, "jdk17.get64.socket-calls", 4.0, "jdk25.get64.bytes", 9.0));
        Baseline baseline = Baseline.read(file);

        assertThat(baseline.complaints(Map.of("jdk17.get64.bytes", 119.0, "jdk17.get64.socket-calls", 4.1)))
                .isEmpty();
        assertThat(baseline.complaints(Map.of("jdk17.get64.bytes", 120.0, "jdk17.get64.socket-calls", 5.0)))
                .containsExactlyInAnyOrder(
                        "jdk17.get64.bytes is 120.00, the baseline 100.00, allowed 119.00",
                        "jdk17.get64.socket-calls is 5.00, the baseline 4.00, allowed 4.15");
        assertThat(baseline.complaints(Map.of("jdk21.get64.bytes", 1e6))).isEmpty();
        assertThat(baseline.text("jdk25.get64.bytes")).isEqualTo("9.00");
        assertThat(baseline.text("jdk21.get64.bytes")).isEqualTo("none");
    }

    @Test
    void keepsTheFiguresOfOtherJdks() throws IOException {
        Path file = dir.resolve("guard.properties");
        Baseline.read(file).update(Map.of("jdk17.get64.bytes", 100.0));
        Baseline.read(file).update(Map.of("jdk25.get64.bytes", 50.0));

        assertThat(Baseline.read(file).text("jdk17.get64.bytes")).isEqualTo("100.00");
    }
}
