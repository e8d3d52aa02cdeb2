package sluice.benchmarks.async;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import sluice.benchmarks.report.Spread;

/**
 * What becomes of accepting, starting, heap and start-up when very many calls wait. Two gateways run at once, one with few
 * waiting calls and one with many, and are measured in turn, so that both meet the same machine.
 */
final class GrowthRun {
    private static final String FUNCTION = "growing";
    private static final int FEW = 1_000;
    private static final Duration DISPATCH = Duration.ofSeconds(5);
    private static final Duration LATENESS = Duration.ofMinutes(5);
    private static final double MIB = 1 << 20;

    private final Path directory;
    private final AsyncPlan plan;
    private final List<Double> ratios = new ArrayList<>();

    GrowthRun(Path directory, AsyncPlan plan) {
        this.directory = directory;
        this.plan = plan;
    }

    /** One of the two, and how many calls wait there by our own count. */
    private static final class Grown implements AutoCloseable {
        private final Site site;
        private final AcceptLoad load;
        private final List<Double> perSecond = new ArrayList<>();
        private final List<Double> p99 = new ArrayList<>();
        private long waiting;

        Grown(Site site, AcceptLoad load) {
            this.site = site;
            this.load = load;
        }

        void fill(int count) throws IOException, InterruptedException {
            waiting += load.run(count).count();
        }

        /** As {@link #fill}, by copies where that is faster. */
        void fillFast(int count) throws IOException, InterruptedException {
            if (site.broker().isEmpty()) {
                fill(count);
                return;
            }
            fill(FEW);
            try (CopiedCalls copies = CopiedCalls.of(site.broker().get())) {
                awaitSeen(copies.fill(count - FEW));
            }
            waiting += count - FEW;
        }

        /** Until the gateway knows where in its lane that call is. */
        private void awaitSeen(String callId) throws IOException, InterruptedException {
            long deadline = System.nanoTime() + LATENESS.toNanos();
            while (site.ask("GET", "/async-function/" + callId, "")
                    .path("position")
                    .isMissingNode()) {
                if (System.nanoTime() > deadline) {
                    throw new IOException("the gateway has not seen all calls within " + LATENESS.toSeconds() + " s");
                }
                TimeUnit.MILLISECONDS.sleep(200);
            }
        }

        void accept(Duration time) throws IOException, InterruptedException {
            AcceptLoad.Result result = load.run(time);
            waiting += result.count();
            perSecond.add(result.perSecond());
            p99.add(result.p99Millis());
        }

        void cancelAll() throws IOException, InterruptedException {
            site.ask("DELETE", "/system/calls?function=" + FUNCTION, "");
            waiting = 0;
        }

        double lastP99() {
            return p99.get(p99.size() - 1);
        }

        @Override
        public void close() {
            site.close();
        }
    }

    boolean measure() throws IOException, InterruptedException {
        Files.createDirectories(directory);
        try (Grown many = many()) {
            if (plan.isFilling()) {
                return true;
            }
            try (Grown few = grown(Files.createTempDirectory(directory, "few"), true)) {
                few.site.warm(few::accept);
                many.site.warm(many::accept);
                accept(few, many);
                print(few, many);
                return restart(many);
            }
        }
    }

    /** Filled, or as an earlier run has left it. */
    private Grown many() throws IOException, InterruptedException {
        Path filled = directory.resolve("filled");
        boolean isNew = !Files.exists(filled);
        Grown many = grown(directory.resolve("many"), isNew);
        if (isNew) {
            long start = System.nanoTime();
            many.fillFast(plan.growth());
            System.out.printf("%d calls kept in %.0f s%n", many.waiting, (System.nanoTime() - start) / 1e9);
            Files.writeString(filled, plan.growth() + "\n");
        } else {
            many.waiting = Long.parseLong(Files.readString(filled).trim());
        }
        return many;
    }

