package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The relay's readers beside Netty's and beside careless ones ({@code docs/parsing.md}). */
final class DifferentialFuzzTest {
    private static final Path PAGE = Path.of("..", "docs", "parsing.md");
    private static final long FEW = 60_000;
    private static final long MANY = 10_000_000;

    /** A fresh seed each time, and one that is known to meet every class. */
    @ParameterizedTest
    @ValueSource(longs = {1, 0})
    @Timeout(value = 3, unit = TimeUnit.MINUTES)
    void acceptsNothingAmbiguous_andDiffersFromNettyInListedWaysOnly(long seed) {
        DifferentialFuzz fuzz = new DifferentialFuzz(seed == 0 ? System.nanoTime() : seed);

        fuzz.run(FEW);

        assertThat(String.join("\n", fuzz.report())).contains("none ambiguous");
    }

    /** {@code mvn -pl invoker -am test -Pfuzz}; {@code -Dfuzz.cases=N} and {@code -Dfuzz.seed=S} for other runs. */
    @Test
    @Tag("fuzz")
    @Timeout(value = 3, unit = TimeUnit.HOURS)
    void acceptsNothingAmbiguous_inTenMillionCases() throws IOException {
        DifferentialFuzz fuzz = new DifferentialFuzz(Long.getLong("fuzz.seed", System.nanoTime()));

        fuzz.run(Long.getLong("fuzz.cases", MANY));

        Files.write(Path.of("target", "fuzz-report.txt"), fuzz.report());
        assertThat(fuzz.differences()).as("classes without a case").containsOnlyKeys(Disagreement.values());
    }

    @Test
    void everyDisagreementIsExplainedOnThePage() throws IOException {
        List<String> rows = Files.readAllLines(PAGE, StandardCharsets.UTF_8).stream()
                .filter(line -> line.matches("\\| `[A-Z_]+` .*"))
                .toList();

        assertThat(rows)
                .containsExactlyElementsOf(Arrays.stream(Disagreement.values())
                        .map(it -> "| `" + it + "` | " + it.direction().words() + " | " + it.rows() + " | " + it.why()
                                + " |")
                        .toList());
    }

    @Test
    void findsAmbiguity_whereThereIsSome() {
        String twice = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!";
        byte[] bytes = twice.getBytes(StandardCharsets.ISO_8859_1);

        assertThat(LenientReading.all().stream()
                        .map(it -> it.read(bytes, 0, false).stop()))
                .contains(bytes.length, bytes.length - 1);
    }
}
