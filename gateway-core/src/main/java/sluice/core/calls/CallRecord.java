package sluice.core.calls;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sluice.core.FunctionName;

/**
 * What the journal tells about one call. A picture of the moment; never holds the body, a header, or a credential.
 *
 * @param rid the journal's own name for the call: 32 lower-case hex digits, ordered by time of submit
 * @param callId the {@code X-Call-Id}; may be shared by several calls
 * @param isCallIdChosen whether the client chose the id
 * @param queue name of its queue
 * @param attempt attempts begun so far
 * @param maxAttempts attempts at most
 * @param submittedAt when the call was kept
 * @param startedAt when its newest attempt began, or null
 * @param endedAt when it ended, or null
 * @param nextAttemptAt when the next attempt is due, for calls that wait; else null
 * @param httpStatus the newest answer's, or 0 when none came
 * @param reason why the newest attempt failed or the call ended without an answer; empty otherwise
 * @param position calls of the function that are due before it, for queued calls; -1 where unknown
 * @param hasResult whether body and headers of an answer are kept
 * @param isForgotten whether only this tombstone is left: the retention of result and details is over
 * @param callback what became of the callback; null when none was asked for
 */
public record CallRecord(
        String rid,
        String callId,
        boolean isCallIdChosen,
        FunctionName function,
        String queue,
        CallState state,
        int attempt,
        int maxAttempts,
        Instant submittedAt,
        @Nullable Instant startedAt,
        @Nullable Instant endedAt,
        @Nullable Instant nextAttemptAt,
        int httpStatus,
        String reason,
        long position,
        boolean hasResult,
        boolean isForgotten,
        Map<String, String> labels,
        @Nullable CallbackLog callback) {
    public CallRecord {
        labels = Map.copyOf(labels);
    }

    /**
     * What became of a callback.
     *
     * @param url without its user-info
     * @param isDelivered whether a receiver answered 2xx
     * @param isGivenUp whether nothing more will be tried
     * @param attempts oldest first, the newest 10 at most
     */
    public record CallbackLog(String url, boolean isDelivered, boolean isGivenUp, List<Attempt> attempts) {
        public CallbackLog {
            attempts = List.copyOf(attempts);
        }

        /**
         * One delivery.
         *
         * @param httpStatus the receiver's, or 0 when none came
         * @param problem empty when it was delivered
         */
        public record Attempt(Instant at, int httpStatus, String problem) {}
    }
}
