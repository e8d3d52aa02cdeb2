package sluice.queue.store;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.MonoSink;
import reactor.core.scheduler.Scheduler;
import reactor.util.concurrent.Queues;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;

/**
 * The one thread that writes. It takes what waits, runs it in one transaction, commits, and only then tells: many small
 * writes cost one sync. While a sync runs the next batch gathers by itself, so a batch is never waited for; its size is
 * bounded by records, bytes and time.
 *
 * <p>When a batch fails, its parts run again, each in a transaction of its own, so that one cannot spoil the others.
 */
final class StoreWriter {
    private static final Logger log = LoggerFactory.getLogger(StoreWriter.class);
    private static final int BATCH = 256;
    private static final long BATCH_BYTES = 1 << 20;
    private static final long BATCH_NANOS = 2_000_000;
    private static final int WAITING = 65_536;

    private final Connection connection;
    private final Tables tables;
    private final Companion companion;
    private final Scheduler signals;
    private final LongConsumer commitNanos;
    private final Queue<Write<?>> queue =
            Queues.<Write<?>>unboundedMultiproducer().get();
    private final AtomicInteger waiting = new AtomicInteger();
    private final Thread thread;
    private volatile boolean isParked;
    private volatile boolean isClosing;
    private volatile boolean isFolding;
    private volatile @Nullable FailureException broken;

