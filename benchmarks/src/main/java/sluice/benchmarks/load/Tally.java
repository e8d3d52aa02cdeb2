package sluice.benchmarks.load;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** Counts one phase. Written by one thread; {@link #begin} and {@link #end} stand around the measured time. */
final class Tally {
    private static final long LONGEST = TimeUnit.SECONDS.toNanos(60);

    private final LoadPlan plan;
    private final Histogram latency = new Histogram(LONGEST, 3);
    private long good;
    private long unmeasured;
    private long notOk;
    private long broken;
    private long startNanos = Long.MAX_VALUE;
    private CpuTime cpu = new CpuTime(0, 0);

    Tally(LoadPlan plan) {
        this.plan = plan;
    }

    /** Forgets good answers so far, never faults, and starts the clocks. */
    void begin() throws IOException {
        unmeasured += good;
        good = 0;
        latency.reset();
        cpu = CpuTime.of(plan.watched());
        startNanos = System.nanoTime();
    }

    /** Counts one answer that took {@code nanos}. */
    void count(AnswerReader.Progress progress, long nanos) {
        switch (progress) {
            case GOOD -> {
                good++;
                latency.recordValue(Math.max(0, Math.min(nanos, LONGEST)));
            }
            case NOT_OK -> notOk++;
            case BROKEN -> broken++;
            case WAITING -> {}
        }
    }

    /** The result of the time since {@link #begin}, in which {@code parts} of calls were done beside whole ones. */
    LoadResult end(long unsent, double parts) throws IOException {
        double seconds = (System.nanoTime() - startNanos) / 1e9;
        CpuTime used = CpuTime.of(plan.watched()).minus(cpu);
        return new LoadResult(
                good + parts,
                unmeasured + good,
                notOk,
                broken,
                unsent,
                seconds,
                used.userMicros(),
                used.systemMicros(),
                micros(50),
                micros(90),
                micros(99),
                micros(99.9));
    }

    private double micros(double percentile) {
        return latency.getValueAtPercentile(percentile) / 1e3;
    }
}
