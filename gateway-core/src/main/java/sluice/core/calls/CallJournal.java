package sluice.core.calls;

import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.core.Failure;

/**
 * The durable record of asynchronous calls, from acceptance to outcome. Thread-safe; never blocks; may signal on any
 * thread. Every method fails with {@link Failure#JOURNAL_UNAVAILABLE} (503 with {@code Retry-After}) within 2 s while
 * the journal is down.
 *
 * <p>Promises: a call whose {@link #submit} completed is kept as the implementation documents; it ends in exactly one
 * of {@link CallState#COMPLETED}, {@link CallState#DEAD}, {@link CallState#CANCELLED}, {@link CallState#EXPIRED}; after
 * a cancel has completed no attempt starts and no callback is sent.
 */
public interface CallJournal {
    /** What became of a submit. */
    sealed interface Submitted {
        /** The call was kept. */
        record Accepted(String rid, String callId) implements Submitted {}

        /** The idempotency key is known and the request is the same: this is the call that was kept then. */
        record Repeated(CallRecord first) implements Submitted {}
    }

    /**
     * Keeps {@code call}; completes once it would survive a crash of this process, not before. Once it has begun to
     * commit, cancelling the subscription does not withdraw it.
     *
     * <p>Fails with {@link Failure#JOURNAL_UNAVAILABLE} when the journal is full or down, {@link Failure#TOO_LARGE}
     * for a body above the bound, {@link Failure#UNPROCESSABLE} for a known idempotency key with another request, or
     * with the error of {@code body}; then no trace is left.
     *
     * @param body subscribed to once, with demand; its buffers are released here
     */
    Mono<Submitted> submit(Submission call, Flux<ByteBuf> body);

    /** Calls of that id, newest submit first, 1,000 at most; tombstones included. Empty when it is unknown. */
    Mono<List<CallRecord>> find(String callId);

    /** How many calls share an id, at a small cost; tombstones included. */
    Mono<Long> count(String callId);

    /** Completes with the record once the call has ended, or as it is after {@code patience}; empty when unknown. */
    Mono<CallRecord> await(String rid, Duration patience);

    /**
     * The kept answer of a call that has one; empty when there is none (any more).
     *
     * @param from first byte, from 0
     * @param to behind the last byte; clipped to the length
     */
    Mono<CallResult> result(String rid, long from, long to);

    /**
     * Withdraws the call. Completes with its state, {@link CallState#CANCELLED} when it was open or had been
     * cancelled; another ended state otherwise. Empty when it is unknown. A running attempt is aborted within 100 ms.
     */
    Mono<CallState> cancel(String rid);

    /**
     * Calls, newest submit first.
     *
     * @param cursor empty for the first page
     * @param limit calls at most, 1 to 1,000
     */
    Mono<CallPage> list(CallQuery query, String cursor, int limit);

    /** Cancels all open calls that are meant; completes with their number. */
    Mono<Long> cancelAll(CallQuery query);

    /** Queues dead calls that are meant again, with their attempts counted anew; completes with their number. */
    Mono<Long> redriveAll(CallQuery query);

    /** Forgets ended calls that are meant, results included; completes with their number. */
    Mono<Long> purgeAll(CallQuery query);

    /**
     * Stops or lets go on the start of attempts; durable. Running attempts go on.
     *
     * @param queue name, or empty when {@code function} is given
     * @param function qualified name, or null for the whole queue
     */
    Mono<Void> pause(String queue, @Nullable String function, boolean isPaused);

    /** What is paused: queue names, and {@code function:NAME.NAMESPACE}. */
    Mono<List<String>> paused();
}