    StoreWriter(
            Connection connection, Tables tables, Companion companion, Scheduler signals, LongConsumer commitNanos) {
        this.connection = connection;
        this.tables = tables;
        this.companion = companion;
        this.signals = signals;
        this.commitNanos = commitNanos;
        this.thread = new Thread(this::run, "queue-writer");
        this.thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Never blocks; {@code sink} hears of it on the signals thread. */
    <T> void write(StoreWork<T> work, long bytes, Consumer<@Nullable T> kept, Runnable failed, MonoSink<T> sink) {
        FailureException reason = broken;
        if (reason != null || isClosing) {
            failed.run();
            sink.error(reason != null ? reason : unavailable("the journal is closed"));
            return;
        }
        if (waiting.incrementAndGet() > WAITING) {
            waiting.decrementAndGet();
            failed.run();
            sink.error(unavailable("the journal has " + WAITING + " writes waiting"));
            return;
        }
        queue.offer(new Write<>(work, bytes, kept, failed, sink));
        if (isParked) {
            LockSupport.unpark(thread);
        }
    }

    /** Folds what is left of the log after the current batch. */
    void foldRest() {
        isFolding = true;
        LockSupport.unpark(thread);
    }

    /** Why nothing is accepted any more, or null. */
    @Nullable FailureException broken() {
        return broken;
    }

    /** From now on nothing is accepted. */
    void breakWith(String reason) {
        if (broken == null) {
            broken = unavailable(reason);
            log.error("{}; asynchronous calls are refused until a restart", reason);
        }
    }

    /** Finishes what waits, then ends the thread; waits for it. */
    void close() {
        isClosing = true;
        LockSupport.unpark(thread);
        boolean isInterrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                isInterrupted = true;
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        List<Write<?>> batch = new ArrayList<>(BATCH);
        while (true) {
            Write<?> first = queue.poll();
            if (first == null) {
                if (isFolding) {
                    fold();
                } else if (isClosing) {
                    failRest();
                    return;
                } else {
                    park();
                }
                continue;
            }
            waiting.decrementAndGet();
            batch.add(first);
            gatherAndRun(batch, first.bytes);
            batch.clear();
            if (isFolding) {
                fold();
            }
        }
    }

    private void failRest() {
        Write<?> late;
        while ((late = queue.poll()) != null) {
            late.error(unavailable("the journal is closed"));
        }
    }

    private void park() {
        isParked = true;
        if (queue.isEmpty() && !isClosing && !isFolding) {
            LockSupport.park(this);
        }
        isParked = false;
    }

    private void gatherAndRun(List<Write<?>> batch, long firstBytes) {
        FailureException reason = broken;
        if (reason != null) {
            batch.forEach(write -> write.error(reason));
            return;
        }
        long start = System.nanoTime();
        try {
            batch.get(0).run(tables);
            long bytes = firstBytes;
            while (batch.size() < BATCH && bytes < BATCH_BYTES && System.nanoTime() - start < BATCH_NANOS) {
                Write<?> next = queue.poll();
                if (next == null) {
                    break;
                }
                waiting.decrementAndGet();
                batch.add(next);
                bytes += next.bytes;
                next.run(tables);
            }
            commit();
            commitNanos.accept(System.nanoTime() - start);
            tell(batch);
        } catch (SQLException | IOException | RuntimeException e) {
            failed(batch, e);
        }
    }

    private void commit() throws SQLException, IOException {
        companion.beforeCommit();
        connection.commit();
    }

    private void fold() {
        isFolding = false;
        try {
            connection.setAutoCommit(true);
            foldNow();
            connection.setAutoCommit(false);
        } catch (SQLException e) {
            breakWith("the journal cannot begin a transaction: " + e.getMessage());
        }
    }

    /** A log that cannot be folded for want of room still has everything, and is folded later. */
    private void foldNow() {
        try (java.sql.Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA wal_checkpoint(PASSIVE)");
        } catch (SQLException e) {
            if (!isBroken(e)) {
                log.warn("the journal's log cannot be folded into its file for now: {}", e.getMessage());
            }
        }
    }

    private void failed(List<Write<?>> batch, Exception error) {
        rollBack();
        if (!isBroken(error) && batch.size() > 1) {
            batch.forEach(this::runAlone);
        } else {
            batch.forEach(write -> write.error(failureOf(error)));
        }
    }

    private void runAlone(Write<?> write) {
        try {
            FailureException reason = broken;
            if (reason != null) {
                write.error(reason);
                return;
            }
            write.run(tables);
            commit();
            tell(List.of(write));
        } catch (SQLException | IOException | RuntimeException e) {
            rollBack();
            isBroken(e);
            write.error(failureOf(e));
        }
    }

    @CanIgnoreReturnValue
    private boolean isBroken(Exception error) {
        if (StoreFault.of(error) == StoreFault.BROKEN) {
            breakWith("the journal cannot be written: " + error.getMessage());
            return true;
        }
        return false;
    }

    private static Throwable failureOf(Exception error) {
        if (error instanceof FailureException) {
            return error;
        }
        if (StoreFault.of(error) == StoreFault.REFUSED) {
            log.error("a write to the journal failed", error);
        }
        return StoreFault.of(error) == StoreFault.FULL
                ? unavailable("the journal is full: no space left on its file system")
                : unavailable("the journal could not write: " + error.getMessage());
    }

    private void rollBack() {
        try {
            connection.rollback();
        } catch (SQLException e) {
            beginAnew(e);
        }
    }

    /** When it finds no room, SQLite takes the transaction back itself, and there is none to take back any more. */
    private void beginAnew(SQLException reason) {
        if (!String.valueOf(reason.getMessage()).contains("no transaction is active")) {
            breakWith("the journal could not take back a write: " + reason.getMessage());
            return;
        }
        try (java.sql.Statement statement = connection.createStatement()) {
            statement.execute("BEGIN");
        } catch (SQLException e) {
            breakWith("the journal could not take back a write: " + e.getMessage());
        }
    }

    /** Copies, since the batch is reused; told elsewhere, so that the next batch need not wait for it. */
    private void tell(List<Write<?>> batch) {
        List<Write<?>> done = List.copyOf(batch);
        signals.schedule(() -> done.forEach(Write::done));
    }

    static FailureException unavailable(String text) {
        return Failure.JOURNAL_UNAVAILABLE.in(Component.QUEUE, text);
    }

    private final class Write<T> {
        private final StoreWork<T> work;
        private final long bytes;
        private final Consumer<@Nullable T> kept;
        private final Runnable failed;
        private final MonoSink<T> sink;
        private @Nullable T result;

        Write(StoreWork<T> work, long bytes, Consumer<@Nullable T> kept, Runnable failed, MonoSink<T> sink) {
            this.work = work;
            this.bytes = bytes;
            this.kept = kept;
            this.failed = failed;
            this.sink = sink;
        }

        void run(Tables to) throws SQLException {
            result = work.run(to);
        }

        void done() {
            kept.accept(result);
            sink.success(result);
        }

        void error(Throwable reason) {
            signals.schedule(() -> {
                failed.run();
                sink.error(reason);
            });
        }
    }
}
