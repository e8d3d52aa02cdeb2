package sluice.benchmarks.async;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.HdrHistogram.Histogram;

/** Submits on many connections at once, on each the next when the last was answered. */
final class AcceptLoad {
    private static final int DIGITS = 3;

    private final URI gateway;
    private final String function;
    private final String fields;
    private final int connections;

    AcceptLoad(URI gateway, String function, String fields, int connections) {
        this.gateway = gateway;
        this.function = function;
        this.fields = fields;
        this.connections = connections;
    }

    record Result(double perSecond, double p99Millis) {}

    /** Fails when an answer is no 202. */
    Result run(Duration time) throws IOException, InterruptedException {
        ExecutorService threads = Executors.newFixedThreadPool(connections);
        try {
            long start = System.nanoTime();
            List<Future<Histogram>> parts = new ArrayList<>();
            for (int i = 0; i < connections; i++) {
                parts.add(threads.submit(() -> submit(start + time.toNanos())));
            }
            Histogram micros = new Histogram(DIGITS);
            for (Future<Histogram> part : parts) {
                micros.add(part.get());
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            return new Result(micros.getTotalCount() / seconds, micros.getValueAtPercentile(99) / 1e3);
        } catch (ExecutionException e) {
            throw new IOException("a submit failed: " + e.getCause(), e);
        } finally {
            threads.shutdownNow();
        }
    }

    private Histogram submit(long until) throws IOException {
        Histogram micros = new Histogram(DIGITS);
        try (SubmitConnection connection = new SubmitConnection(gateway, function, fields)) {
            for (long sent = System.nanoTime(); sent < until; sent = System.nanoTime()) {
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
