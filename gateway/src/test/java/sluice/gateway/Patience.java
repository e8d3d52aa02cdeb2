package sluice.gateway;

import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Waits, up to 25 seconds, for what becomes true in another thread or process. */
final class Patience {
    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(25);
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private Patience() {}

    static void until(String what, Callable<Boolean> condition) throws Exception {
        long start = System.nanoTime();
        while (!condition.call()) {
            if (System.nanoTime() - start > LIMIT_NANOS) {
                throw new AssertionError("still not so after 25 s: " + what);
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }
}
