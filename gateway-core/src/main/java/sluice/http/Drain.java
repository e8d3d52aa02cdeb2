package sluice.http;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Counts control calls, so that a stop can wait for the last one. Thread-safe. */
final class Drain {
    private final AtomicInteger running = new AtomicInteger();
    private final Sinks.Empty<Void> begun = Sinks.empty();
    private final Sinks.Empty<Void> finished = Sinks.empty();
    private volatile boolean isAnnounced;
    private volatile boolean isDraining;

    boolean isDraining() {
        return isDraining;
    }

    /** Whether a drain is near or has begun. */
    boolean isAnnounced() {
        return isAnnounced;
    }

    void announce() {
        isAnnounced = true;
    }

    /** Completes when the drain begins. */
    Mono<Void> begun() {
        return begun.asMono();
    }

    /** Counts {@code call} from subscription to its end. */
    Mono<Void> track(Mono<Void> call) {
        return Mono.defer(() -> {
            running.incrementAndGet();
            return call.doFinally(end -> ended());
        });
    }

    /** Begins; completes when no call runs any more, or after {@code bound}. */
    Mono<Void> begin(Duration bound) {
        return Mono.defer(() -> {
            isAnnounced = true;
            isDraining = true;
            begun.tryEmitEmpty();
            if (running.get() == 0) {
                finished.tryEmitEmpty();
            }
            return finished.asMono().timeout(bound, Mono.empty());
        });
    }

    private void ended() {
        if (running.decrementAndGet() == 0 && isDraining) {
            finished.tryEmitEmpty();
        }
    }
}
