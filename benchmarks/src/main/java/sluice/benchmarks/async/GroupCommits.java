package sluice.benchmarks.async;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Properties;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The bare medium of the embedded journal: a loop that writes records like those of a real one, in the same tables with
 * the same indexes and the same durability, and commits every so many. Nothing else: no HTTP, no bodies taken in.
 */
final class GroupCommits implements BareMedium {
    private static final int RID_BYTES = 16;
    private static final int ERA_CALLS = 4_096; // as the journal does it

    private final Connection connection;
    private final PreparedStatement calls;
    private final PreparedStatement requests;
    private final int callId;
    private final int callHash;
    private final int era;
    private long records;

    private GroupCommits(Connection from, Path file) throws SQLException {
        connection = open(file);
        try (Statement pragmas = connection.createStatement()) {
            pragmas.execute("PRAGMA journal_mode=WAL");
            pragmas.execute("PRAGMA synchronous=FULL");
            pragmas.execute("PRAGMA cache_size=-16384");
        }
        connection.setAutoCommit(false);
        try (Statement reading = from.createStatement();
                ResultSet tables = reading.executeQuery("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"
                        + " AND name NOT LIKE 'sqlite_%' ORDER BY type DESC");
                Statement making = connection.createStatement()) {
            while (tables.next()) {
                making.execute(tables.getString(1));
            }
        }
        connection.commit();
        List<String> names = new ArrayList<>();
        calls = like(from, "SELECT * FROM calls ORDER BY rid LIMIT 1", "calls", names);
        callId = names.indexOf("call_id") + 1;
        callHash = names.indexOf("call_hash") + 1;
        era = names.indexOf("era") + 1;
        requests = like(from, "SELECT * FROM requests ORDER BY rid LIMIT 1", "requests", new ArrayList<>());
    }

    /** Makes {@code file} with the tables of {@code journal}, whose first record is what the others are like. */
    static GroupCommits like(Path journal, Path file) throws IOException {
        try (Connection from = open(journal)) {
            return new GroupCommits(from, file);
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    @Override
    public String name() {
        return "bare commits";
    }

    /** Each commit has {@code atOnce} records. */
    @Override
    public double perSecond(int atOnce, Duration time) throws IOException {
        long start = System.nanoTime();
        long before = records;
        try {
            while (System.nanoTime() - start < time.toNanos()) {
                for (int i = 0; i < atOnce; i++) {
                    write();
                }
                connection.commit();
            }
        } catch (SQLException e) {
            throw failure(e);
        }
        return (records - before) * 1e9 / (System.nanoTime() - start);
    }

    private void write() throws SQLException {
        byte[] rid = ByteBuffer.allocate(RID_BYTES).putLong(++records).array();
        UUID id = UUID.randomUUID();
        calls.setBytes(1, rid);
        calls.setString(callId, id.toString());
        calls.setLong(callHash, id.getLeastSignificantBits());
        calls.setLong(era, records / ERA_CALLS);
        requests.setBytes(1, rid);
        int unused = calls.executeUpdate() + requests.executeUpdate();
    }

    /** An insert that has the values of the row already; its first column is the record id. */
    private PreparedStatement like(Connection from, String query, String table, List<String> names)
            throws SQLException {
        try (Statement reading = from.createStatement();
                ResultSet row = reading.executeQuery(query)) {
            if (!row.next()) {
                throw new SQLException("the journal has no record in " + table);
            }
            ResultSetMetaData columns = row.getMetaData();
            PreparedStatement insert = connection.prepareStatement("INSERT INTO " + table + " VALUES("
                    + String.join(",", Collections.nCopies(columns.getColumnCount(), "?")) + ")");
            for (int column = 1; column <= columns.getColumnCount(); column++) {
                names.add(columns.getColumnName(column));
                @Nullable Object value = row.getObject(column);
                insert.setObject(column, value);
            }
            return insert;
        }
    }

    /** With the driver's own query for the key of each insert off, as the journal has it. */
    private static Connection open(Path file) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("jdbc.get_generated_keys", "false");
        return DriverManager.getConnection("jdbc:sqlite:" + file, properties);
    }

    private static IOException failure(SQLException reason) {
        return new IOException("the bare medium: " + reason.getMessage(), reason);
    }

    @Override
    public void close() throws IOException {
        try {
            connection.close();
        } catch (SQLException e) {
            throw failure(e);
        }
    }
}
