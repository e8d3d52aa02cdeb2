package sluice.queue.jetstream;

import java.time.Duration;
import java.util.List;
import java.util.function.IntPredicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;
import sluice.queue.Rid;

/**
 * Starts of attempts. A start whose acknowledgement never came may have been kept all the same: the call then counts as
 * running, and nobody runs it. So it is looked for once the broker can tell, and the call waits again, with its next
 * attempt; a message that was still on its way at the first look is found by the second.
 */
final class Starts {
    private static final Logger log = LoggerFactory.getLogger(Starts.class);
    private static final List<Duration> LOOKS = List.of(Duration.ofSeconds(1), Duration.ofSeconds(10));
    private static final Duration RETRY = Duration.ofSeconds(1);

    private final JournalState journal;
    private final Changes changes;
    private final IntPredicate isOurs;

    Starts(JournalState journal, Changes changes, IntPredicate isOurs) {
        this.journal = journal;
        this.changes = changes;
        this.isOurs = isOurs;
    }

    /** As {@link Changes#change}; the sequence is the attempt's fence. */
    Mono<Long> start(long expected, Kept begun) {
        Rid rid = begun.row().rid();
        String messageId = changes.messageId(rid, expected);
        return changes.change(expected, begun, true, messageId).doOnError(e -> lookLater(rid, messageId));
    }

    private void lookLater(Rid rid, String messageId) {
        Flux.fromIterable(LOOKS)
                .concatMap(wait -> Mono.delay(wait, journal.broker.scheduler()).then(waitsAgain(rid, messageId)))
                .takeUntil(isFound -> isFound)
                .subscribe(
                        isFound -> log.debug("a start without acknowledgement: {}", isFound ? "kept" : "not found"),
                        e -> log.debug("the next owner lets a call wait again whose start is unknown", e));
    }

    private Mono<Boolean> waitsAgain(Rid rid, String messageId) {
        return changes.current(rid)
                .filter(found -> found.messageId().equals(messageId))
                .flatMap(found -> changes.requeue(
                        new Kept(
                                Rows.at(found.kept().row(), found.origin()),
                                found.kept().callback()),
                        false))
                .hasElement()
                .retryWhen(Retry.fixedDelay(Long.MAX_VALUE, RETRY).filter(e -> isOurs.test(Subjects.partition(rid))));
    }
}
