package sluice.fleet.nats;

import java.util.concurrent.RejectedExecutionException;
import reactor.core.scheduler.Scheduler;

/** What is left to do for a subscription that ends. */
final class Ending {
    private Ending() {}

    /** On {@code scheduler}; not at all when that has ended before, and everything with it. */
    static void later(Scheduler scheduler, Runnable work) {
        try {
            scheduler.schedule(work);
        } catch (RejectedExecutionException e) {
            // the fleet was left: the server forgets with the connection
        }
    }
}
