package sluice.http;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;
import sluice.core.calls.CallJournal;
import sluice.core.calls.CallRecord;

/**
 * Requests that wait for a call to end. Their number and their patience are bounded: one too many is told how things
 * are, and so is everyone when the gateway begins to stop. Thread-safe.
 */
final class CallWaits {
    private final CallJournal journal;
    private final AsyncConfig config;
    private final Drain drain;
    private final AtomicInteger waiting = new AtomicInteger();

    CallWaits(AsyncCalls calls, Drain drain) {
        this.journal = calls.journal();
        this.config = calls.config();
        this.drain = drain;
    }

    /** Requests that wait now. */
    int waiting() {
        return waiting.get();
    }

    /** The record when the call has ended, or as it is after {@code patience}; empty when it is unknown. */
    Mono<CallRecord> until(String rid, Duration patience) {
        Duration bounded = patience.compareTo(config.maxWait()) > 0 ? config.maxWait() : patience;
        Mono<CallRecord> asItIs = journal.await(rid, Duration.ZERO);
        if (bounded.isZero()) {
            return asItIs;
        }
        return Mono.defer(() -> {
            if (waiting.incrementAndGet() > config.maxWaiting() || drain.isDraining()) {
                waiting.decrementAndGet();
                return asItIs;
            }
            return Mono.firstWithSignal(
                            journal.await(rid, bounded), drain.begun().then(asItIs))
                    .doFinally(end -> waiting.decrementAndGet());
        });
    }
}
