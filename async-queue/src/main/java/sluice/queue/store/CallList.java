package sluice.queue.store;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import sluice.core.calls.CallQuery;
import sluice.core.calls.CallState;
import sluice.queue.Rid;

/** Finds calls by what a {@link CallQuery} means. A page looks at a bounded number of rows, so that none holds a reader. */
public final class CallList {
    /** Rows one page looks at. */
    static final int SCANNED = 20_000;

    private final Statements statements;

    CallList(Statements statements) {
        this.statements = statements;
    }

    /**
     * Part of a list.
     *
     * @param rows newest submit first
     * @param last where to go on, or null at the end
     */
    public record Page(List<CallRow> rows, @Nullable Rid last) {}

    /** Rows below {@code before} that are meant, newest first, tombstones left out; may be fewer than {@code limit}. */
    public Page page(CallQuery query, @Nullable Rid before, int limit) throws SQLException {
        boolean areOnlyDead = query.states().equals(Set.of(CallState.DEAD)); // which have an index of their own
        byte[] below = below(query, before);
        byte[] floor = areOnlyDead ? null : floor(below);
        List<CallRow> rows = scan(query, areOnlyDead, below, floor, limit).stream()
                .filter(row -> isMeant(query, row))
                .toList();
        if (rows.size() == limit) {
            return new Page(rows, rows.get(limit - 1).rid());
        }
        return new Page(rows, floor == null ? null : Rid.of(floor));
    }

    /** Whether every condition of {@code query} holds for {@code row}. */
    public static boolean isMeant(CallQuery query, CallRow row) {
        return (query.function() == null || query.function().equals(row.lane().function()))
                && (query.namespace().isEmpty()
                        || query.namespace().equals(row.lane().function().namespace()))
                && (query.queue().isEmpty() || query.queue().equals(row.lane().queue()))
                && (query.callId().isEmpty() || query.callId().equals(row.callId()))
                && (query.states().isEmpty() || query.states().contains(row.state()))
                && hasLabels(query.labels(), row.labels())
                && (query.from() == null || query.from().toEpochMilli() <= row.submittedMillis())
                && (query.to() == null || query.to().toEpochMilli() > row.submittedMillis());
    }

    private static boolean hasLabels(Map<String, String> wanted, Map<String, String> present) {
        return wanted.entrySet().stream().allMatch(label -> label.getValue().equals(present.get(label.getKey())));
    }

    private static byte[] below(CallQuery query, @Nullable Rid before) {
        Rid end = query.to() == null
                ? new Rid(-1, -1)
                : new Rid(Math.max(0, query.to().toEpochMilli()) << 16, 0);
        return (before == null || end.compareTo(before) < 0 ? end : before).bytes();
    }

    /** The record id at which one page stops to look, or null when it reaches the end. */
    private byte @Nullable [] floor(byte[] below) throws SQLException {
        return statements.first(
                "SELECT rid FROM calls WHERE rid < ? ORDER BY rid DESC LIMIT 1 OFFSET " + SCANNED,
                row -> row.getBytes(1),
                (Object) below);
    }

    private List<CallRow> scan(CallQuery query, boolean areOnlyDead, byte[] below, byte @Nullable [] floor, int limit)
            throws SQLException {
        StringBuilder sql = new StringBuilder("SELECT " + CallTable.COLUMNS + " FROM calls ")
                .append(areOnlyDead ? "INDEXED BY calls_dead WHERE state=4 AND" : "NOT INDEXED WHERE")
                .append(" forgotten=0 AND rid < ? AND rid >= ?");
        List<Object> values = new ArrayList<>();
        values.add(below);
        long from = query.from() == null ? 0 : Math.max(0, query.from().toEpochMilli());
        byte[] start = new Rid(from << 16, 0).bytes();
        values.add(floor == null || Arrays.compareUnsigned(floor, start) < 0 ? start : floor);
        if (query.function() != null) {
            sql.append(" AND function=?");
            values.add(query.function().qualified());
        }
        if (!query.states().isEmpty() && !areOnlyDead) {
            sql.append(" AND state IN (").append(ordinals(query.states())).append(')');
        }
        if (!query.queue().isEmpty()) {
            sql.append(" AND queue=?");
            values.add(query.queue());
        }
        if (!query.namespace().isEmpty()) {
            sql.append(" AND function LIKE ?"); // names have no character that LIKE would read otherwise
            values.add("%." + query.namespace());
        }
        if (!query.callId().isEmpty()) {
            sql.append(" AND call_id=?");
            values.add(query.callId());
        }
        query.labels().forEach((key, value) -> {
            sql.append(" AND instr(labels, ?) > 0");
            values.add(CallTable.textOf(key, value));
        });
        sql.append(" ORDER BY rid DESC LIMIT ?");
        values.add(limit);
        return statements.all(sql.toString(), CallTable::row, values.toArray());
    }

    /** In a fixed order, so that the same query is the same statement. */
    private static String ordinals(Set<CallState> states) {
        return states.stream().map(StateCode::of).sorted().map(String::valueOf).collect(Collectors.joining(","));
    }
}
