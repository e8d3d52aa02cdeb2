package sluice.queue.store;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Prepared statements of one connection, the 256 used last kept by their text. Confined to the connection's thread. */
public final class Statements implements AutoCloseable {
    private static final int KEPT = 256;

    private final Connection connection;
    private final Map<String, PreparedStatement> prepared = new LinkedHashMap<>(64, 0.75f, true);

    Statements(Connection connection) {
        this.connection = connection;
    }

    /** Reads one row. */
    @FunctionalInterface
    public interface RowReader<T> {
        T read(ResultSet row) throws SQLException;
    }

    /** Runs a change; the number of rows that it met. */
    @CanIgnoreReturnValue
    public int change(String sql, @Nullable Object... values) throws SQLException {
        return bound(sql, values).executeUpdate();
    }

    /** All rows of a query. */
    public <T> List<T> all(String sql, RowReader<T> reader, @Nullable Object... values) throws SQLException {
        List<T> rows = new ArrayList<>();
        try (ResultSet result = bound(sql, values).executeQuery()) {
            while (result.next()) {
                rows.add(reader.read(result));
            }
        }
        return rows;
    }

    /** The first row of a query, or null. */
    public <T> @Nullable T first(String sql, RowReader<T> reader, @Nullable Object... values) throws SQLException {
        try (ResultSet result = bound(sql, values).executeQuery()) {
            return result.next() ? reader.read(result) : null;
        }
    }

    /** The first column of the first row, or 0. */
    public long number(String sql, @Nullable Object... values) throws SQLException {
        Long number = first(sql, row -> row.getLong(1), values);
        return number == null ? 0 : number;
    }

    /** Runs statements whose text is used once, such as the schema. */
    public void script(String sql) throws SQLException {
        try (java.sql.Statement statement = connection.createStatement()) {
            for (String one : sql.split(";\n", -1)) {
                if (!one.isBlank()) {
                    statement.execute(one);
                }
            }
        }
    }

    private PreparedStatement bound(String sql, @Nullable Object... values) throws SQLException {
        PreparedStatement statement = prepared.get(sql);
        if (statement == null) {
            statement = connection.prepareStatement(sql);
            prepared.put(sql, statement);
            forgetOldest();
        }
        for (int i = 0; i < values.length; i++) {
            bind(statement, i + 1, values[i]);
        }
        return statement;
    }

    private void forgetOldest() throws SQLException {
        if (prepared.size() > KEPT) {
            Iterator<PreparedStatement> oldest = prepared.values().iterator();
            oldest.next().close();
            oldest.remove();
        }
    }

    private static void bind(PreparedStatement statement, int index, @Nullable Object value) throws SQLException {
        if (value instanceof byte[] bytes) {
            statement.setBytes(index, bytes);
        } else if (value instanceof ByteBuffer bytes) {
            byte[] copy = new byte[bytes.remaining()];
            bytes.duplicate().get(copy);
            statement.setBytes(index, copy);
        } else if (value instanceof String text) {
            statement.setString(index, text);
        } else if (value instanceof Boolean flag) {
            statement.setInt(index, flag ? 1 : 0);
        } else if (value instanceof Double number) {
            statement.setDouble(index, number);
        } else if (value instanceof Number number) {
            statement.setLong(index, number.longValue());
        } else {
            statement.setNull(index, java.sql.Types.NULL);
        }
    }

    @Override
    public void close() throws SQLException {
        for (PreparedStatement statement : prepared.values()) {
            statement.close();
        }
        prepared.clear();
    }
}
