package sluice.benchmarks.report;

import java.util.Collection;

/**
 * Where the true median is with a confidence of at least 95 %, whatever the distribution: between two order statistics
 * that the binomial distribution names. From fewer than 6 values nothing can be said.
 */
record Interval(double median, double lower, double upper) {
    private static final double TAIL = 0.025;
    private static final double RESOLVED = 0.05;

    /** All NaN when there are too few values. */
    static Interval ofMedian(Collection<Double> values) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int rank = rank(sorted.length);
        return rank == 0
                ? new Interval(Double.NaN, Double.NaN, Double.NaN)
                : new Interval(Spread.of(values).median(), sorted[rank - 1], sorted[sorted.length - rank]);
    }

    /** The largest r such that fewer than r of n fair coins show heads with a probability of 2.5 % at most. */
    private static int rank(int n) {
        double probability = Math.pow(0.5, n); // of exactly k heads
        double tail = 0;
        for (int k = 0; k < n; k++) {
            tail += probability;
            if (tail > TAIL) {
                return k;
            }
            probability *= (double) (n - k) / (k + 1);
        }
        return 0; // only for n = 0
    }

    /** Whether it is within 5 % of the median on both sides. */
    boolean isResolved() {
        return upper <= median * (1 + RESOLVED) && lower >= median * (1 - RESOLVED);
    }

    /** What a ratio says, in words. */
    String verdict() {
        if (Double.isNaN(median)) {
            return "too few values";
        }
        if (!isResolved()) {
            return "not resolvable here";
        }
        if (upper < 1) {
            return "less";
        }
        return lower > 1 ? "more" : "no difference seen";
    }
}
