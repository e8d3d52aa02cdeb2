package sluice.access.privacy;

/**
 * When a token was last used here. Written by event loops without any order among them: of two uses in the same instant it
 * does not matter which one counts.
 */
public final class LastUse {
    private static final long NEVER = Long.MIN_VALUE;

    private long nanos = NEVER;
    private long told = NEVER;

    /** Now, by the monotonic clock. */
    public void at(long now) {
        nanos = now;
    }

    /** Whether it was used since this was asked last. */
    boolean isNews() {
        long seen = nanos;
        boolean isNews = seen != told;
        told = seen;
        return isNews;
    }

    /** Nanoseconds since the last use; asked only after {@link #isNews}. */
    long agoNanos(long now) {
        return now - told;
    }
}
