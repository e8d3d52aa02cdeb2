package sluice.queue.store;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import reactor.core.scheduler.Scheduler;

/** Waits for threads that still work on files that are about to be closed. */
public final class QuietEnd {
    private static final long MOST_SECONDS = 5;

    private QuietEnd() {}

    /** Lets the tasks of {@code scheduler} finish, for 5 s at most. Blocks; never on one of its threads. */
    public static void of(Scheduler scheduler) {
        CountDownLatch ended = new CountDownLatch(1);
        scheduler.disposeGracefully().subscribe(done -> {}, e -> ended.countDown(), ended::countDown);
        try {
            if (!ended.await(MOST_SECONDS, TimeUnit.SECONDS)) {
                scheduler.dispose();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
