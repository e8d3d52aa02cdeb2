package sluice.queue.store;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.sql.SQLException;
import sluice.core.calls.CallState;
import sluice.queue.Rid;

/**
 * Changes of state, each a compare and set: it says what it expects, and whether that was so. The one writer runs them
 * one after the other, which is what makes a start and a cancel exclude each other.
 */
public final class CallChanges {
    private final Statements statements;

    CallChanges(Statements statements) {
        this.statements = statements;
    }

    /** Whether no attempt runs and the call has not ended. */
    public boolean isWaiting(Rid rid) throws SQLException {
        return statements.number("SELECT count(*) FROM calls WHERE rid=? AND state IN (0, 2)", (Object) rid.bytes())
                == 1;
    }

    /** Waiting → running, unless the call is too old. */
    public boolean begin(Rid rid, long fence, long nowMillis) throws SQLException {
        return statements.change(
                        "UPDATE calls SET state=1, attempt=attempt+1, fence=?, started=?, era=" + Eras.SETTLED
                                + " WHERE rid=? AND state IN (0, 2) AND expires >= ?",
                        fence,
                        nowMillis,
                        rid.bytes(),
                        nowMillis)
                == 1;
    }

    /** Running → waiting; the attempt failed. */
    public boolean retry(Rid rid, long fence, long dueMillis, int httpStatus, String reason) throws SQLException {
        return statements.change(
                        "UPDATE calls SET state=2, failures=failures+1, due=?, status=?, reason=?"
                                + " WHERE rid=? AND state=1 AND fence=?",
                        dueMillis,
                        httpStatus,
                        reason,
                        rid.bytes(),
                        fence)
                == 1;
    }

    /** Running → waiting; as if the attempt had not begun. */
    public boolean giveBack(Rid rid, long fence, long dueMillis) throws SQLException {
        return statements.change(
                        "UPDATE calls SET state=CASE WHEN failures > 0 THEN 2 ELSE 0 END, attempt=attempt-1, due=?"
                                + " WHERE rid=? AND state=1 AND fence=?",
                        dueMillis,
                        rid.bytes(),
                        fence)
                == 1;
    }

    /** Running → waiting; the attempt was lost with its process, which is no failure of the function. */
    @CanIgnoreReturnValue
    public boolean requeue(Rid rid, long fence, long dueMillis) throws SQLException {
        return statements.change(
                        "UPDATE calls SET state=CASE WHEN failures > 0 THEN 2 ELSE 0 END, due=min(due, ?)"
                                + " WHERE rid=? AND state=1 AND fence=?",
                        dueMillis,
                        rid.bytes(),
                        fence)
                == 1;
    }

    /** Running → ended. A dead call keeps its request, to be redriven. */
    public boolean end(
            Rid rid,
            long fence,
            CallState state,
            long nowMillis,
            int httpStatus,
            String reason,
            double seconds,
            boolean hasAnswer,
            long answerBytes)
            throws SQLException {
        return statements.change(
                        "UPDATE calls SET state=?, failures=failures+?, ended=?, status=?, reason=?, seconds=?,"
                                + " has_answer=?, size=CASE WHEN ?=4 THEN size ELSE 0 END + ? WHERE rid=? AND state=1 AND fence=?",
                        StateCode.of(state),
                        state == CallState.COMPLETED ? 0 : 1,
                        nowMillis,
                        httpStatus,
                        reason,
                        seconds,
                        hasAnswer,
                        StateCode.of(state),
                        answerBytes,
                        rid.bytes(),
                        fence)
                == 1;
    }

    /** Open → ended without an answer: cancelled, expired, or dead because what it needs is lost. */
    @CanIgnoreReturnValue
    public boolean endOpen(Rid rid, CallState state, long nowMillis, String reason) throws SQLException {
        return statements.change(
                        "UPDATE calls SET state=?, ended=?, reason=? WHERE rid=? AND state IN (0, 1, 2)",
                        StateCode.of(state),
                        nowMillis,
                        reason,
                        rid.bytes())
                == 1;
    }

    /** Dead → queued, with all attempts before it. */
    public boolean redrive(Rid rid, long dueMillis, long expiresMillis) throws SQLException {
        return statements.change(
                        "UPDATE calls SET state=0, attempt=0, failures=0, due=?, expires=?, started=0, ended=0, status=0,"
                                + " reason='', has_answer=0 WHERE rid=? AND state=4 AND forgotten=0",
                        dueMillis,
                        expiresMillis,
                        rid.bytes())
                == 1;
    }

    /** Ended → tombstone. */
    public boolean forget(Rid rid) throws SQLException {
        return statements.change(
                        "UPDATE calls SET forgotten=1, has_answer=0, has_callback=0, size=0, labels='', reason='',"
                                + " idempotency=NULL WHERE rid=? AND state >= 3 AND forgotten=0",
                        rid.bytes())
                == 1;
    }
}
