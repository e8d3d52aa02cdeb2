package sluice.queue.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import sluice.core.FunctionName;
import sluice.core.calls.CallState;
import sluice.queue.Backlog;
import sluice.queue.Lane;
import sluice.queue.Rid;
import sluice.queue.Waiting;

/** The rows of calls: how they are written, found, and what waits. Changes of state are in {@link CallChanges}. */
public final class CallTable {
    static final String COLUMNS = "rid, queue, function, submitted_name, call_id, chosen, state, attempt, failures,"
            + " max_attempts, fence, submitted, due, expires, started, ended, status, reason, seconds, labels,"
            + " idempotency, size, has_callback, has_answer, forgotten, partition, origin";
    private static final char BETWEEN = '\u001f';

    private final Statements statements;

    CallTable(Statements statements) {
        this.statements = statements;
    }

    /** Writes a row, in place of an older one of that record id; {@code era} is of {@link Eras}. */
    public void put(CallRow row, long era) throws SQLException {
        statements.change(
                "INSERT OR REPLACE INTO calls(" + COLUMNS
                        + ", call_hash, era) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                row.rid().bytes(),
                row.lane().queue(),
                row.lane().function().qualified(),
                row.submittedName(),
                row.callId(),
                row.isCallIdChosen(),
                StateCode.of(row.state()),
                row.attempt(),
                row.failures(),
                row.maxAttempts(),
                row.fence(),
                row.submittedMillis(),
                row.dueMillis(),
                row.expiresMillis(),
                row.startedMillis(),
                row.endedMillis(),
                row.httpStatus(),
                row.reason(),
                row.seconds(),
                textOf(row.labels()),
                row.idempotency(),
                row.size(),
                row.hasCallback(),
                row.hasAnswer(),
                row.isForgotten(),
                row.partition(),
                row.origin(),
                CallRow.hashOf(row.callId()),
                era);
    }

    /** Writes the row of a call that has just come: queued, with nothing behind it; {@code era} is of {@link Eras}. */
    public void putNew(CallRow row, long era) throws SQLException {
        statements.change(
                "INSERT INTO calls(rid, queue, function, submitted_name, call_id, call_hash, chosen, state, attempt,"
                        + " failures, max_attempts, fence, submitted, due, expires, started, ended, status, reason,"
                        + " seconds, labels, idempotency, size, has_callback, has_answer, forgotten, partition, origin,"
                        + " era) VALUES(?,?,?,?,?,?,?,0,0,0,?,0,?,?,?,0,0,0,'',0,?,?,?,?,0,0,?,?,?)",
                row.rid().bytes(),
                row.lane().queue(),
                row.lane().function().qualified(),
                row.submittedName(),
                row.callId(),
                CallRow.hashOf(row.callId()),
                row.isCallIdChosen(),
                row.maxAttempts(),
                row.submittedMillis(),
                row.dueMillis(),
                row.expiresMillis(),
                textOf(row.labels()),
                row.idempotency(),
                row.size(),
                row.hasCallback(),
                row.partition(),
                row.origin(),
                era);
    }

    /** The row, or null. */
    public @Nullable CallRow find(Rid rid) throws SQLException {
        return statements.first("SELECT " + COLUMNS + " FROM calls WHERE rid=?", CallTable::row, rid.bytes());
    }

    /** Rows of that call id, the newest first. */
    public List<CallRow> byCallId(String callId, int limit) throws SQLException {
        return statements.all(
                Eras.EACH + "SELECT " + COLUMNS + " FROM eras CROSS JOIN calls INDEXED BY calls_by_id"
                        + " ON calls.era=eras.era AND call_hash=? WHERE call_id=? ORDER BY rid DESC LIMIT ?",
                CallTable::row,
                CallRow.hashOf(callId),
                callId,
                limit);
    }

    /** How many rows have that call id. */
    public long count(String callId) throws SQLException {
        return statements.number(
                Eras.EACH + "SELECT count(*) FROM eras CROSS JOIN calls INDEXED BY calls_by_id"
                        + " ON calls.era=eras.era AND call_hash=? WHERE call_id=?",
                CallRow.hashOf(callId),
                callId);
    }

    /** Lanes with waiting calls. */
    public List<Backlog> backlogs() throws SQLException {
        return statements.all(
                "SELECT queue, function, count(*), min(due) FROM calls INDEXED BY calls_waiting WHERE state IN (0, 2)"
                        + " GROUP BY queue, function",
                row -> new Backlog(lane(row.getString(1), row.getString(2)), row.getLong(3), row.getLong(4)));
    }

    /** Waiting calls of a lane in their order, behind {@code after}. */
    public List<Waiting> window(Lane lane, @Nullable Waiting after, int limit) throws SQLException {
        return statements.all(
                "SELECT rid, due, expires FROM calls INDEXED BY calls_waiting WHERE state IN (0, 2)"
                        + " AND queue=? AND function=? AND (due, rid) > (?, ?) ORDER BY due, rid LIMIT ?",
                row -> new Waiting(Rid.of(row.getBytes(1)), lane, row.getLong(2), row.getLong(3)),
                lane.queue(),
                lane.function().qualified(),
                after == null ? Long.MIN_VALUE : after.dueMillis(),
                after == null ? new byte[0] : after.rid().bytes(),
                limit);
    }

