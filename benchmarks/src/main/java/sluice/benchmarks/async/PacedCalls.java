package sluice.benchmarks.async;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/** Synchronous calls at a fixed rate, each timed from when it was due; sent when it is due, or when the one before is answered. */
final class PacedCalls {
    private static final int DIGITS = 3;

    private final URI gateway;
    private final String function;
    private final String fields;
    private final int connections;
    private final int rate;

    /** {@code fields} are further header fields, each with its line end. */
    PacedCalls(URI gateway, String function, String fields, int connections, int rate) {
        this.gateway = gateway;
        this.function = function;
        this.fields = fields;
        this.connections = connections;
        this.rate = rate;
    }

    /** Microseconds per call. Fails when an answer is no 200. */
    @CanIgnoreReturnValue
    Histogram run(Duration time) throws IOException, InterruptedException {
        ExecutorService threads = Executors.newFixedThreadPool(connections);
        try {
            long start = System.nanoTime();
            List<Future<Histogram>> parts = new ArrayList<>();
            for (int i = 0; i < connections; i++) {
                long first = start + TimeUnit.SECONDS.toNanos(i) / rate;
                parts.add(threads.submit(() -> call(first, start + time.toNanos())));
            }
            Histogram micros = new Histogram(DIGITS);
            for (Future<Histogram> part : parts) {
                micros.add(part.get());
            }
            return micros;
        } catch (ExecutionException e) {
            throw new IOException("a call failed: " + e.getCause(), e);
        } finally {
            threads.shutdownNow();
        }
    }

    private Histogram call(long first, long end) throws IOException {
        Histogram micros = new Histogram(DIGITS);
        long step = TimeUnit.SECONDS.toNanos(connections) / rate;
        try (SubmitConnection connection = SubmitConnection.calling(gateway, function, fields)) {
            for (long due = first; due < end; due += step) {
                for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                    LockSupport.parkNanos(left);
                }
                int status = connection.submit("sync").status();
                if (status != 200) {
                    throw new IOException("answered " + status);
                }
                micros.recordValue((System.nanoTime() - due) / 1_000);
            }
        }
        return micros;
    }
}
