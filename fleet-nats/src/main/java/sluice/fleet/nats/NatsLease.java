package sluice.fleet.nats;

import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import sluice.core.fleet.Lease;

/** A lease that was won, until its end by the monotonic clock, which counts on while the process is stopped. */
final class NatsLease implements Lease {
    private final String name;
    private final long fence;
    private final Sinks.Empty<Void> lost = Sinks.empty();
    private volatile long untilNanos;
    private volatile boolean isOver;

    NatsLease(String name, long fence, long untilNanos) {
        this.name = name;
        this.fence = fence;
        this.untilNanos = untilNanos;
    }

    /** False when it is over already. */
    boolean extend(long nanos) {
        if (!isHeld()) {
            return false;
        }
        untilNanos = nanos;
        return true;
    }

    void end() {
        isOver = true;
        lost.tryEmitEmpty();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long fence() {
        return fence;
    }

    @Override
    public boolean isHeld() {
        if (!isOver && System.nanoTime() - untilNanos >= 0) {
            isOver = true; // once false it stays false
        }
        return !isOver;
    }

    @Override
    public Mono<Void> lost() {
        return lost.asMono();
    }
}
