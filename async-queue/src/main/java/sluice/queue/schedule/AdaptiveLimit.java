package sluice.queue.schedule;

/**
 * How many calls of a function may run at once where its replicas set no limit: one more after each window of answers
 * without trouble, half after a 429, a timeout, or when answers get slow. Confined to the dispatcher's thread.
 */
final class AdaptiveLimit {
    private static final int START_PER_REPLICA = 4;
    private static final int MOST = 50;
    private static final double SLOW = 2; // times the usual duration

    private double limit;
    private int clean;
    private double usualMillis;

    AdaptiveLimit(int replicas) {
        limit = Math.min(MOST, (double) START_PER_REPLICA * Math.max(1, replicas));
    }

    int current() {
        return (int) limit;
    }

    /** A call was answered. */
    void answered(double millis) {
        boolean isSlow = usualMillis > 0 && millis > 10 && millis > SLOW * usualMillis;
        usualMillis = usualMillis == 0 ? millis : usualMillis * 0.9 + millis * 0.1;
        if (isSlow) {
            clean = 0;
            limit = Math.max(1, limit - 1);
            return;
        }
        clean++;
        if (clean >= current()) {
            clean = 0;
            limit = Math.min(MOST, limit + 1);
        }
    }

    /** The function had no slot for a call, or did not answer in time. */
    void halve() {
        clean = 0;
        limit = Math.max(1, limit / 2);
    }
}
