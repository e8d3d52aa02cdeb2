package sluice.queue.store;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.Properties;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.JDBC;
import reactor.core.Disposable;
import reactor.core.Disposables;
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
    private volatile @Nullable LogSync sync;
    private final Disposable.Swap checking = Disposables.swap();

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
     * Opens the file, or makes it. Blocks. Writes wait until {@link #start}.
     *
     * @param companion files that must be safe before a commit
     * @param commitNanos told how long each batch took from its first write to its sync
     * @throws IOException when the file is not one of ours, is damaged, or is of a newer Sluice
     */
    public static CallStore open(Path file, Durability durability, Companion companion, LongConsumer commitNanos)
            throws IOException {
        CallStore store = null;
        try {
            store = new CallStore(file, durability, companion, commitNanos);
            store.makeTables();
            return store;
        } catch (SQLException e) {
            if (store != null) {
                store.close();
            }
            throw damaged(file, e);
        }
    }

    /**
     * Whether the log of a file that nobody has open is damaged, so that calls are lost; a copy of it is then beside it.
     * Blocks.
     */
    public static boolean hasDamagedLog(Path file) throws IOException {
        return LogCheck.setAsideIfDamaged(file);
    }

    /** Runs {@code work} on the writer thread; completes after the commit. Runs once per subscription. */
    public <T> Mono<T> write(StoreWork<T> work) {
        return write(work, 0);
    }

    /** As {@link #write(StoreWork)}; a batch is not continued beyond 1 MiB of {@code bytes}. */
    public <T> Mono<T> write(StoreWork<T> work, long bytes) {
        return write(work, bytes, kept -> {}, () -> {});
    }

    /**
     * As {@link #write(StoreWork, long)}; then exactly one of the two runs, also when nobody waits for it any more:
     * {@code kept} after the commit, {@code failed} when nothing was written.
     */
    public <T> Mono<T> write(StoreWork<T> work, long bytes, Consumer<@Nullable T> kept, Runnable failed) {
        return Mono.create(sink -> writer.write(work, bytes, kept, failed, sink));
    }

    /** Runs {@code work} on a reader's connection, which sees the last commit; completes once that is on the disk. */
    public <T> Mono<T> read(StoreWork<T> work) {
        return Mono.<T>fromCallable(() -> reading(work))
                .subscribeOn(readers)
                .onErrorMap(e -> !(e instanceof FailureException), this::readFailure);
    }

    /** Runs {@code work} once all writes of the commit that is being told were told; not after {@link #close}. */
    public void afterThis(Runnable work) {
        try {
            Disposable unused = signals.schedule(work);
        } catch (RejectedExecutionException e) {
            log.debug("the journal is closed: {}", e.getMessage());
        }
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
        T result;
        try {
            result = work.run(reader.tables());
        } finally {
            reader.connection().rollback(); // lets go of what it saw, so that the log can be folded
            idle.offer(reader);
        }
        LogSync running = sync;
        if (running != null) {
            running.awaitSeen();
        }
        return result;
    }

    private Throwable readFailure(Throwable error) {
        if (error instanceof RejectedExecutionException) {
            return StoreWriter.unavailable(
                    readers.isDisposed()
                            ? "the journal is closed"
                            : "the journal has " + WAITING_READS + " reads waiting");
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
        checking.dispose();
        folder.close();
        writer.close();
        LogSync running = sync;
        if (running != null) {
            running.close();
        }
        QuietEnd.of(readers);
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
        QuietEnd.of(signals);
    }

    /**
     * Runs {@code work} now, in a transaction of its own. Blocks; for the start, before anybody else writes.
     *
     * @throws IOException when the file is damaged
     */
    public <T> T prepare(StoreWork<T> work) throws IOException {
        try {
            T result = Objects.requireNonNull(work.run(new Tables(statements)));
            written.commit();
            return result;
        } catch (SQLException e) {
            throw damaged(file, e);
        }
    }

    /**
     * Reads the whole file and compares what it says with itself. Blocks.
     *
     * @throws IOException when it is damaged
     */
    public void check() throws IOException {
        try {
            String verdict = statements.first("PRAGMA quick_check(1)", row -> row.getString(1));
            written.rollback();
            if (!"ok".equals(verdict)) {
                throw damaged(file, new SQLException(verdict));
            }
        } catch (SQLException e) {
            throw damaged(file, e);
        }
    }

    /**
     * As {@link #check}, beside everything else: the first table after {@code wait}, when the start with its own reading is
     * over, then one after the other with {@code pause} between, in which the log can be folded. A damaged file accepts
     * nothing from then on.
     */
    public void checkLater(Duration wait, Duration pause) {
        checking.update(Mono.delay(wait)
                .then(read(tables -> tables.statements()
                        .all("SELECT name FROM sqlite_schema WHERE type='table'", row -> row.getString(1))))
                .flatMapIterable(tables -> tables)
                .concatMap(table -> check(table).delaySubscription(pause), 1)
                .subscribe(
                        verdict -> breakWith("the journal " + file + " is damaged: " + verdict),
                        e -> log.warn("the journal could not be checked: {}", e.getMessage()),
                        () -> log.debug("the journal was checked")));
    }

    /** What is wrong with a table and its indexes; empty when nothing is. */
    private Mono<String> check(String table) {
        return read(tables -> tables.statements().first("PRAGMA quick_check('" + table + "')", row -> row.getString(1)))
                .filter(verdict -> !verdict.equals("ok"));
    }

    /**
     * From now on writes are accepted.
     *
     * @throws IOException when the log cannot be opened
     */
    public void start() throws IOException {
        start(durability == Durability.SYNCED ? LogSync.Disk.of(Path.of(file + "-wal")) : null);
    }

    /** @param disk of the log, or null when commits are all that is asked for */
    void start(LogSync.@Nullable Disk disk) throws IOException {
        if (disk != null) {
            leaveSyncsToUs();
            sync = new LogSync(disk, writer::breakWith, writer.thread());
        }
        writer.start(sync);
        folder.start();
    }

    private void leaveSyncsToUs() throws IOException {
        try {
            written.setAutoCommit(true); // since the pragma does nothing in a transaction
            statements.script("PRAGMA synchronous=NORMAL;\n");
            written.setAutoCommit(false);
        } catch (SQLException e) {
            throw damaged(file, e);
        }
    }

    private static IOException damaged(Path file, SQLException reason) {
        return new IOException(
                "the journal " + file + " cannot be read: " + reason.getMessage() + "; restore it from a copy, or move "
                        + file.getParent() + " away to begin with an empty journal",
                reason);
    }

    private void makeTables() throws SQLException {
        long version = statements.number("PRAGMA user_version");
        if (version > Schema.VERSION) {
            throw new SQLException("it was written by a newer Sluice (format " + version + ")");
        }
        if (version < Schema.VERSION) {
            statements.script(version == 0 ? Schema.TABLES : Schema.FROM_VERSION_1);
            statements.script(Schema.CALL_INDEXES);
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
        properties.setProperty("cache_size", "-16384");
        properties.setProperty("temp_store", "MEMORY");
        properties.setProperty(
                "jdbc.get_generated_keys", "false"); // else each insert is followed by a query for its key
        Connection connection = JDBC.createConnection("jdbc:sqlite:" + file, properties);
        try (java.sql.Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA wal_autocheckpoint=0");
            statement.execute("PRAGMA cell_size_check=ON");
        }
        connection.setAutoCommit(false);
        return connection;
    }
}
