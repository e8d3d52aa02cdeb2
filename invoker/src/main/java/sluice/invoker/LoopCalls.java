package sluice.invoker;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What one event loop counted of one function's calls. Plain fields: written by the loop, read by a task on that same
 * loop when metrics are scraped.
 */
final class LoopCalls {
    /** Upper bounds of the latency buckets in seconds (OpenFaaS gateway, {@code gateway_functions_seconds}). */
    static final double[] BOUNDS = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};

    private static final int LOWEST_CODE = 100;

    long started;
    int inFlight;
    private final @Nullable ByCode[] byCode = new ByCode[900];

    /** Calls that ended with one status code. */
    static final class ByCode {
        final int code;
        long count;
        double seconds;
        /** Per bucket, not cumulative; the last has no bound. */
        final long[] buckets = new long[BOUNDS.length + 1];

        ByCode(int code) {
            this.code = code;
        }

        ByCode copy() {
            ByCode copy = new ByCode(code);
            copy.add(this);
            return copy;
        }

        void add(ByCode other) {
            count += other.count;
            seconds += other.seconds;
            Arrays.setAll(buckets, i -> buckets[i] + other.buckets[i]);
        }
    }

    void started() {
        started++;
        inFlight++;
    }

    void completed(int code, long nanos) {
        inFlight--;
        ByCode calls = byCode[code - LOWEST_CODE];
        if (calls == null) {
            calls = new ByCode(code);
            byCode[code - LOWEST_CODE] = calls;
        }
        double seconds = nanos / 1e9;
        calls.count++;
        calls.seconds += seconds;
        int bucket = 0;
        while (bucket < BOUNDS.length && seconds > BOUNDS[bucket]) {
            bucket++;
        }
        calls.buckets[bucket]++;
    }

    /** A copy that another thread may read. */
    LoopCalls copy() {
        LoopCalls copy = new LoopCalls();
        copy.add(this);
        return copy;
    }

    void add(LoopCalls other) {
        started += other.started;
        inFlight += other.inFlight;
        for (int i = 0; i < byCode.length; i++) {
            ByCode theirs = other.byCode[i];
            if (theirs != null) {
                ByCode ours = byCode[i];
                if (ours == null) {
                    byCode[i] = theirs.copy();
                } else {
                    ours.add(theirs);
                }
            }
        }
    }

    /** Those codes that occurred, ascending. */
    Iterable<ByCode> codes() {
        return () -> Arrays.stream(byCode).filter(java.util.Objects::nonNull).iterator();
    }
}
