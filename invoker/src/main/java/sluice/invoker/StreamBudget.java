package sluice.invoker;

import java.util.concurrent.atomic.AtomicLong;

/** Direct memory that streams which are read as fast as they come may use beyond what each has. Thread-safe. */
final class StreamBudget {
    private final AtomicLong left;

    StreamBudget(long bytes) {
        this.left = new AtomicLong(bytes);
    }

    /** Takes {@code bytes} if they are there. */
    boolean take(long bytes) {
        for (long now = left.get(); now >= bytes; now = left.get()) {
            if (left.compareAndSet(now, now - bytes)) {
                return true;
            }
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
