package sluice.benchmarks.soak;

import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import sluice.benchmarks.Arguments;

/**
 * How long and how hard.
 *
 * @param length of the load
 * @param load part of the saturated rate, above 0 and at most 1
 * @param connections of the calls that must all succeed
 * @param out directory of the report
 */
record SoakPlan(Duration length, double load, int connections, Path out) {
    static SoakPlan parse(List<String> words) {
        Arguments arguments = Arguments.of(words.toArray(String[]::new));
        String day = LocalDateTime.now(ZoneOffset.UTC).format(DateTimeFormatter.ofPattern("yyyy-MM-dd", Locale.ROOT));
        SoakPlan plan = new SoakPlan(
                Duration.ofMinutes(arguments.number("--minutes", 20, 10_000)),
                arguments.part("--load", 0.8),
                arguments.number("--connections", 64, 10_000),
                arguments.path("--out", Path.of("benchmarks", "results", day + "-soak")));
        arguments.requireNoneLeft();
        return plan;
    }
}
