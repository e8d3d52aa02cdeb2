package sluice.core.fleet;

import reactor.core.publisher.Mono;

/** The time-bound right to own something. Thread-safe. */
public interface Lease {
    String name();

    /** Greater than that of every earlier owner; who stores under a lower one than it has seen is late. */
    long fence();

    /**
     * Whether it is ours at this moment, by the machine's monotonic clock: false also for a process that was stopped
     * for longer than the lease and does not know it yet. Once false it stays false.
     */
    boolean isHeld();

    /** Completes once it is not ours any more, for whatever reason. */
    Mono<Void> lost();
}
