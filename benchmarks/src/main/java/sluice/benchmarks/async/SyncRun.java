package sluice.benchmarks.async;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;
import sluice.benchmarks.report.Spread;

/**
 * Synchronous calls of a function while asynchronous calls of the same function wait and run, and without any. Two
 * gateways run at once and are measured in turn; the queue is paused while the other one is measured.
 */
final class SyncRun {
    private static final String FUNCTION = "shared";
    private static final int WARM_RATE = 5_000;
    private static final Duration WARM_UP = Duration.ofSeconds(15);
    private static final int WARM_CALLS = 20_000;
    private static final long LOOK_MILLIS = 500;
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration SETTLING = Duration.ofSeconds(3);
    private static final int CONNECTIONS = 16;

    private final Path directory;
    private final AsyncPlan plan;
    private final List<Double> alone = new ArrayList<>();
    private final List<Double> beside = new ArrayList<>();
    private final List<Double> ratios = new ArrayList<>();

    SyncRun(Path directory, AsyncPlan plan) {
        this.directory = directory;
        this.plan = plan;
    }

    boolean measure() throws IOException, InterruptedException {
        try (Site idle = Site.start(directory.resolve("idle"), plan.isOnBroker());
                Site queued = Site.start(directory.resolve("queued"), plan.isOnBroker())) {
            PacedCalls atIdle = calls(idle);
            PacedCalls atQueued = calls(queued);
            warmQueue(idle);
            warmQueue(queued);
            queued.pause(FUNCTION);
            String work = LedgerFunction.WORK + ": " + plan.callMillis() + "\r\n";
            AcceptLoad.Result filled =
                    new AcceptLoad(queued.awaitReady(), FUNCTION, work, plan.connections()).run(plan.queued());
            PacedCalls fast = new PacedCalls(idle.awaitReady(), FUNCTION, "", CONNECTIONS, WARM_RATE);
            idle.warm(fast::run);
            fast = new PacedCalls(queued.awaitReady(), FUNCTION, "", CONNECTIONS, WARM_RATE);
            queued.warm(fast::run);
            queued.resume(FUNCTION);
            atQueued.run(WARM_UP);
            queued.pause(FUNCTION);
            long started = rounds(queued, atIdle, atQueued);
            print(filled.count(), started);
            return true;
        }
    }

    /** Both have run asynchronous calls for a while, so that neither is still compiling what that takes. */
    private void warmQueue(Site site) throws IOException, InterruptedException {
        long before = site.executions().size();
        new AcceptLoad(site.awaitReady(), FUNCTION, "", plan.connections()).run(WARM_CALLS);
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (site.executions().size() < before + WARM_CALLS) {
            if (System.nanoTime() > end) {
                throw new IOException(
                        WARM_CALLS + " asynchronous calls did not run within " + PATIENCE.toSeconds() + " s");
            }
            Thread.sleep(LOOK_MILLIS);
        }
    }

    private PacedCalls calls(Site site) throws IOException, InterruptedException {
        URI url = site.awaitReady();
        site.deploy(FUNCTION);
        String work = LedgerFunction.EXACT_WORK + ": " + plan.syncMillis() + "\r\n";
        return new PacedCalls(url, FUNCTION, work, CONNECTIONS, plan.rate());
    }

    /** How many of the waiting calls were started meanwhile. */
    private long rounds(Site queued, PacedCalls atIdle, PacedCalls atQueued) throws IOException, InterruptedException {
        for (int round = 1; round <= plan.rounds(); round++) {
            boolean isQueuedFirst = round % 2 == 0;
            double with = isQueuedFirst ? withQueue(queued, atQueued) : 0;
            atIdle.run(SETTLING);
            double without = p99(atIdle.run(plan.phase()));
            with = isQueuedFirst ? with : withQueue(queued, atQueued);
            alone.add(without);
            beside.add(with);
            ratios.add(with / without);
            System.out.printf(
                    "round %d: p99 %.2f ms alone, %.2f ms beside the queue; ratio %.2f%n",
                    round, without, with, with / without);
        }
        return queued.executions().stream()
                        .filter(one -> one.body().equals("small"))
                        .count()
                - WARM_CALLS;
    }

    private double withQueue(Site queued, PacedCalls calls) throws IOException, InterruptedException {
        queued.resume(FUNCTION);
        calls.run(SETTLING); // all that may run starts at the same moment, and that once
        Histogram micros = calls.run(plan.phase());
        queued.pause(FUNCTION);
        return p99(micros);
    }

    private void print(long queued, long started) {
        System.out.printf("%nmedians of %d rounds, %s%n", plan.rounds(), plan.journal());
        System.out.printf(
                "%d calls of %d ms waited, %d of them were started; %d synchronous calls/s of %d ms of the same function%n",
                queued, plan.callMillis(), started, plan.rate(), plan.syncMillis());
        System.out.printf("%-44s %10.2f%n", "p99 without them (ms)", median(alone));
        System.out.printf("%-44s %10.2f%n", "p99 with them (ms)", median(beside));
        System.out.printf("%-44s %10.2f%n", "ratio, in the round", median(ratios));
    }

    private static double p99(Histogram micros) {
        return micros.getValueAtPercentile(99) / 1e3;
    }

    private static double median(List<Double> values) {
        return Spread.of(values).median();
    }
}
