package sluice.benchmarks.async;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import sluice.benchmarks.Arguments;

/** {@code sluice bench async}: how fast calls are accepted, beside what the bare medium does, and how soon they start. */
public final class AcceptRun {
    private static final String FUNCTION = "accepting";
    /** Keeps calls from starting, so that accepting is all that is measured. */
    private static final String LATER = "X-Sluice-Delay: 1h\r\n";

    private static final int CALLS_PER_SECOND = 10;
    private static final Duration WARM_UP = Duration.ofSeconds(8);
    private static final Duration LATENESS = Duration.ofSeconds(30);

    private final Path directory;
    private final Plan plan;

    private AcceptRun(Path directory, Plan plan) {
        this.directory = directory;
        this.plan = plan;
    }

    private record Plan(int rounds, int connections, Duration phase, int starts) {
        static Plan parse(List<String> words) {
            Arguments arguments = Arguments.of(words.toArray(String[]::new));
            Plan plan = new Plan(
                    arguments.number("--rounds", 7, 1_000),
                    arguments.number("--connections", 64, 1_000),
                    Duration.ofSeconds(arguments.number("--seconds", 3, 60)),
                    arguments.number("--starts", 200, 100_000));
            arguments.requireNoneLeft();
            return plan;
        }
    }

    /** Options: {@code --rounds}, {@code --connections}, {@code --seconds}, {@code --starts}. */
    public static int run(List<String> words) throws InterruptedException {
        Plan plan;
        try {
            plan = Plan.parse(words);
        } catch (IllegalArgumentException e) {
            System.err.println("sluice bench async: " + e.getMessage());
            return 1;
        }
        return Workplace.run(directory -> new AcceptRun(directory, plan).measure());
    }

    private boolean measure() throws IOException, InterruptedException {
        try (GatewayChild gateway = GatewayChild.start(directory, Map.of(), List.of())) {
            URI url = gateway.awaitReady();
            gateway.ask("POST", "/system/functions", LedgerFunction.deployment(FUNCTION, log()));
            AcceptLoad load = new AcceptLoad(url, FUNCTION, LATER, plan.connections());
            AcceptLoad.Result unused = load.run(WARM_UP);
            try (GroupCommits bare = GroupCommits.like(journal(), directory.resolve("bare.db"))) {
                compare(load, bare);
            }
            return starts(url);
        } catch (SQLException e) {
            throw new IOException("the bare medium: " + e.getMessage(), e);
        }
    }

    private void compare(AcceptLoad load, GroupCommits bare) throws SQLException, IOException, InterruptedException {
        List<Double> accepted = new ArrayList<>();
        List<Double> late = new ArrayList<>();
        List<Double> committed = new ArrayList<>();
        List<Double> ratios = new ArrayList<>();
        double ignored = bare.perSecond(plan.connections(), Duration.ofSeconds(1));
        for (int round = 1; round <= plan.rounds(); round++) {
            AcceptLoad.Result result = load.run(plan.phase());
            double medium = bare.perSecond(plan.connections(), plan.phase());
            accepted.add(result.perSecond());
            late.add(result.p99Millis());
            committed.add(medium);
            ratios.add(result.perSecond() / medium);
            System.out.printf(
                    "round %d: %.0f accepted/s, p99 %.1f ms; bare %.0f records/s; ratio %.2f%n",
                    round, result.perSecond(), result.p99Millis(), medium, result.perSecond() / medium);
        }
        System.out.printf("%n%-44s %10s%n", "medians of " + plan.rounds() + " rounds, embedded journal", "");
        System.out.printf("%-44s %10.0f%n", "accepted/s, " + plan.connections() + " connections", median(accepted));
        System.out.printf("%-44s %10.1f%n", "p99 of the 202 (ms)", median(late));
        System.out.printf("%-44s %10.0f%n", "bare commits of " + plan.connections() + ", records/s", median(committed));
        System.out.printf("%-44s %10.2f%n", "ratio, within the round", median(ratios));
    }

    /** From before the submit to the function's first instruction, at a rate that leaves the machine idle. */
    private boolean starts(URI url) throws IOException, InterruptedException {
        long pause = TimeUnit.SECONDS.toNanos(1) / CALLS_PER_SECOND;
        try (SubmitConnection connection = new SubmitConnection(url, FUNCTION, "")) {
            long due = System.nanoTime();
            for (int i = 0; i < plan.starts(); i++, due += pause) {
                while (System.nanoTime() < due) {
                    LockSupport.parkNanos(due - System.nanoTime());
                }
                SubmitConnection.Accepted answer = connection.submit(Long.toString(System.nanoTime()));
                if (answer.status() != 202) {
                    throw new IOException("a submit was answered " + answer.status());
                }
            }
        }
        Histogram millis = new Histogram(3);
        List<LedgerFunction.Execution> seen = seen();
        seen.forEach(one -> millis.recordValue(Math.max(0, one.nanos() - Long.parseLong(one.body())) / 1_000));
        System.out.printf(
                "%-44s %10.1f%n%-44s %10.1f%n",
                "submit to start at " + CALLS_PER_SECOND + "/s, p50 (ms)",
                millis.getValueAtPercentile(50) / 1e3,
                "submit to start at " + CALLS_PER_SECOND + "/s, p99 (ms)",
                millis.getValueAtPercentile(99) / 1e3);
        return seen.size() == plan.starts();
    }

    private List<LedgerFunction.Execution> seen() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + LATENESS.toNanos();
        List<LedgerFunction.Execution> seen = LedgerFunction.read(log());
        while (seen.size() < plan.starts() && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(50);
            seen = LedgerFunction.read(log());
        }
        return seen;
    }

    private Path journal() {
        return directory.resolve(".sluice/calls/calls.db");
    }

    private Path log() {
        return directory.resolve("executions");
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.get(sorted.size() / 2);
    }
}
