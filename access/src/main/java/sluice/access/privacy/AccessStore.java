package sluice.access.privacy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.sqlite.JDBC;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import sluice.core.fleet.FleetMap;
import sluice.core.fleet.FleetMessages;

/**
 * The map of a gateway that is alone: an SQLite file, {@code access.db}, read whole at the start. A write is synced before
 * it completes, and told before that, in order. One thread writes.
 */
final class AccessStore implements FleetMap, AutoCloseable {
    private static final int QUEUE = 10_000;

    private final Connection connection;
    private final Scheduler writer = Schedulers.newBoundedElastic(1, QUEUE, "access-store", 60, true);
    private final Map<String, byte[]> values = new LinkedHashMap<>();
    private final List<FluxSink<Change>> feeds = new CopyOnWriteArrayList<>();

    private AccessStore(Connection connection) {
        this.connection = connection;
    }

    /**
     * Opens the file, or makes it, for the owner of the process only. Blocks.
     *
     * @throws IOException one line with the remedy
     */
    static AccessStore open(Path file) throws IOException {
        Path directory = file.toAbsolutePath().normalize().getParent();
        try {
            if (directory != null) {
                Files.createDirectories(
                        directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
            if (!Files.exists(file)) {
                Files.createFile(
                        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            }
            AccessStore store = new AccessStore(connect(file));
            store.load();
            return store;
        } catch (SQLException | IOException e) {
            throw new IOException(
                    "cannot use " + file + ", which keeps keys and tokens of private functions (" + e.getMessage()
                            + "): restore it from a copy, or move it away to begin without any",
                    e);
        }
    }

    private static Connection connect(Path file) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("journal_mode", "WAL");
        properties.setProperty("synchronous", "FULL");
        properties.setProperty("busy_timeout", "5000");
        return JDBC.createConnection("jdbc:sqlite:" + file, properties);
    }

    private void load() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE IF NOT EXISTS entry (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT");
            try (ResultSet rows = statement.executeQuery("SELECT key, value FROM entry ORDER BY rowid")) {
                while (rows.next()) {
                    values.put(rows.getString(1), rows.getBytes(2));
                }
            }
        }
    }

    @Override
    public Mono<Void> put(String key, byte[] value) {
        return written(key, value.clone());
    }

    @Override
    public Mono<Void> remove(String key) {
        return written(key, null);
    }

    private Mono<Void> written(String key, byte @Nullable [] value) {
        return Mono.fromCallable(() -> {
                    FleetMessages.requireKey(key);
                    if (value != null) {
                        FleetMessages.requireSmall(value);
                    }
                    write(key, value);
                    tell(key, value);
                    return key;
                })
                .subscribeOn(writer)
                .then();
    }

    private synchronized void write(String key, byte @Nullable [] value) throws SQLException {
        String sql = value == null
                ? "DELETE FROM entry WHERE key = ?"
                : "INSERT INTO entry (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, key);
            if (value != null) {
                statement.setBytes(2, value);
            }
            var unused = statement.executeUpdate();
        }
    }

    private void tell(String key, byte @Nullable [] value) {
        synchronized (values) {
            boolean isNews = value != null || values.containsKey(key);
            if (value == null) {
                values.remove(key);
            } else {
                values.put(key, value);
            }
            if (isNews) {
                feeds.forEach(feed -> feed.next(new Change(key, value)));
            }
        }
    }

    @Override
    public Flux<Change> changes() {
        return Flux.create(feed -> {
            synchronized (values) {
                values.forEach((key, value) -> feed.next(new Change(key, value)));
                feeds.add(feed);
            }
            feed.onDispose(() -> feeds.remove(feed));
        });
    }

    /** Finishes what is being written. Blocks. */
    @Override
    public void close() {
        writer.dispose();
        try {
            synchronized (this) {
                connection.close();
            }
        } catch (SQLException e) {
            throw new IllegalStateException("access.db cannot be closed", e);
        }
    }
}
