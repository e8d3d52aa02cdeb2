package sluice.benchmarks.async;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import sluice.benchmarks.report.Spread;

/** How fast calls are accepted, beside what the bare medium does, and how soon they start. */
final class AcceptRun {
    private static final String FUNCTION = "accepting";
    /** Keeps calls from starting, so that accepting is all that is measured. */
    private static final String LATER = "X-Sluice-Delay: 1h\r\n";

    private static final int CALLS_PER_SECOND = 10;
    private static final Duration LATENESS = Duration.ofSeconds(30);

    private final Path directory;
    private final AsyncPlan plan;
    private final List<Double> accepted = new ArrayList<>();
    private final List<Double> late = new ArrayList<>();
    private final Map<String, List<Double>> records = new LinkedHashMap<>();
    private final Map<String, List<Double>> ratios = new LinkedHashMap<>();

    AcceptRun(Path directory, AsyncPlan plan) {
        this.directory = directory;
        this.plan = plan;
    }

    boolean measure() throws IOException, InterruptedException {
        try (Site site = Site.start(directory, plan.isOnBroker())) {
            URI url = site.awaitReady();
            site.deploy(FUNCTION);
            AcceptLoad load = new AcceptLoad(url, FUNCTION, LATER, plan.connections());
            site.warm(load::run);
            compare(load, site.bare());
            print();
            return starts(site, url);
        }
    }

    private void compare(AcceptLoad load, List<BareMedium> bare) throws IOException, InterruptedException {
        try {
            for (BareMedium medium : bare) {
                double ignored = medium.perSecond(plan.connections(), Duration.ofSeconds(1));
            }
            for (int round = 1; round <= plan.rounds(); round++) {
                AcceptLoad.Result result = load.run(plan.phase());
                accepted.add(result.perSecond());
                late.add(result.p99Millis());
                System.out.printf(
                        "round %d: %.0f accepted/s, p99 %.1f ms", round, result.perSecond(), result.p99Millis());
                for (BareMedium medium : bare) {
                    double most = medium.perSecond(plan.connections(), plan.phase());
                    add(records, medium.name(), most);
                    add(ratios, medium.name(), result.perSecond() / most);
                    System.out.printf("; %s %.0f/s, ratio %.2f", medium.name(), most, result.perSecond() / most);
                }
                System.out.println();
            }
        } finally {
            for (BareMedium medium : bare) {
                medium.close();
            }
        }
    }

    private static void add(Map<String, List<Double>> all, String name, double value) {
        all.computeIfAbsent(name, first -> new ArrayList<>()).add(value);
    }

    private void print() {
        System.out.printf("%nmedians of %d rounds, %s%n", plan.rounds(), plan.journal());
        row("accepted/s, " + plan.connections() + " connections", "%.0f", accepted);
        row("p99 of the 202 (ms)", "%.1f", late);
        records.forEach((name, values) -> row(name + ", records/s", "%.0f", values));
        ratios.forEach((name, values) -> row("ratio to " + name + ", in the round", "%.2f", values));
    }

    private static void row(String name, String format, List<Double> values) {
        System.out.printf(
                "%-60s %10s%n", name, String.format(format, Spread.of(values).median()));
    }

    /** From before the submit to the function's first instruction, at a rate that leaves the machine idle. */
    private boolean starts(Site site, URI url) throws IOException, InterruptedException {
        long pause = TimeUnit.SECONDS.toNanos(1) / CALLS_PER_SECOND;
        try (SubmitConnection connection = SubmitConnection.submitting(url, FUNCTION, "")) {
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
        Histogram micros = new Histogram(3);
        List<LedgerFunction.Execution> seen = seen(site);
        seen.forEach(one -> micros.recordValue(Math.max(0, one.nanos() - Long.parseLong(one.body())) / 1_000));
        for (int percentile : new int[] {50, 99}) {
            System.out.printf(
                    "%-60s %10.1f%n",
                    "submit to start at " + CALLS_PER_SECOND + "/s, p" + percentile + " (ms)",
                    micros.getValueAtPercentile(percentile) / 1e3);
        }
        return seen.size() == plan.starts();
    }

    private List<LedgerFunction.Execution> seen(Site site) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + LATENESS.toNanos();
        List<LedgerFunction.Execution> seen = site.executions();
        while (seen.size() < plan.starts() && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(50);
            seen = site.executions();
        }
        return seen;
    }
}
