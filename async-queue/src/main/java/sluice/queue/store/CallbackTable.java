package sluice.queue.store;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sluice.core.calls.CallRecord.CallbackLog;
import sluice.queue.Rid;

/** Callbacks: not due before their call has ended, then due at a time, then delivered or given up. */
public final class CallbackTable {
    private static final int IDLE = 0;
    private static final int DUE = 1;
    private static final int DELIVERED = 2;
    private static final int GIVEN_UP = 3;
    private static final int KEPT_ATTEMPTS = 10;

    private final Statements statements;

    CallbackTable(Statements statements) {
        this.statements = statements;
    }

    /**
     * A callback as kept.
     *
     * @param url with its user-info
     * @param number deliveries tried
     */
    public record Callback(
            String url, boolean isDelivered, boolean isGivenUp, int number, List<CallbackLog.Attempt> log) {
        @Override
        public String toString() {
            return "callback[" + number + " tried]";
        }
    }

    /** Writes a callback that waits for the end of its call. */
    public void put(Rid rid, String url) throws SQLException {
        statements.change(
                "INSERT OR REPLACE INTO callbacks(rid, url, state, number, next, log) VALUES(?,?,0,0,0,'')",
                rid.bytes(),
                url);
    }

    /** The call has ended: the first delivery is due. */
    @CanIgnoreReturnValue
    public boolean ready(Rid rid, long atMillis) throws SQLException {
        return statements.change(
                        "UPDATE callbacks SET state=" + DUE + ", next=? WHERE rid=? AND state=" + IDLE,
                        atMillis,
                        rid.bytes())
                == 1;
    }

    /** The call is queued anew: as if nothing had been tried. */
    public void reset(Rid rid) throws SQLException {
        statements.change("UPDATE callbacks SET state=" + IDLE + ", number=0, next=0 WHERE rid=?", rid.bytes());
    }

    /** Nothing more will be tried. */
    public void giveUp(Rid rid) throws SQLException {
        statements.change("UPDATE callbacks SET state=" + GIVEN_UP + " WHERE rid=? AND state IN (0, 1)", rid.bytes());
    }

    /** Record ids whose delivery is due, the oldest first. */
    public List<Rid> due(long nowMillis, int limit) throws SQLException {
        return statements.all(
                "SELECT rid FROM callbacks WHERE state=" + DUE + " AND next <= ? ORDER BY next LIMIT ?",
                row -> Rid.of(row.getBytes(1)),
                nowMillis,
                limit);
    }

    /** When the next delivery is due; {@link Long#MAX_VALUE} when there is none. */
    public long nextDue() throws SQLException {
        Long next = statements.first(
                "SELECT next FROM callbacks WHERE state=" + DUE + " ORDER BY next LIMIT 1", row -> row.getLong(1));
        return next == null ? Long.MAX_VALUE : next;
    }

    /** The callback, or null. */
    public @Nullable Callback find(Rid rid) throws SQLException {
        return statements.first(
                "SELECT url, state, number, log FROM callbacks WHERE rid=?",
                row -> new Callback(
                        row.getString(1),
                        row.getInt(2) == DELIVERED,
                        row.getInt(2) == GIVEN_UP,
                        row.getInt(3),
                        parse(row.getString(4))),
                rid.bytes());
    }

    /** Records one delivery; {@code nextMillis} below 0 means that it was the last. False when it is not due any more. */
    public boolean tried(Rid rid, CallbackLog.Attempt attempt, long nextMillis) throws SQLException {
        Callback before = find(rid);
        if (before == null) {
            return false;
        }
        List<CallbackLog.Attempt> log = new ArrayList<>(before.log());
        log.add(attempt);
        int state = attempt.problem().isEmpty() ? DELIVERED : nextMillis < 0 ? GIVEN_UP : DUE;
        return statements.change(
                        "UPDATE callbacks SET state=?, number=number+1, next=?, log=? WHERE rid=? AND state=" + DUE,
                        state,
                        Math.max(nextMillis, 0),
                        textOf(log.subList(Math.max(0, log.size() - KEPT_ATTEMPTS), log.size())),
                        rid.bytes())
                == 1;
    }

    /** Removes it. */
    public void remove(Rid rid) throws SQLException {
        statements.change("DELETE FROM callbacks WHERE rid=?", rid.bytes());
    }

    private static String textOf(List<CallbackLog.Attempt> log) {
        StringBuilder text = new StringBuilder();
        for (CallbackLog.Attempt attempt : log) {
            text.append(attempt.at().toEpochMilli())
                    .append(' ')
                    .append(attempt.httpStatus())
                    .append(' ')
                    .append(attempt.problem().replace('\n', ' '))
                    .append('\n');
        }
        return text.toString();
    }

    private static List<CallbackLog.Attempt> parse(String text) {
        return text.lines()
                .map(line -> line.split(" ", 3))
                .map(parts -> new CallbackLog.Attempt(
                        Instant.ofEpochMilli(Long.parseLong(parts[0])), Integer.parseInt(parts[1]), parts[2]))
                .toList();
    }
}
