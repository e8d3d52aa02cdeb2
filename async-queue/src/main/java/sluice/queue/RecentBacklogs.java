package sluice.queue;

import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * What waits, for metrics. To count it takes a time that grows with it (some 0.5 s for 500,000 calls), and scrapes may
 * come often and from many. So a count is kept for 20 times as long as it took, at most a minute: counting takes no more
 * than a twentieth of one reader of the journal, whoever asks. While a new count runs, the last one is told after
 * {@link #PATIENCE}. What few calls take is thus exact; the count of a huge backlog is as old as the distance of two
 * scrapes, or as 20 counts, whichever is more. It is read from the journal, so that there is nothing to restore at a
 * start: the first scrape waits for the first count. Thread-safe.
 */
final class RecentBacklogs {
    /** How long a scrape waits for a newer count than the last one. */
    static final Duration PATIENCE = Duration.ofMillis(50);

    private static final int KEPT = 20;
    private static final long LONGEST_NANOS = Duration.ofMinutes(1).toNanos();

    private final Supplier<Mono<List<Backlog>>> source;
    private final LongSupplier nanos;
    private volatile @Nullable Count last;
    private @Nullable Mono<List<Backlog>> counting;

    private record Count(List<Backlog> backlogs, long endNanos, long keptNanos) {}

    /** @param nanos the monotonic clock */
    RecentBacklogs(Supplier<Mono<List<Backlog>>> source, LongSupplier nanos) {
        this.source = source;
        this.nanos = nanos;
    }

    /** Fails as the source does; a failure is not kept. */
    Mono<List<Backlog>> recent() {
        return Mono.defer(() -> {
            Count known = last;
            if (known == null) {
                return count();
            }
            return nanos.getAsLong() - known.endNanos() < known.keptNanos()
                    ? Mono.just(known.backlogs())
                    : count().timeout(PATIENCE, Mono.just(known.backlogs()));
        });
    }

    /** One count at a time, which all wait for; it ends also when none of them does any more. */
    private synchronized Mono<List<Backlog>> count() {
        Mono<List<Backlog>> running = counting;
        if (running == null) {
            running = Mono.defer(this::counted).cache();
            counting = running;
        }
        return running;
    }

    private Mono<List<Backlog>> counted() {
        long start = nanos.getAsLong();
        return source.get()
                .doOnNext(backlogs -> {
                    long end = nanos.getAsLong();
                    last = new Count(backlogs, end, Math.min(LONGEST_NANOS, KEPT * (end - start)));
                })
                .doOnTerminate(this::forgetCounting);
    }

    private synchronized void forgetCounting() {
        counting = null;
    }
}
