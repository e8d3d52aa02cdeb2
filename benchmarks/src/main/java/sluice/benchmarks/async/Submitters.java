package sluice.benchmarks.async;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Submits until so many calls were accepted, as fast as the gateway answers, also while it dies and comes back. */
final class Submitters implements AutoCloseable {
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final Set<String> accepted = ConcurrentHashMap.newKeySet();
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong unanswered = new AtomicLong();
    private final List<Thread> threads = new ArrayList<>();
    private final int wanted;
    private final String function;
    private final String fields;
    private volatile @Nullable URI gateway;
    private volatile boolean isClosed;

    /** {@code fields} are further header fields of each submit, each with its line end. */
    Submitters(int connections, int wanted, String function, String fields) {
        this.wanted = wanted;
        this.function = function;
        this.fields = fields;
        for (int i = 0; i < connections; i++) {
            Thread thread = new Thread(this::run, "submitter-" + i);
            thread.setDaemon(true);
            threads.add(thread);
            thread.start();
        }
    }

    /** Where the gateway is now; null while it is not there. */
    void gateway(@Nullable URI now) {
        gateway = now;
    }

    /** Ids that got a 202. */
    Set<String> accepted() {
        return accepted;
    }

    /** Submits that were answered otherwise. */
    long refused() {
        return refused.get();
    }

    /** Submits whose connection broke before an answer: they may or may not have been kept. */
    long unanswered() {
        return unanswered.get();
    }

    /** Waits until that many were accepted, or for {@code bound}. */
    void awaitAccepted(int count, Duration bound) {
        long deadline = System.nanoTime() + bound.toNanos();
        while (accepted.size() < count && System.nanoTime() < deadline) {
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    /** Whether all were accepted within {@code bound}. */
    boolean await(Duration bound) throws InterruptedException {
        long deadline = System.nanoTime() + bound.toNanos();
        for (Thread thread : threads) {
            thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())));
        }
        return threads.stream().noneMatch(Thread::isAlive);
    }

    private void run() {
        SubmitConnection connection = null;
        for (int n = next.getAndIncrement(); n < wanted; n = next.getAndIncrement()) {
            boolean isAccepted = false;
            while (!isAccepted && !isClosed) {
                connection = connection == null ? connect() : connection;
                if (connection == null) {
                    LockSupport.parkNanos(PAUSE_NANOS);
                    continue;
                }
                try {
                    isAccepted = submit(connection, n);
                } catch (IOException e) {
                    unanswered.incrementAndGet();
                    close(connection);
                    connection = null;
                }
            }
        }
        close(connection);
    }

    private boolean submit(SubmitConnection connection, int n) throws IOException {
        SubmitConnection.Accepted answer = connection.submit(Integer.toString(n));
        if (answer.status() == 202 && !answer.callId().isEmpty()) {
            return accepted.add(answer.callId());
        }
        refused.incrementAndGet();
        LockSupport.parkNanos(PAUSE_NANOS);
        return false;
    }

    private @Nullable SubmitConnection connect() {
        URI now = gateway;
        try {
            return now == null ? null : SubmitConnection.submitting(now, function, fields);
        } catch (IOException e) {
            return null; // it is not there at the moment
        }
    }

    private static void close(@Nullable SubmitConnection connection) {
        try {
            if (connection != null) {
                connection.close();
            }
        } catch (IOException e) {
            return; // it is broken already
        }
    }

    @Override
    public void close() {
        isClosed = true;
    }
}
