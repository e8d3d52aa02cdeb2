package sluice.queue.store;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.JDBC;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import sluice.core.Failure;
import sluice.core.FailureException;

/**
 * The file: one writer thread with group commit, readers on connections of their own, a log that is folded into the file
 * beside them. Thread-safe; {@link #write} and {@link #read} never block. Everything fails with
 * {@link Failure#JOURNAL_UNAVAILABLE} when the file does.
 */
public final class CallStore implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(CallStore.class);
    private static final int READERS = 3;
    private static final int WAITING_READS = 10_000;

    private final Path file;
    private final Durability durability;
    private final Scheduler signals = Schedulers.newSingle("queue-signals", true);
    private final Scheduler readers = Schedulers.newBoundedElastic(READERS, WAITING_READS, "queue-reader", 60, true);
    private final Queue<Reader> idle = new ConcurrentLinkedQueue<>();
    private final Connection written;
    private final Statements statements;
    private final StoreWriter writer;
    private final LogFolder folder;

    private record Reader(Connection connection, Statements statements, Tables tables) {}

    private CallStore(Path file, Durability durability, Companion companion, LongConsumer commitNanos)
            throws SQLException {
        this.file = file;
        this.durability = durability;
        this.written = open(file, durability);
        this.statements = new Statements(written);
        this.writer = new StoreWriter(written, new Tables(statements), companion, signals, commitNanos);
        this.folder = new LogFolder(file, writer, () -> open(file, durability));
    }

    /**
     * Opens the file, or makes it. Blocks.
     *
     * @param companion files that must be safe before a commit
     * @param commitNanos told how long each batch took from its first write to its sync
     * @throws IOException when the file is not one of ours, is damaged, or is of a newer Sluice
     */
    public static CallStore open(Path file, Durability durability, Companion companion, LongConsumer commitNanos)
            throws IOException {
        try {
            CallStore store = new CallStore(file, durability, companion, commitNanos);
            store.prepare();
            store.writer.start();
            store.folder.start();
            return store;
        } catch (SQLException e) {
            throw new IOException(
                    "the journal " + file + " cannot be opened: " + e.getMessage()
                            + "; restore it from a copy, or move " + file.getParent()
                            + " away to begin with an empty journal",
                    e);
        }
    }

    /** Runs {@code work} on the writer thread; completes after the commit. Runs once per subscription. */
    public <T> Mono<T> write(StoreWork<T> work) {
        return write(work, 0);
    }

    /** As {@link #write(StoreWork)}; a batch is not continued beyond 1 MiB of {@code bytes}. */
    public <T> Mono<T> write(StoreWork<T> work, long bytes) {
        return Mono.create(sink -> writer.write(work, bytes, sink));
    }

    /** Runs {@code work} on a reader's connection, which sees the last commit. */
    public <T> Mono<T> read(StoreWork<T> work) {
        return Mono.<T>fromCallable(() -> reading(work))
                .subscribeOn(readers)
                .onErrorMap(e -> !(e instanceof FailureException), this::readFailure);
    }

    /** Why nothing is accepted any more; null as long as all is well. */
    public @Nullable FailureException broken() {
        return writer.broken();
    }

    /** From now on nothing is accepted: something beside the file failed. */
    public void breakWith(String reason) {
        writer.breakWith(reason);
    }

    private <T> @Nullable T reading(StoreWork<T> work) throws SQLException {
        Reader reader = idle.poll();
        if (reader == null) {
            Connection connection = open(file, durability);
            Statements own = new Statements(connection);
            reader = new Reader(connection, own, new Tables(own));
        }
        try {
            return work.run(reader.tables());
        } finally {
            reader.connection().rollback(); // lets go of what it saw, so that the log can be folded
            idle.offer(reader);
        }
    }

    private Throwable readFailure(Throwable error) {
        if (error instanceof RejectedExecutionException) {
            return StoreWriter.unavailable("the journal has " + WAITING_READS + " reads waiting");
        }
        if (error instanceof SQLException && StoreFault.of(error) == StoreFault.BROKEN) {
            writer.breakWith("the journal cannot be read: " + error.getMessage());
        }
        log.warn("a read of the journal failed", error);
        return StoreWriter.unavailable("the journal could not be read: " + error.getMessage());
    }

    /** Finishes the writes that wait, folds the log into the file and closes it. Blocks. */
    @Override
    public void close() {
        folder.close();
        writer.close();
        readers.disposeGracefully().subscribe();
        try {
            Reader reader;
            while ((reader = idle.poll()) != null) {
                reader.statements().close();
                reader.connection().close();
            }
            statements.close();
            written.close();
        } catch (SQLException e) {
            log.warn("the journal did not close well: {}", e.getMessage());
        }
        signals.disposeGracefully().subscribe();
    }

    private void prepare() throws SQLException {
        long version = statements.number("PRAGMA user_version");
        if (version > Schema.VERSION) {
            throw new SQLException("it was written by a newer Sluice (format " + version + ")");
        }
        if (version == 0) {
            statements.script(Schema.TABLES);
            statements.script("PRAGMA user_version=" + Schema.VERSION + ";\n");
        }
        written.commit();
    }

    /** In the mode of a log; folding it is {@link LogFolder}'s, so that no commit has to wait for that. */
    private static Connection open(Path file, Durability durability) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("journal_mode", "WAL");
        properties.setProperty("synchronous", durability.synchronous());
        properties.setProperty("busy_timeout", "5000");
        properties.setProperty("cache_size", "-32768");
        properties.setProperty("temp_store", "MEMORY");
        Connection connection = JDBC.createConnection("jdbc:sqlite:" + file, properties);
        try (java.sql.Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA wal_autocheckpoint=0");
            statement.execute("PRAGMA cell_size_check=ON");
        }
        connection.setAutoCommit(false);
        return connection;
    }
}