    /** Nothing is started there before {@link #dispatched}. */
    private Grown grown(Path at, boolean isNew) throws IOException, InterruptedException {
        Site site = Site.start(at, plan.isOnBroker());
        URI url = site.awaitReady();
        if (isNew) {
            site.deploy(FUNCTION);
            site.pause(FUNCTION);
        }
        return new Grown(site, new AcceptLoad(url, FUNCTION, "", plan.connections()));
    }

    private void accept(Grown few, Grown many) throws IOException, InterruptedException {
        few.p99.clear();
        few.perSecond.clear();
        many.p99.clear();
        many.perSecond.clear();
        for (int round = 1; round <= plan.rounds(); round++) {
            few.cancelAll();
            few.fill(FEW);
            List<Grown> order = round % 2 == 0 ? List.of(few, many) : List.of(many, few);
            for (Grown one : order) {
                one.accept(plan.phase());
            }
            ratios.add(many.lastP99() / few.lastP99());
            System.out.printf(
                    "round %d: p99 %.1f ms with few, %.1f ms with %d waiting; ratio %.2f%n",
                    round, few.lastP99(), many.lastP99(), many.waiting, many.lastP99() / few.lastP99());
        }
    }

    private void print(Grown few, Grown many) throws IOException, InterruptedException {
        System.out.printf("%nmedians of %d rounds, %s%n", plan.rounds(), plan.journal());
        System.out.printf(
                "%-44s %12s %12s%n", "waiting calls, at the start of a round", FEW, plan.growth() + " or more");
        row(
                "accepted/s, " + plan.connections() + " connections",
                "%.0f",
                median(few.perSecond),
                median(many.perSecond));
        row("p99 of the 202 (ms)", "%.1f", median(few.p99), median(many.p99));
        row("  ratio, in the round", "%.2f", 1, median(ratios));
        row("heap after a full collection (MiB)", "%.0f", heap(few), heap(many));
        row("calls started/s, for " + DISPATCH.toSeconds() + " s", "%.0f", dispatched(few), dispatched(many));
    }

    private static double heap(Grown grown) throws IOException, InterruptedException {
        return HeapProbe.bytesAfterCollection(grown.site.pid()) / MIB;
    }

    /** Per second, from the first start on. */
    private double dispatched(Grown grown) throws IOException, InterruptedException {
        int before = grown.site.executions().size();
        grown.site.resume(FUNCTION);
        awaitExecution(grown.site, before);
        long start = System.nanoTime();
        int first = grown.site.executions().size();
        TimeUnit.NANOSECONDS.sleep(DISPATCH.toNanos());
        int last = grown.site.executions().size();
        double seconds = (System.nanoTime() - start) / 1e9;
        grown.site.pause(FUNCTION);
        grown.waiting -= last - before;
        return (last - first) / seconds;
    }

    private static void awaitExecution(Site site, int before) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + LATENESS.toNanos();
        while (site.executions().size() <= before) {
            if (System.nanoTime() > deadline) {
                throw new IOException("no call was started within " + LATENESS.toSeconds() + " s");
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    /** How soon it serves again after a kill, and how soon calls that waited are started. */
    private boolean restart(Grown many) throws IOException, InterruptedException {
        int before = many.site.executions().size();
        long start = System.nanoTime();
        many.site.restart();
        URI url = many.site.awaitReady();
        many.site.ask("GET", "/healthz", "");
        one("killed with " + many.waiting + " waiting: /healthz after (s)", start);
        try (SubmitConnection connection = SubmitConnection.submitting(url, FUNCTION, "")) {
            int status = connection.submit("small").status();
            while (status == 503) {
                status = connection.submit("small").status();
            }
            one("  the first submit answered " + status + " after (s)", start);
        }
        many.site.resume(FUNCTION);
        awaitExecution(many.site, before);
        one("  the first waiting call started after (s)", start);
        return true;
    }

    private static void one(String name, long start) {
        System.out.printf("%-60s %9.1f%n", name, (System.nanoTime() - start) / 1e9);
    }

    private static void row(String name, String format, double few, double many) {
        System.out.printf("%-44s %12s %12s%n", name, String.format(format, few), String.format(format, many));
    }

    private static double median(List<Double> values) {
        return Spread.of(values).median();
    }
}
