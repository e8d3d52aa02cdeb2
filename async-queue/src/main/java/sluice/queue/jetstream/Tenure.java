package sluice.queue.jetstream;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.Disposable;
import reactor.core.Disposables;
import sluice.core.fleet.Lease;

/** One ownership of one partition, from the lease that was won to the one that was lost. Thread-safe. */
final class Tenure {
    final int partition;
    final Lease lease;
    final AtomicLong lastSequence = new AtomicLong();
    final Disposable.Swap following = Disposables.swap();
    private final AtomicBoolean wasLoading = new AtomicBoolean();
    volatile boolean isLoaded;

    Tenure(int partition, Lease lease) {
        this.partition = partition;
        this.lease = lease;
    }

    /** Whether the partition is ours at this moment. */
    boolean isHeld() {
        return lease.isHeld();
    }

    /** Whether its calls may be started. */
    boolean isServing() {
        return isLoaded && isHeld();
    }

    /** True once: the view has caught up with this partition for the first time. */
    boolean isFirstLoading() {
        return wasLoading.compareAndSet(false, true);
    }

    void saw(long sequence) {
        lastSequence.accumulateAndGet(sequence, Math::max);
    }
}
