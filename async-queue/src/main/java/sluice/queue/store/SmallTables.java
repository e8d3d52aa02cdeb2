package sluice.queue.store;

import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sluice.queue.Rid;

/** Idempotency keys, what is paused, and numbers of the file itself. */
public final class SmallTables {
    private final Statements statements;

    SmallTables(Statements statements) {
        this.statements = statements;
    }

    /** The call that an idempotency key belongs to, and what its request was. */
    public record KeyOwner(Rid rid, String digest) {}

    /** The owner of a key, or null. */
    public @Nullable KeyOwner keyOwner(String hash) throws SQLException {
        return statements.first(
                "SELECT rid, digest FROM idempotency WHERE hash=?",
                row -> new KeyOwner(Rid.of(row.getBytes(1)), row.getString(2)),
                hash);
    }

    /** Writes the owner of a key that has none. */
    public void putKey(String hash, Rid rid, String digest) throws SQLException {
        statements.change("INSERT INTO idempotency(hash, rid, digest) VALUES(?,?,?)", hash, rid.bytes(), digest);
    }

    /** Removes a key, if it belongs to that call. */
    public void removeKey(String hash, Rid rid) throws SQLException {
        statements.change("DELETE FROM idempotency WHERE hash=? AND rid=?", hash, rid.bytes());
    }

    /** What is paused: {@code queue:NAME} and {@code function:NAME.NAMESPACE}. */
    public List<String> pauses() throws SQLException {
        return statements.all("SELECT name FROM pauses ORDER BY name", row -> row.getString(1));
    }

    /** Pauses or lets go on. */
    public void setPaused(String name, boolean isPaused) throws SQLException {
        statements.change(
                isPaused ? "INSERT OR IGNORE INTO pauses(name) VALUES(?)" : "DELETE FROM pauses WHERE name=?", name);
    }

    /** A number of the file, or 0. */
    public long number(String name) throws SQLException {
        return statements.number("SELECT value FROM meta WHERE name=?", name);
    }

    /** Writes a number of the file. */
    public void setNumber(String name, long value) throws SQLException {
        statements.change("INSERT OR REPLACE INTO meta(name, value) VALUES(?,?)", name, value);
    }
}
