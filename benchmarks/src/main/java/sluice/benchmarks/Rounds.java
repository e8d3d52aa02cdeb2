package sluice.benchmarks;

import java.time.Duration;

/** Counts rounds, and stops before one that would end too late if it took as long as the longest so far. */
final class Rounds {
    private final int most;
    private final long endNanos;
    private long beganNanos;
    private long longestNanos;
    private int number;

    /** At most {@code most} rounds until {@code limit} after {@code startNanos}, but one in any case. */
    Rounds(int most, long startNanos, Duration limit) {
        this.most = most;
        this.endNanos = startNanos + limit.toNanos();
    }

    /** Whether another round shall be. */
    boolean next(long nowNanos) {
        if (number > 0) {
            longestNanos = Math.max(longestNanos, nowNanos - beganNanos);
        }
        boolean isInTime = number == 0 || nowNanos + longestNanos - endNanos <= 0;
        if (number == most || !isInTime) {
            return false;
        }
        beganNanos = nowNanos;
        number++;
        return true;
    }

    /** The round that goes on, from 1. */
    int number() {
        return number;
    }
}
