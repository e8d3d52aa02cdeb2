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
 * The one thread that writes. It takes what waits, runs it in one transaction and commits; what was written is told once it
 * is on the disk: many small writes cost one sync. While {@link LogSync} syncs a batch, the next one gathers and is written
 * already, so a batch is never waited for; its size is bounded by records, bytes and time.
 *
 * <p>When a batch fails, its parts run again, each in a transaction of its own, so that one cannot spoil the others.
 */
final class StoreWriter {
    private static final Logger log = LoggerFactory.getLogger(StoreWriter.class);
    private static final int BATCH = 256;
    private static final long BATCH_BYTES = 1 << 20;
    private static final long BATCH_NANOS = 2_000_000;
    private static final int WAITING = 65_536;
    private static final long LOOK_NANOS = 20_000; // while the disk is at work anyway

    private final Connection connection;
    private final Tables tables;
    private final Companion companion;
    private final Scheduler signals;
    private final LongConsumer commitNanos;
    private final Queue<StoreWrite<?>> queue =
            Queues.<StoreWrite<?>>unboundedMultiproducer().get();
    private final AtomicInteger waiting = new AtomicInteger();
    private final Thread thread;
    private @Nullable LogSync sync;
    private int lastBatch;
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

    /** @param logSync null when a commit is all that is asked for */
    void start(@Nullable LogSync logSync) {
        sync = logSync;
        thread.start();
    }

    /** The one that {@link #start} starts. */
    Thread thread() {
        return thread;
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
        queue.offer(new StoreWrite<>(work, bytes, kept, failed, sink, signals));
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
        Ended.await(thread);
    }

    private void run() {
        List<StoreWrite<?>> batch = new ArrayList<>(BATCH);
        while (true) {
            StoreWrite<?> first = queue.poll();
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
            gatherAndRun(batch, first.bytes());
            batch.clear();
            if (isFolding) {
                fold();
            }
        }
    }

    private void failRest() {
        StoreWrite<?> late;
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

    private void gatherAndRun(List<StoreWrite<?>> batch, long firstBytes) {
        FailureException reason = broken;
        if (reason != null) {
            batch.forEach(write -> write.error(reason));
            return;
        }
        long start = System.nanoTime();
        try {
            batch.get(0).run(tables);
            gather(batch, firstBytes, start);
            commit(new Batch(List.copyOf(batch), start));
        } catch (SQLException | IOException | RuntimeException e) {
            failed(batch, e);
        }
    }

    /**
     * As long as the last batch is on its way to the disk this one can grow, and is not woken for each single write. Once it
     * is as large as that one it is committed all the same: then its sync can begin the moment the last one ends.
     */
    private void gather(List<StoreWrite<?>> batch, long firstBytes, long start) throws SQLException {
        long bytes = firstBytes;
        while (batch.size() < BATCH
                && bytes < BATCH_BYTES
                && (System.nanoTime() - start < BATCH_NANOS || isSyncing())) {
            StoreWrite<?> next = queue.poll();
            if (next != null) {
                waiting.decrementAndGet();
                batch.add(next);
                bytes += next.bytes();
                next.run(tables);
            } else if (isSyncing() && batch.size() < lastBatch) {
                LockSupport.parkNanos(this, LOOK_NANOS);
            } else {
                break;
            }
        }
        lastBatch = batch.size();
    }

    private boolean isSyncing() {
        LogSync running = sync;
        return running != null && !running.isIdle();
    }

    /** The batch is told elsewhere, so that the next one need not wait for it. */
    private void commit(Batch batch) throws SQLException, IOException {
        companion.beforeCommit();
        LogSync syncing = sync;
        if (syncing == null) {
            connection.commit();
            batch.synced();
            return;
        }
        FailureException reason = broken;
        if (reason != null) {
            throw reason; // by a sync meanwhile
        }
        syncing.committing();
        try {
            connection.commit();
        } catch (SQLException e) {
            syncing.notCommitted();
            throw e;
        }
        while (!syncing.isIdle()) {
            LockSupport.park(this);
        }
        syncing.sync(batch);
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

    private void failed(List<StoreWrite<?>> batch, Exception error) {
        rollBack();
        if (!isBroken(error) && batch.size() > 1) {
            batch.forEach(this::runAlone);
        } else {
            batch.forEach(write -> write.error(failureOf(error)));
        }
    }

    private void runAlone(StoreWrite<?> write) {
        try {
            FailureException reason = broken;
            if (reason != null) {
                write.error(reason);
                return;
            }
            long start = System.nanoTime();
            write.run(tables);
            commit(new Batch(List.of(write), start));
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

    static FailureException unavailable(String text) {
        return Failure.JOURNAL_UNAVAILABLE.in(Component.QUEUE, text);
    }

    /** Writes that were committed together. */
    private final class Batch implements LogSync.Batch {
        private final List<StoreWrite<?>> writes;
        private final long startNanos;

        Batch(List<StoreWrite<?>> writes, long startNanos) {
            this.writes = writes;
            this.startNanos = startNanos;
        }

        @Override
        public void synced() {
            commitNanos.accept(System.nanoTime() - startNanos);
            signals.schedule(() -> writes.forEach(StoreWrite::done));
        }

        @Override
        public void notSynced(IOException reason) {
            FailureException known = broken;
            writes.forEach(write -> write.error(known == null ? failureOf(reason) : known));
        }
    }
}
