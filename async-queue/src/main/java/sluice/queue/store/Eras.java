package sluice.queue.store;

import java.sql.SQLException;

/**
 * The parts of the index by call id. Hashes of ids are random: in one tree of a million of them each insert changes
 * another page, which is then written twice, to the log and to the file. So a new call is entered in the newest era, a
 * tree of {@link #CALLS} entries within the index, and moves to the settled one when its first attempt starts, which
 * changes the row anyway. A look-up searches all eras, so there are only about as many as the waiting calls fill, and
 * never many more than {@link #MOST}.
 */
public final class Eras {
    /** Calls that are entered in an era before the next begins. */
    public static final int CALLS = 4_096;

    /** More are settled, the oldest first; a look-up of a call id takes about 4 µs for each. */
    public static final int MOST = 512;

    /** The era of calls that were started, and of old ones. */
    static final long SETTLED = 0;

    /** Begins a query with the eras there are, each found by one search. */
    static final String EACH = "WITH RECURSIVE eras(era) AS (SELECT min(era) FROM calls INDEXED BY calls_by_id"
            + " UNION ALL SELECT (SELECT min(calls.era) FROM calls INDEXED BY calls_by_id WHERE calls.era > eras.era)"
            + " FROM eras WHERE eras.era IS NOT NULL) ";

    private final Statements statements;

    Eras(Statements statements) {
        this.statements = statements;
    }

    /** The newest one. */
    public long newest() throws SQLException {
        return statements.number("SELECT max(era) FROM calls INDEXED BY calls_by_id");
    }

    /** How many there are. */
    public long count() throws SQLException {
        return statements.number(EACH + "SELECT count(era) FROM eras");
    }

    /** Moves calls of the oldest eras to the settled one; how many. */
    public int settleOldest(int limit) throws SQLException {
        return statements.change(
                "UPDATE calls SET era=" + SETTLED + " WHERE rid IN (SELECT rid FROM calls INDEXED BY calls_by_id"
                        + " WHERE era > " + SETTLED + " ORDER BY era LIMIT ?)",
                limit);
    }

    /** For a journal that finds calls by their id elsewhere: what is never searched need not be kept. */
    public void dropIndex() throws SQLException {
        statements.script("DROP INDEX calls_by_id;\n");
    }
}
