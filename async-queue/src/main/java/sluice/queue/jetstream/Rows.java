package sluice.queue.jetstream;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import sluice.core.calls.CallRecord;
import sluice.core.calls.CallRecord.CallbackLog;
import sluice.core.calls.CallState;
import sluice.queue.Ending;
import sluice.queue.Rid;
import sluice.queue.jetstream.Kept.KeptCallback;
import sluice.queue.store.CallRecords;
import sluice.queue.store.CallRow;

/** Every change of a record, as a new one; and what callers are told of it. */
final class Rows {
    private Rows() {}

    static boolean isWaiting(CallRow row) {
        return row.state() == CallState.QUEUED || row.state() == CallState.RETRYING;
    }

    /** Waiting → running. */
    static Kept begun(Kept kept, long now) {
        Draft draft = new Draft(kept.row());
        draft.state = CallState.RUNNING;
        draft.attempt++;
        draft.startedMillis = now;
        return new Kept(draft.row(), kept.callback());
    }

    /** Running → waiting; the attempt failed. */
    static Kept retried(Kept kept, long dueMillis, int httpStatus, String reason) {
        Draft draft = new Draft(kept.row());
        draft.state = CallState.RETRYING;
        draft.failures++;
        draft.dueMillis = dueMillis;
        draft.httpStatus = httpStatus;
        draft.reason = reason;
        return new Kept(draft.row(), kept.callback());
    }

    /** Running → waiting; as if the attempt had not begun. */
    static Kept givenBack(Kept kept, long dueMillis) {
        Draft draft = new Draft(kept.row());
        draft.state = draft.failures > 0 ? CallState.RETRYING : CallState.QUEUED;
        draft.attempt--;
        draft.dueMillis = dueMillis;
        return new Kept(draft.row(), kept.callback());
    }

    /** Running → waiting; the attempt was lost with its process, which is no failure of the function. */
    static Kept requeued(Kept kept, long now) {
        Draft draft = new Draft(kept.row());
        draft.state = draft.failures > 0 ? CallState.RETRYING : CallState.QUEUED;
        draft.dueMillis = Math.min(draft.dueMillis, now);
        return new Kept(draft.row(), kept.callback());
    }

    /** Running → ended; {@code fence} is the attempt's. */
    static Kept ended(Kept kept, Ending ending, long fence, long size, long now) {
        Draft draft = new Draft(kept.row());
        draft.state = ending.state();
        draft.failures += ending.state() == CallState.COMPLETED ? 0 : 1;
        draft.fence = fence;
        draft.endedMillis = now;
        draft.httpStatus = ending.httpStatus();
        draft.reason = ending.reason();
        draft.seconds = ending.seconds();
        draft.hasAnswer = ending.answer() != null;
        draft.size = size;
        KeptCallback callback = kept.callback();
        return new Kept(draft.row(), callback == null ? null : callback.due(now));
    }

    /** Open → ended without an answer: cancelled, expired, or dead because what it needs is lost. */
    static Kept endedOpen(Kept kept, CallState state, String reason, long now) {
        Draft draft = new Draft(kept.row());
        draft.state = state;
        draft.fence = 0; // no attempt has ended it, and a late one must not take this for its own end
        draft.endedMillis = now;
        draft.reason = reason;
        KeptCallback callback = kept.callback();
        if (callback != null) {
            callback = state == CallState.CANCELLED ? callback.givenUp() : callback.due(now);
        }
        return new Kept(draft.row(), callback);
    }

    /** Dead → queued, with all attempts before it and its whole age again. */
    static Kept redriven(Kept kept, long now) {
        CallRow row = kept.row();
        Draft draft = new Draft(row);
        draft.state = CallState.QUEUED;
        draft.attempt = 0;
        draft.failures = 0;
        draft.dueMillis = now;
        draft.expiresMillis = now + (row.expiresMillis() - row.submittedMillis());
        draft.startedMillis = 0;
        draft.endedMillis = 0;
        draft.httpStatus = 0;
        draft.reason = "";
        draft.hasAnswer = false;
        KeptCallback callback = kept.callback();
        return new Kept(draft.row(), callback == null ? null : callback.reset());
    }

    /** Ended → tombstone. */
    static Kept forgotten(Kept kept) {
        Draft draft = new Draft(kept.row());
        draft.isForgotten = true;
        draft.hasAnswer = false;
        draft.hasCallback = false;
        draft.size = 0;
        draft.labels = Map.of();
        draft.reason = "";
        draft.idempotency = null;
        return new Kept(draft.row(), null);
    }

    /** As the view keeps it; {@code origin} is the sequence of the state's message, 0 while there is only the submit. */
    static CallRow at(CallRow row, long origin) {
        Draft draft = new Draft(row);
        draft.origin = origin;
        draft.fence = row.state() == CallState.RUNNING ? origin : row.fence();
        return draft.row();
    }

    static CallRecord record(Kept kept, long position) {
        return CallRecords.of(kept.row(), position, log(kept.callback()));
    }

    private static @Nullable CallbackLog log(@Nullable KeptCallback callback) {
        return callback == null
                ? null
                : new CallbackLog(
                        CallRecords.withoutUserInfo(callback.url()),
                        callback.state() == KeptCallback.DELIVERED,
                        callback.state() == KeptCallback.GIVEN_UP,
                        callback.log().stream().map(Kept.Tried::asAttempt).toList());
    }

    /** A row that is being changed. */
    private static final class Draft {
        private final CallRow from;
        private final Rid rid;
        private CallState state;
        private int attempt;
        private int failures;
        private long fence;
        private long dueMillis;
        private long expiresMillis;
        private long startedMillis;
        private long endedMillis;
        private int httpStatus;
        private String reason;
        private double seconds;
        private Map<String, String> labels;
        private @Nullable String idempotency;
        private long size;
        private boolean hasCallback;
        private boolean hasAnswer;
        private boolean isForgotten;
        private long origin;

        private Draft(CallRow row) {
            from = row;
            rid = row.rid();
            state = row.state();
            attempt = row.attempt();
            failures = row.failures();
            fence = row.fence();
            dueMillis = row.dueMillis();
            expiresMillis = row.expiresMillis();
            startedMillis = row.startedMillis();
            endedMillis = row.endedMillis();
            httpStatus = row.httpStatus();
            reason = row.reason();
            seconds = row.seconds();
            labels = row.labels();
            idempotency = row.idempotency();
            size = row.size();
            hasCallback = row.hasCallback();
            hasAnswer = row.hasAnswer();
            isForgotten = row.isForgotten();
            origin = row.origin();
        }

        private CallRow row() {
            return new CallRow(
                    rid,
                    from.lane(),
                    from.submittedName(),
                    from.callId(),
                    from.isCallIdChosen(),
                    state,
                    attempt,
                    failures,
                    from.maxAttempts(),
                    fence,
                    from.submittedMillis(),
                    dueMillis,
                    expiresMillis,
                    startedMillis,
                    endedMillis,
                    httpStatus,
                    reason,
                    seconds,
                    labels,
                    idempotency,
                    size,
                    hasCallback,
                    hasAnswer,
                    isForgotten,
                    Subjects.partition(rid),
                    origin);
        }
    }
}
