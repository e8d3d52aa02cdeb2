package sluice.queue;

/**
 * For work that is done again and again and may take long, such as counting a million calls: due again after 20 times as
 * long as it took. Used by one thread at a time.
 */
public final class Pace {
    private static final int SHARE = 20;

    private long nextNanos = System.nanoTime();

    public boolean isDue() {
        return System.nanoTime() - nextNanos >= 0;
    }

    /** Work that began at that {@link System#nanoTime} has ended. */
    public void ended(long startNanos) {
        long now = System.nanoTime();
        nextNanos = now + SHARE * (now - startNanos);
    }
}
