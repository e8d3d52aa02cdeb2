package sluice.benchmarks.async;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.HdrHistogram.Histogram;

/** Submits on many connections at once, on each the next when the last was answered. One thread does it all. */
final class AcceptLoad {
    private static final int DIGITS = 3;
    private static final long PATIENCE_MILLIS = 30_000;

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
    Result run(Duration time) throws IOException {
        long end = System.nanoTime() + time.toNanos();
        return run(() -> System.nanoTime() < end);
    }

    /** So many calls. Fails when an answer is no 202. */
    @CanIgnoreReturnValue
    Result run(int count) throws IOException {
        int[] left = {count};
        return run(() -> left[0]-- > 0);
    }

    private Result run(BooleanSupplier isGoingOn) throws IOException {
        List<SubmitChannel> channels = new ArrayList<>();
        try (Selector selector = Selector.open()) {
            for (int i = 0; i < connections; i++) {
                channels.add(SubmitChannel.open(gateway, function, fields, "small", selector));
            }
            return run(channels, selector, isGoingOn);
        } finally {
            for (SubmitChannel channel : channels) {
                channel.close();
            }
        }
    }

    private static Result run(List<SubmitChannel> channels, Selector selector, BooleanSupplier isGoingOn)
            throws IOException {
        Histogram micros = new Histogram(DIGITS);
        long start = System.nanoTime();
        int underWay = 0;
        for (SubmitChannel channel : channels) {
            underWay += sent(channel, isGoingOn);
        }
        while (underWay > 0) {
            if (selector.select(PATIENCE_MILLIS) == 0) {
                throw new IOException("no submit was answered within " + PATIENCE_MILLIS + " ms");
            }
            for (SelectionKey key : selector.selectedKeys()) {
                SubmitChannel channel = (SubmitChannel) key.attachment();
                int status = channel.read();
                if (!SubmitChannel.isWaiting(status)) {
                    require202(status);
                    micros.recordValue((System.nanoTime() - channel.sentNanos()) / 1_000);
                    underWay += sent(channel, isGoingOn) - 1;
                }
            }
            selector.selectedKeys().clear();
        }
        long count = micros.getTotalCount();
        double seconds = (System.nanoTime() - start) / 1e9;
        return new Result(count, count / seconds, micros.getValueAtPercentile(99) / 1e3);
    }

    /** How many were sent: one or none. */
    private static int sent(SubmitChannel channel, BooleanSupplier isGoingOn) throws IOException {
        if (!isGoingOn.getAsBoolean()) {
            return 0;
        }
        channel.send();
        return 1;
    }

    private static void require202(int status) throws IOException {
        if (status != 202) {
            throw new IOException("answered " + status);
        }
    }
}
