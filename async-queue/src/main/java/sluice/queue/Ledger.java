package sluice.queue;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.core.Failure;

/**
 * What the scheduler asks of a journal: the calls that wait, and each change of state. Thread-safe; never blocks; may
 * signal on any thread. Times are milliseconds since 1970 of the journal's clock, {@link #nowMillis}.
 *
 * <p>Every change is durable when it completes, and can lose: to a cancel, to a newer attempt, to a lease that moved.
 * It then completes without a value or with false, and nothing has happened. All fail with
 * {@link Failure#JOURNAL_UNAVAILABLE} while the journal cannot write; the scheduler then asks again.
 */
public interface Ledger {
    /** The journal's clock: never goes back, and does not jump when the machine's is set. */
    long nowMillis();

    /**
     * Whom to tell from now on; called once, before anything else. The journal answers with
     * {@link Arrivals#backlogsChanged} once it can be read.
     */
    void tell(Arrivals arrivals);

    /** Lanes with waiting calls. */
    Mono<List<Backlog>> backlogs();

    /**
     * The next calls of a lane, in their order, whether they are due or not.
     *
     * @param after the last one known, or null for the beginning
     * @param limit 64 at most
     */
    Mono<List<Waiting>> window(Lane lane, @Nullable Waiting after, int limit);

    /**
     * Begins an attempt, if the call still waits and is not too old. A call whose age is over ends as
     * {@link sluice.core.calls.CallState#EXPIRED} here, one whose request is lost as DEAD; both answer empty.
     */
    Mono<Attempt> begin(Waiting call);

    /**
     * Keeps an answer while it comes, with flat memory. The outcome of the call is not touched. Fails with the body's
     * error, or with {@link Failure#JOURNAL_UNAVAILABLE} when there is no room; nothing is left then. Cancelling
     * cancels the body.
     */
    Mono<SpooledAnswer> spool(Attempt attempt, int status, HttpHeaders headers, Flux<ByteBuf> body);

    /** Ends the call; its callback, if it wants one, is due from now on. False when the attempt is void. */
    Mono<Boolean> end(Attempt attempt, Ending ending);

    /** Counts the attempt as failed and lets the call wait until {@code dueMillis}. False when it is void. */
    Mono<Boolean> retry(Attempt attempt, long dueMillis, int httpStatus, String reason);

    /** As if the attempt had not begun; the call waits until {@code dueMillis}. False when it is void. */
    Mono<Boolean> giveBack(Attempt attempt, long dueMillis);

    /** Callbacks whose next delivery is due, the oldest first. */
    Mono<List<DueCallback>> dueCallbacks(int limit);

    /**
     * Records a delivery: {@code nextMillis} is when to try again; below 0 for never.
     *
     * @param problem empty when it was delivered
     */
    Mono<Void> callbackTried(DueCallback callback, int httpStatus, String problem, long nextMillis);
}
