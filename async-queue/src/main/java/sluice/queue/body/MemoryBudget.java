package sluice.queue.body;

import java.util.concurrent.atomic.AtomicLong;

/** What bodies may hold of the heap while they come, all together. Thread-safe. */
final class MemoryBudget {
    private final AtomicLong left;

    MemoryBudget(long bytes) {
        left = new AtomicLong(bytes);
    }

    boolean tryTake(long bytes) {
        long now = left.get();
        while (now >= bytes) {
            if (left.compareAndSet(now, now - bytes)) {
                return true;
            }
            now = left.get();
        }
        return false;
    }

    void giveBack(long bytes) {
        left.addAndGet(bytes);
    }

    long left() {
        return left.get();
    }
}
