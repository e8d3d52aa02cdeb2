package sluice.queue.jetstream;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Removes what calls that have ended leave in the broker, a few at a time: nobody waits for it, and submits, starts and
 * cancels should not wait behind it. What fails stays until the call's record is forgotten, which asks again. Thread-safe.
 */
final class Removals {
    private static final Logger log = LoggerFactory.getLogger(Removals.class);
    private static final int AT_ONCE = 4;
    private static final int WAITING = 10_000; // what comes then is done at once, beside those

    private final Queue<Mono<?>> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final Semaphore free = new Semaphore(AT_ONCE); // never waited for

    /** Returns at once. */
    void add(Mono<?> removal) {
        if (waiting.incrementAndGet() > WAITING) {
            waiting.decrementAndGet();
            run(removal);
            return;
        }
        queue.offer(removal);
        drain();
    }

    private void drain() {
        while (!queue.isEmpty() && free.tryAcquire()) {
            Mono<?> next = queue.poll();
            if (next == null) {
                free.release(); // and look again: what came meanwhile may have found no room
            } else {
                waiting.decrementAndGet();
                run(next.doFinally(end -> {
                    free.release();
                    drain();
                }));
            }
        }
    }

    private static void run(Mono<?> removal) {
        removal.subscribe(done -> {}, e -> log.debug("something stays behind in NATS", e));
    }
}
