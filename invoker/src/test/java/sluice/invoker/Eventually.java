package sluice.invoker;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what happens on other threads, with a deadline. */
final class Eventually {
    private static final Duration STEP = Duration.ofMillis(5);

    private Eventually() {}

    /** Returns once {@code condition} holds; fails when it does not within {@link RawConnection#PATIENCE}. */
    static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + RawConnection.PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("waited in vain for " + what);
            }
            linger(STEP);
        }
    }

    /** Lets time pass, where the passing of time is what is tested: a peer that stays silent, or is slow. */
    static void linger(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
