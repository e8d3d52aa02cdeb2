package sluice.queue;

import java.util.function.LongSupplier;

/**
 * Milliseconds since 1970 that never go back and do not jump when the machine's clock is set: the wall clock at the
 * start, or the last time an earlier process saw if that is later, and a steady count from there. Thread-safe.
 */
public final class JournalClock {
    private final LongSupplier nanos;
    private final long startMillis;
    private final long startNanos;

    /** @param lastSeenMillis of an earlier process, or 0 */
    public JournalClock(LongSupplier wallMillis, LongSupplier nanos, long lastSeenMillis) {
        this.nanos = nanos;
        this.startMillis = Math.max(wallMillis.getAsLong(), lastSeenMillis);
        this.startNanos = nanos.getAsLong();
    }

    /** Now. */
    public long millis() {
        return startMillis + (nanos.getAsLong() - startNanos) / 1_000_000;
    }
}