    /** Waiting calls of the lane that come before {@code row}; -1 when there are more than {@code most}. */
    public long position(CallRow row, int most) throws SQLException {
        long before = statements.number(
                "SELECT count(*) FROM (SELECT 1 FROM calls INDEXED BY calls_waiting WHERE state IN (0, 2)"
                        + " AND queue=? AND function=? AND (due, rid) < (?, ?) LIMIT ?)",
                row.lane().queue(),
                row.lane().function().qualified(),
                row.dueMillis(),
                row.rid().bytes(),
                most + 1);
        return before > most ? -1 : before;
    }

    /** Waiting calls whose age is over. */
    public List<CallRow> expired(long nowMillis, int limit) throws SQLException {
        return statements.all(
                "SELECT " + COLUMNS + " FROM calls INDEXED BY calls_expiring WHERE state IN (0, 2) AND expires < ?"
                        + " LIMIT ?",
                CallTable::row,
                nowMillis,
                limit);
    }

    /** Running calls whose attempt was begun under a fence below {@code fence}. */
    public List<CallRow> runningBefore(long fence, int limit) throws SQLException {
        return statements.all(
                "SELECT " + COLUMNS + " FROM calls INDEXED BY calls_running WHERE state=1 AND fence < ? LIMIT ?",
                CallTable::row,
                fence,
                limit);
    }

    /** Calls that ended in {@code state} before {@code endedMillis}, tombstones not among them, the oldest first. */
    public List<CallRow> endedBefore(CallState state, long endedMillis, int limit) throws SQLException {
        return statements.all(
                "SELECT " + COLUMNS + " FROM calls INDEXED BY calls_ended WHERE state >= 3 AND forgotten=0"
                        + " AND state=? AND ended < ? ORDER BY ended LIMIT ?",
                CallTable::row,
                StateCode.of(state),
                endedMillis,
                limit);
    }

    /** Calls that have not ended. */
    public long open() throws SQLException {
        return statements.number("SELECT count(*) FROM calls INDEXED BY calls_expiring WHERE state IN (0, 2)")
                + statements.number("SELECT count(*) FROM calls INDEXED BY calls_running WHERE state=1");
    }

    /** Bytes kept for calls that have ended. */
    public long endedBytes() throws SQLException {
        return statements.number(
                "SELECT total(size) FROM calls INDEXED BY calls_ended WHERE state >= 3 AND forgotten=0");
    }

    /** How many tombstones there are. */
    public long tombstones() throws SQLException {
        return statements.number("SELECT count(*) FROM calls INDEXED BY calls_forgotten WHERE forgotten=1");
    }

    /** Tombstones of calls that ended before {@code endedMillis}, the oldest first. */
    public List<Rid> tombstonesBefore(long endedMillis, long limit) throws SQLException {
        return statements.all(
                "SELECT rid FROM calls INDEXED BY calls_forgotten WHERE forgotten=1 AND ended < ? ORDER BY ended LIMIT ?",
                row -> Rid.of(row.getBytes(1)),
                endedMillis,
                limit);
    }

    /** Removes a tombstone. */
    public void removeTombstone(Rid rid) throws SQLException {
        statements.change("DELETE FROM calls WHERE rid=? AND forgotten=1", (Object) rid.bytes());
    }

    static CallRow row(ResultSet row) throws SQLException {
        return new CallRow(
                Rid.of(row.getBytes(1)),
                lane(row.getString(2), row.getString(3)),
                row.getString(4),
                row.getString(5),
                row.getInt(6) != 0,
                StateCode.parse(row.getInt(7)),
                row.getInt(8),
                row.getInt(9),
                row.getInt(10),
                row.getLong(11),
                row.getLong(12),
                row.getLong(13),
                row.getLong(14),
                row.getLong(15),
                row.getLong(16),
                row.getInt(17),
                row.getString(18),
                row.getDouble(19),
                labels(row.getString(20)),
                row.getString(21),
                row.getLong(22),
                row.getInt(23) != 0,
                row.getInt(24) != 0,
                row.getInt(25) != 0,
                row.getInt(26),
                row.getLong(27));
    }

    static Lane lane(String queue, String function) {
        return new Lane(queue, FunctionName.parse(function, ""));
    }

    /** Each label between two separators, so that a query can look for a whole one. */
    static String textOf(Map<String, String> labels) {
        if (labels.isEmpty()) {
            return "";
        }
        StringBuilder text = new StringBuilder().append(BETWEEN);
        new TreeMap<>(labels)
                .forEach((key, value) ->
                        text.append(key).append('=').append(value).append(BETWEEN));
        return text.toString();
    }

    /** One label as {@link #textOf} writes it. */
    static String textOf(String key, String value) {
        return BETWEEN + key + '=' + value + BETWEEN;
    }

    private static Map<String, String> labels(String text) {
        Map<String, String> labels = new TreeMap<>();
        int at = 1;
        while (at < text.length()) {
            int end = text.indexOf(BETWEEN, at);
            int equals = text.indexOf('=', at);
            labels.put(text.substring(at, equals), text.substring(equals + 1, end));
            at = end + 1;
        }
        return labels;
    }
}
