package sluice.queue.store;

/**
 * The tables. A call's row is small and changes often; what is large (request, answer) is written once, in tables of
 * its own, so that a change of state does not copy it. All are ordered by record id, which grows with time, so that
 * inserts go to the end of each tree. The index by call id would be random, and in a large one each insert changes a page
 * of its own; so it is cut into {@link Eras}, of which only the newest is inserted into.
 *
 * <p>A partial index also has the column that its condition names. Without it every entry that is only counted costs a
 * search in the table.
 *
 * <p>{@code state} is a {@link sluice.core.calls.CallState}: 0 queued, 1 running, 2 retrying, 3 completed,
 * 4 dead, 5 cancelled, 6 expired. Times are milliseconds since 1970. A body's {@code kind} is a
 * {@link Place.Kind}: 0 inline, 1 segment, 2 file, 3 elsewhere.
 */
final class Schema {
    /** Raised with each change that an older Sluice could not read. */
    static final int VERSION = 2;

    static final String TABLES = """
            CREATE TABLE calls(
                rid BLOB PRIMARY KEY, queue TEXT NOT NULL, function TEXT NOT NULL, submitted_name TEXT NOT NULL,
                call_id TEXT NOT NULL, call_hash INTEGER NOT NULL, chosen INTEGER NOT NULL,
                state INTEGER NOT NULL, attempt INTEGER NOT NULL, failures INTEGER NOT NULL,
                max_attempts INTEGER NOT NULL, fence INTEGER NOT NULL,
                submitted INTEGER NOT NULL, due INTEGER NOT NULL, expires INTEGER NOT NULL,
                started INTEGER NOT NULL, ended INTEGER NOT NULL,
                status INTEGER NOT NULL, reason TEXT NOT NULL, seconds REAL NOT NULL,
                labels TEXT NOT NULL, idempotency TEXT, size INTEGER NOT NULL,
                has_callback INTEGER NOT NULL, has_answer INTEGER NOT NULL, forgotten INTEGER NOT NULL,
                partition INTEGER NOT NULL, origin INTEGER NOT NULL, era INTEGER NOT NULL) WITHOUT ROWID;
            CREATE TABLE requests(
                rid BLOB PRIMARY KEY, method TEXT NOT NULL, target TEXT NOT NULL, host TEXT NOT NULL,
                headers BLOB NOT NULL, kind INTEGER NOT NULL, segment INTEGER NOT NULL, position INTEGER NOT NULL,
                length INTEGER NOT NULL, checksum INTEGER NOT NULL, body BLOB) WITHOUT ROWID;
            CREATE TABLE answers(
                rid BLOB PRIMARY KEY, status INTEGER NOT NULL,
                headers BLOB NOT NULL, kind INTEGER NOT NULL, segment INTEGER NOT NULL, position INTEGER NOT NULL,
                length INTEGER NOT NULL, checksum INTEGER NOT NULL, body BLOB) WITHOUT ROWID;
            CREATE INDEX requests_in_files ON requests(rid) WHERE kind = 2;
            CREATE INDEX answers_in_files ON answers(rid, segment) WHERE kind = 2;
            CREATE TABLE callbacks(
                rid BLOB PRIMARY KEY, url TEXT NOT NULL, state INTEGER NOT NULL, number INTEGER NOT NULL,
                next INTEGER NOT NULL, log TEXT NOT NULL) WITHOUT ROWID;
            CREATE INDEX callbacks_due ON callbacks(next) WHERE state = 1;
            CREATE TABLE idempotency(
                hash TEXT PRIMARY KEY, rid BLOB NOT NULL, digest TEXT NOT NULL) WITHOUT ROWID;
            CREATE TABLE segments(id INTEGER PRIMARY KEY, records INTEGER NOT NULL);
            CREATE TABLE pauses(name TEXT PRIMARY KEY) WITHOUT ROWID;
            CREATE TABLE meta(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
            """;

    static final String CALL_INDEXES = """
            CREATE INDEX calls_waiting ON calls(queue, function, due, rid, state) WHERE state IN (0, 2);
            CREATE INDEX calls_expiring ON calls(expires, state) WHERE state IN (0, 2);
            CREATE INDEX calls_running ON calls(fence, state) WHERE state = 1;
            CREATE INDEX calls_by_id ON calls(era, call_hash);
            CREATE INDEX calls_ended ON calls(state, ended, size, forgotten) WHERE state >= 3 AND forgotten = 0;
            CREATE INDEX calls_dead ON calls(rid) WHERE state = 4 AND forgotten = 0;
            CREATE INDEX calls_forgotten ON calls(ended, forgotten) WHERE forgotten = 1;
            """;

    /** Before {@link #CALL_INDEXES}, in a file of version 1. */
    static final String FROM_VERSION_1 = """
            DROP INDEX calls_waiting;
            DROP INDEX calls_expiring;
            DROP INDEX calls_running;
            DROP INDEX calls_by_id;
            DROP INDEX calls_ended;
            DROP INDEX calls_dead;
            DROP INDEX calls_forgotten;
            ALTER TABLE calls ADD COLUMN era INTEGER NOT NULL DEFAULT 0;
            """;

    private Schema() {}
}
