package sluice.queue.jetstream;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;
import sluice.queue.Rid;

/**
 * Submits that were refused because no acknowledgement came, and may have been kept all the same. Each is looked for once
 * the broker can tell, and withdrawn unless its first attempt has begun; a message that was still on its way at the first
 * look is found by the second. What this process does not live to see, or the broker does not tell in a minute, is run.
 * Thread-safe.
 */
final class Unsure {
    private static final Logger log = LoggerFactory.getLogger(Unsure.class);
    private static final List<Duration> LOOKS = List.of(Duration.ofSeconds(1), Duration.ofSeconds(10));
    private static final Retry RETRY = Retry.fixedDelay(60, Duration.ofSeconds(1));
    private static final int MOST = 10_000; // more than that in a minute are not looked for

    private final JournalState journal;
    private final Changes changes;
    private final AtomicInteger pending = new AtomicInteger();

    Unsure(JournalState journal, Changes changes) {
        this.journal = journal;
        this.changes = changes;
    }

    /** Returns at once. {@code messageId} is that of the submit. */
    void add(Rid rid, String messageId) {
        if (pending.incrementAndGet() > MOST) {
            pending.decrementAndGet();
            log.debug("more than {} submits without acknowledgement: some may run though they were refused", MOST);
            return;
        }
        Flux.fromIterable(LOOKS)
                .concatMap(wait -> Mono.delay(wait, journal.broker.scheduler()).then(isKept(rid, messageId)))
                .takeUntil(isKept -> isKept)
                .doFinally(end -> pending.decrementAndGet())
                .subscribe(
                        isKept -> log.debug("a submit without acknowledgement: {}", isKept ? "kept" : "not found"),
                        e -> log.warn("a refused submit may have been kept, and then runs: {}", e.getMessage()));
    }

    /** Whether it is there; then it is withdrawn too, if it still can be. */
    private Mono<Boolean> isKept(Rid rid, String messageId) {
        return journal.broker
                .newest(Subjects.OPEN, Subjects.request(rid))
                .filter(message -> messageId.equals(Broker.messageId(message)))
                .flatMap(message -> Mono.justOrEmpty(Kept.of(message)))
                .retryWhen(RETRY)
                .flatMap(kept -> changes.withdraw(kept).retryWhen(RETRY).thenReturn(true))
                .defaultIfEmpty(false);
    }
}
