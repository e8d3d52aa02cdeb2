package sluice.queue.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Syncs the log on a thread of its own: while the disk is at work on one batch, the writer writes the next. Nobody is told
 * of a batch before a sync that began after its commit.
 *
 * <p>SQLite then runs with {@code synchronous=NORMAL}: it writes to the log at each commit and syncs it only before it
 * folds it. What {@code FULL} does beyond that is one sync of the log after each commit, and that is done here, as one of
 * the data only: the log keeps its length when it begins anew, so that mostly no metadata has to be written. The log is
 * opened once more for that, which is harmless: SQLite's locks are on the file and its index, never on the log.
 *
 * <p>One batch at a time: the next waits, committed already or not, until {@link #isIdle}. After a sync that failed
 * nothing is confirmed any more, since what it lost lies before all that comes later.
 */
final class LogSync {
    private static final Logger log = LoggerFactory.getLogger(LogSync.class);

    private static final long LOOK_NANOS = 50_000;

    private final Disk disk;
    private final Consumer<String> broken;
    private final Thread writer;
    private final Thread thread = new Thread(this::run, "queue-sync");
    private final AtomicReference<@Nullable UnderWay> underWay = new AtomicReference<>();
    private volatile @Nullable IOException failure;
    private volatile long committed; // batches, by their numbers; both are counted by one thread each
    private volatile long synced;
    private volatile boolean isClosing;

    /** What was committed. */
    interface Batch {
        /** It is on the disk. */
        void synced();

        /** It may be on the disk or not. */
        void notSynced(IOException reason);
    }

    /** @param number of the batch: that many are on the disk after a sync that begins now */
    private record UnderWay(Batch batch, long number) {}

    /** What makes the log safe. */
    interface Disk extends Closeable {
        /** Returns once all that was written to the log before is on the disk. */
        void sync() throws IOException;

        /** That of a file, of which some connection stays open for as long as this. */
        static Disk of(Path logFile) throws IOException {
            FileChannel file = FileChannel.open(logFile, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
            return new Disk() {
                @Override
                public void sync() throws IOException {
                    file.force(false);
                }

                @Override
                public void close() throws IOException {
                    file.close();
                }
            };
        }
    }

    /**
     * @param broken told why nothing may be accepted any more
     * @param writer is woken when the last batch is on the disk
     */
    LogSync(Disk disk, Consumer<String> broken, Thread writer) {
        this.disk = disk;
        this.broken = broken;
        this.writer = writer;
        thread.setDaemon(true);
        thread.start();
    }

    /** Whether {@link #sync} may be called. */
    boolean isIdle() {
        return underWay.get() == null;
    }

    /** For the writer, before a commit that {@link #sync} or {@link #notCommitted} follows. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // only the writer counts
    void committing() {
        committed++;
    }

    /** For the writer: nothing was committed. */
    @SuppressWarnings("NonAtomicVolatileUpdate")
    void notCommitted() {
        committed--;
    }

    /** Returns at once. For the writer, after its commit. */
    void sync(Batch batch) {
        underWay.set(new UnderWay(batch, committed));
        LockSupport.unpark(thread);
    }

    /**
     * Returns once all that a reader can have seen by now is on the disk, so that nobody is told what a power loss could
     * take back. Blocks, for as long as a sync or two.
     */
    void awaitSeen() {
        long seen = committed;
        while (synced < Math.min(seen, committed) && failure == null && !isClosing) {
            LockSupport.parkNanos(this, LOOK_NANOS);
        }
    }

    private void run() {
        while (true) {
            UnderWay last = underWay.get();
            if (last != null) {
                IOException reason = sync();
                synced = last.number();
                underWay.set(null);
                LockSupport.unpark(writer);
                tell(last.batch(), reason);
            } else if (isClosing) {
                return;
            } else {
                LockSupport.park(this);
            }
        }
    }

    /** Whatever becomes of it there, this thread goes on: the writer waits for it. */
    private static void tell(Batch batch, @Nullable IOException reason) {
        try {
            if (reason == null) {
                batch.synced();
            } else {
                batch.notSynced(reason);
            }
        } catch (RuntimeException e) {
            log.error("a batch of the journal could not be told of", e);
        }
    }

    private @Nullable IOException sync() {
        if (failure == null) {
            try {
                disk.sync();
            } catch (IOException e) {
                failure = e;
                broken.accept("the journal's log cannot be synced: " + e.getMessage());
            }
        }
        return failure;
    }

    /** After the writer's end: finishes what is under way. Blocks. */
    void close() {
        isClosing = true;
        LockSupport.unpark(thread);
        Ended.await(thread);
        try {
            disk.close();
        } catch (IOException e) {
            log.warn("the journal's log did not close well: {}", e.getMessage());
        }
    }
}
