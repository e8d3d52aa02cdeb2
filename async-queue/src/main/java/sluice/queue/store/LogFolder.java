package sluice.queue.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Folds the log into the file, beside the writer, which is not held up by it. Under a steady stream of writes that alone
 * never reaches the log's end, so it is done again for what came meanwhile, and the writer folds the small rest itself
 * between two batches; then the log begins anew.
 *
 * <p>Why the log may get that long: with many calls each new one changes a page of its own of the index by call id. In a
 * longer log more of them are the same ones, and pages are written to the file once for each folding.
 */
final class LogFolder {
    private static final Logger log = LoggerFactory.getLogger(LogFolder.class);
    private static final long FOLDED_AT_BYTES = 64 << 20;
    private static final int PASSES = 4;
    private static final int SMALL_REST_PAGES = 256;
    private static final long LOOKS_EVERY_MILLIS = 200;

    private final Path logFile;
    private final StoreWriter writer;
    private final Opening opening;
    private final Thread thread = new Thread(this::run, "queue-log-folder");
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition closing = lock.newCondition();
    private boolean isClosing;
    private boolean hasFailed;

    /** Opens a connection. */
    @FunctionalInterface
    interface Opening {
        Connection open() throws SQLException;
    }

    LogFolder(Path file, StoreWriter writer, Opening opening) {
        this.logFile = Path.of(file + "-wal");
        this.writer = writer;
        this.opening = opening;
        this.thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    void close() {
        lock.lock();
        try {
            isClosing = true;
            closing.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            thread.join(TimeUnit.SECONDS.toMillis(10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try (Connection connection = opening.open()) {
            connection.setAutoCommit(true);
            while (isGoingOn()) {
                foldIfLong(connection);
            }
        } catch (SQLException e) {
            log.error("the journal's log cannot be folded into its file, and will grow", e);
        }
    }

    /** What fails, for want of room for instance, is tried again: the log has everything meanwhile. */
    private void foldIfLong(Connection connection) {
        try {
            if (isLong()) {
                fold(connection);
            }
            hasFailed = false;
        } catch (SQLException | IOException e) {
            if (!hasFailed) {
                log.warn("the journal's log cannot be folded into its file for now: {}", e.getMessage());
            }
            hasFailed = true;
        }
    }

    private boolean isLong() throws IOException {
        return Files.exists(logFile) && Files.size(logFile) >= FOLDED_AT_BYTES;
    }

    private boolean isGoingOn() {
        lock.lock();
        try {
            long left = TimeUnit.MILLISECONDS.toNanos(LOOKS_EVERY_MILLIS);
            while (!isClosing && left > 0) {
                left = closing.awaitNanos(left);
            }
            return !isClosing;
        } catch (InterruptedException e) {
            return false;
        } finally {
            lock.unlock();
        }
    }

    private void fold(Connection connection) throws SQLException {
        int rest = Integer.MAX_VALUE;
        for (int pass = 0; pass < PASSES && rest > SMALL_REST_PAGES; pass++) {
            rest = foldOnce(connection);
        }
        writer.foldRest();
    }

    /** Pages that are left in the log. */
    private static int foldOnce(Connection connection) throws SQLException {
        try (java.sql.Statement statement = connection.createStatement();
                ResultSet outcome = statement.executeQuery("PRAGMA wal_checkpoint(PASSIVE)")) {
            return outcome.next() ? outcome.getInt("log") - outcome.getInt("checkpointed") : 0;
        }
    }
}
