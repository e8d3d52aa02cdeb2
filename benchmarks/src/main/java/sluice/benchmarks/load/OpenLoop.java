package sluice.benchmarks.load;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Load at a fixed rate that no slowness of the proxy slows down. The calling thread sends on the schedule, another
 * reads. A call's latency counts from when it was due: when every connection is busy the calls that could not be
 * sent wait, and their wait is part of their latency (no coordinated omission).
 *
 * <p>A connection is owned by the sender while it is in {@link #idle}, and by the reader from its sending until it
 * is put back there, which also orders their writes to the tally.
 */
final class OpenLoop implements AutoCloseable {
    private static final long SETTLE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long DRAIN_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final LoadPlan plan;
    private final Tally tally;
    private final ConnectionSet connections;
    private final BlockingQueue<ClientConnection> idle;
    private final Thread reader = new Thread(this::readAll, "bench-reader");
    private volatile boolean isOpen = true;

    private OpenLoop(LoadPlan plan) throws IOException {
        this.plan = plan;
        this.tally = new Tally(plan);
        this.connections = ConnectionSet.open(plan);
        this.idle = new ArrayBlockingQueue<>(plan.connections());
        connections.forEach(idle::add);
    }

    static LoadResult run(LoadPlan plan) throws IOException, InterruptedException {
        try (OpenLoop loop = new OpenLoop(plan)) {
            return loop.run();
        }
    }

    private LoadResult run() throws IOException, InterruptedException {
        sharpenTimer();
        reader.start();
        long lost = send(SETTLE_NANOS) + awaitAnswers();
        tally.begin();
        long unsent = send(TimeUnit.MILLISECONDS.toNanos(plan.millis()));
        return tally.end(unsent + lost + awaitAnswers(), 0);
    }

    /** Sends on the schedule for {@code nanos}; the number of calls that were due and found no connection. */
    private long send(long nanos) throws InterruptedException {
        long period = TimeUnit.SECONDS.toNanos(1) / plan.ratePerSecond();
        long start = System.nanoTime();
        for (long offset = 0; offset < nanos; offset += period) {
            park(start + offset);
            ClientConnection connection = idle.poll(start + nanos - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (connection == null) {
                return (nanos - offset) / period;
            }
            connection.send(start + offset);
        }
        return 0;
    }

    /** Waits for every call under way; the number of those that were not answered in time. */
    private int awaitAnswers() {
        long deadline = System.nanoTime() + DRAIN_NANOS;
        while (idle.size() < plan.connections() && System.nanoTime() < deadline) {
            LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(100));
        }
        return plan.connections() - idle.size();
    }

    private void readAll() {
        try {
            while (isOpen) {
                int unused = connections.selector().select(this::onReadable, 100);
            }
        } catch (IOException e) {
            isOpen = false; // no answer is read any more, so that awaitAnswers tells every call as lost
        }
    }

    private void onReadable(SelectionKey key) {
        ClientConnection connection = (ClientConnection) key.attachment();
        AnswerReader.Progress progress = connection.onReady();
        if (progress == AnswerReader.Progress.WAITING) {
            return;
        }
        tally.count(progress, System.nanoTime() - connection.startNanos());
        if (progress == AnswerReader.Progress.BROKEN) {
            boolean unused = idle.remove(connection); // it may have been closed while nothing was under way
            connections.replace(connection).ifPresent(idle::add);
        } else {
            idle.add(connection);
        }
    }

    private static void park(long instant) {
        for (long left = instant - System.nanoTime(); left > 0; left = instant - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    /** Linux wakes a sleeper up to 50 µs late unless the thread asks for less (proc(5), timerslack_ns). */
    private static void sharpenTimer() {
        try {
            Files.writeString(Path.of("/proc/thread-self/timerslack_ns"), "1");
        } catch (IOException e) {
            System.err.println("timer slack stays at its default: " + e.getMessage());
        }
    }

    @Override
    public void close() throws IOException {
        isOpen = false;
        connections.selector().wakeup();
        try {
            reader.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        connections.close();
    }
}
