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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.HdrHistogram.Histogram;

/** Submits on many connections at once, on each the next when the last was answered. */
final class AcceptLoad {
    private static final int DIGITS = 3;

    private final URI gateway;
    private final String function;
    private final String fields;
    private final int connections;

    /** {@code fields} are further header fields, each with its line end. */
    AcceptLoad(URI gateway, String function, String fields, int connections) {
        this.gateway = gateway;
        this.function = function;
        this.fields = fields;
        this.connections = connections;
    }

    record Result(long count, double perSecond, double p99Millis) {}

    /** For so long. Fails when an answer is no 202. */
    @CanIgnoreReturnValue
    Result run(Duration time) throws IOException, InterruptedException {
        long end = System.nanoTime() + time.toNanos();
        return run(() -> System.nanoTime() < end);
    }

    /** So many calls. Fails when an answer is no 202. */
    Result run(int count) throws IOException, InterruptedException {
        AtomicInteger left = new AtomicInteger(count);
        return run(() -> left.getAndDecrement() > 0);
    }

    private Result run(BooleanSupplier isGoingOn) throws IOException, InterruptedException {
        ExecutorService threads = Executors.newFixedThreadPool(connections);
        try {
            long start = System.nanoTime();
            List<Future<Histogram>> parts = new ArrayList<>();
            for (int i = 0; i < connections; i++) {
                parts.add(threads.submit(() -> submit(isGoingOn)));
            }
            Histogram micros = new Histogram(DIGITS);
            for (Future<Histogram> part : parts) {
                micros.add(part.get());
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            long count = micros.getTotalCount();
            return new Result(count, count / seconds, micros.getValueAtPercentile(99) / 1e3);
        } catch (ExecutionException e) {
            throw new IOException("a submit failed: " + e.getCause(), e);
        } finally {
            threads.shutdownNow();
        }
    }

    private Histogram submit(BooleanSupplier isGoingOn) throws IOException {
        Histogram micros = new Histogram(DIGITS);
        try (SubmitConnection connection = SubmitConnection.submitting(gateway, function, fields)) {
            while (isGoingOn.getAsBoolean()) {
                long sent = System.nanoTime();
                int status = connection.submit("small").status();
                if (status != 202) {
                    throw new IOException("answered " + status);
                }
                micros.recordValue((System.nanoTime() - sent) / 1_000);
            }
        }
        return micros;
    }
}
