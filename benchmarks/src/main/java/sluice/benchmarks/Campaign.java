package sluice.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import sluice.benchmarks.load.LoadPlan;
import sluice.benchmarks.load.LoadResult;
import sluice.benchmarks.load.Shape;
import sluice.benchmarks.report.Sample;

/**
 * The order of one run: warm-up, the upstream alone, then rounds in which every peer is measured with every shape.
 * The order of the peers turns by one with each round, so that a drift of the machine falls on all alike.
 */
final class Campaign {
    static final String DIRECT = "direct";

    private final Options options;
    private final LoadClient load;
    private final Consumer<String> progress;

    Campaign(Options options, LoadClient load, Consumer<String> progress) {
        this.options = options;
        this.load = load;
        this.progress = progress;
    }

    /**
     * A peer that runs.
     *
     * @param pids all its processes
     */
    record Running(String name, boolean needsWarmUp, int port, String prefix, List<Long> pids) {
        Running {
            pids = List.copyOf(pids);
        }
    }

    /** Everything measured; round 0 is the upstream without a proxy. */
    List<Sample> run(List<Running> peers, Running direct) throws IOException {
        for (Running peer : peers) {
            if (peer.needsWarmUp()) {
                warmUp(peer);
            }
        }
        List<Sample> samples = new ArrayList<>();
        for (Shape shape : options.shapes()) {
            samples.add(measure(0, shape, direct));
        }
        List<Running> order = new ArrayList<>(peers);
        for (int round = 1; round <= options.rounds(); round++) {
            for (Shape shape : options.shapes()) {
                for (Running peer : order) {
                    samples.add(measure(round, shape, peer));
                }
            }
            Collections.rotate(order, 1);
        }
        return samples;
    }

    /** Compilers need the proxy's CPU time, not wall time: on a busy machine a second of load may be little work. */
    private void warmUp(Running peer) throws IOException {
        for (Shape shape : options.shapes()) {
            boolean isFirst = shape == options.shapes().get(0);
            int seconds = isFirst ? options.warmUpSeconds() : Math.max(1, options.warmUpSeconds() * 2 / 5);
            double used = 0;
            LoadResult last;
            int phases = 0;
            do {
                last = load.run(plan(shape, peer, 1, 0));
                used += last.busy();
                phases++;
            } while (used < seconds && phases < 2 * seconds);
            progress.accept(String.format(
                    Locale.ROOT,
                    "warm-up    %-7s %-8s %,9.0f calls/s after %.0f s of CPU",
                    shape.label(),
                    peer.name(),
                    last.rate(),
                    used));
        }
    }

    private Sample measure(int round, Shape shape, Running peer) throws IOException {
        LoadResult saturated = load.run(plan(shape, peer, options.seconds(), 0));
        LoadResult fixed = load.run(plan(shape, peer, options.seconds(), shape.fixedRate()));
        Sample sample = new Sample(round, peer.name(), shape, saturated, fixed, Memory.residentBytes(peer.pids()));
        progress.accept(line(sample));
        return sample;
    }

    private LoadPlan plan(Shape shape, Running peer, int seconds, int rate) {
        return new LoadPlan(
                shape, peer.port(), peer.prefix(), options.connections(), seconds * 1_000L, rate, peer.pids());
    }

    private String line(Sample sample) {
        LoadResult saturated = sample.saturated();
        String faults = sample.faults() == 0 ? "" : "  FAULTS: " + sample.faults();
        return String.format(
                Locale.ROOT,
                "round %d/%d  %-7s %-8s %,9.0f calls/s  %8.1f µs CPU/call  p50 %,6.0f µs  p99 %,7.0f µs%s",
                sample.round(),
                options.rounds(),
                sample.shape().label(),
                sample.peer(),
                saturated.rate(),
                saturated.cpuPerCall(),
                sample.fixed().p50(),
                sample.fixed().p99(),
                faults);
    }
}
