package sluice.benchmarks.async;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import sluice.benchmarks.Arguments;

/**
 * What {@code sluice bench async} does.
 *
 * @param phase length of each measured phase
 * @param starts calls of which the way to the function is timed
 * @param isOnBroker whether calls are kept by a NATS server
 * @param growth calls that wait in the grown journal; 0 for another mode
 * @param queued calls that wait beside synchronous ones; 0 for another mode
 * @param callMillis how long each of those takes
 * @param syncMillis how long each synchronous call takes the function beside them; 0 for no time
 * @param rate of the synchronous calls beside them, per second
 * @param kept where the grown journal is kept and used again; empty for a directory that goes with the run
 * @param isFilling whether the grown journal is only made
 */
record AsyncPlan(
        int rounds,
        int connections,
        Duration phase,
        int starts,
        boolean isOnBroker,
        int growth,
        int queued,
        int callMillis,
        int syncMillis,
        int rate,
        Path kept,
        boolean isFilling) {
    static AsyncPlan parse(List<String> words) {
        Arguments arguments = Arguments.of(words.toArray(String[]::new));
        AsyncPlan plan = new AsyncPlan(
                arguments.number("--rounds", 7, 1_000),
                arguments.number("--connections", 64, 1_000),
                Duration.ofSeconds(arguments.number("--seconds", 3, 60)),
                arguments.number("--starts", 200, 100_000),
                arguments.has("--nats"),
                arguments.number("--growth", 0, 4_000_000),
                arguments.number("--sync", 0, 4_000_000),
                arguments.number("--call-millis", 1_000, 60_000),
                arguments.number("--sync-millis", 0, 60_000),
                arguments.number("--rate", 300, 100_000),
                arguments.path("--in", Path.of("")),
                arguments.has("--fill"));
        arguments.requireNoneLeft();
        if (plan.growth > 0 && plan.queued > 0) {
            throw new IllegalArgumentException("--growth and --sync are separate runs");
        }
        if (plan.isFilling && (plan.growth == 0 || !plan.isKept())) {
            throw new IllegalArgumentException("--fill goes with --growth and --in");
        }
        return plan;
    }

    boolean isKept() {
        return !kept.toString().isEmpty();
    }

    /** The medium's name, for tables. */
    String journal() {
        return isOnBroker ? "journal on JetStream" : "embedded journal";
    }
}
