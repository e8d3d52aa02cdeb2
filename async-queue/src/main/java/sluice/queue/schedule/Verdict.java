package sluice.queue.schedule;

import org.jspecify.annotations.Nullable;
import sluice.core.FailureException;

/** What an answer, or the lack of one, means for a call. */
sealed interface Verdict {
    /** The function has answered for good. */
    record Final() implements Verdict {}

    /** The function never saw the call: it had no slot. */
    record NoSlot(@Nullable String retryAfter) implements Verdict {}

    /** Another attempt may do better. */
    record Failed(int status, String reason, @Nullable String retryAfter) implements Verdict {}

    /** No attempt will do better. */
    record Hopeless(int status, String reason) implements Verdict {}

    /** Of a call that got no answer: as a client would have been told. */
    static Verdict of(Throwable error) {
        if (!(error instanceof FailureException failure)) {
            return new Failed(503, error.getClass().getSimpleName() + ": " + error.getMessage(), null);
        }
        return switch (failure.failure()) {
            case UNKNOWN_FUNCTION -> new Failed(404, failure.text(), null);
            case UPSTREAM_FAILED -> new Failed(502, failure.text(), null);
            case UPSTREAM_TIMEOUT -> new Failed(504, failure.text(), null);
            case OVERLOADED -> new NoSlot(null);
            case NOT_AUTHENTICATED -> new Hopeless(401, failure.text()); // who was let in then would not be now
            case TOO_LARGE, LOOP_DETECTED, INVALID_REQUEST -> new Hopeless(0, failure.text());
            default -> new Failed(503, failure.text(), null);
        };
    }
}
