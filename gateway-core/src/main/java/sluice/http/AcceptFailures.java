package sluice.http;

import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts connections that could not be accepted and tells of them, a line every ten seconds at most. */
final class AcceptFailures {
    private static final Logger log = LoggerFactory.getLogger(AcceptFailures.class);
    private static final long QUIET_NANOS = Duration.ofSeconds(10).toNanos();

    private final IntSupplier connections;
    private final LongAdder count = new LongAdder();
    private long toldAt = System.nanoTime() - QUIET_NANOS;
    private long told;

    /** {@code connections}: how many are open, for the line. */
    AcceptFailures(IntSupplier connections) {
        this.connections = connections;
    }

    /** Called by the loop that accepts. */
    void note(Throwable cause) {
        count.increment();
        long now = System.nanoTime();
        if (now - toldAt >= QUIET_NANOS) {
            log.warn(
                    "connections cannot be accepted ({}, {} times since the last such line): {} clients are connected;"
                            + " trying again every second. A higher descriptor limit (ulimit -n) or a lower"
                            + " SLUICE_MAX_CONNECTIONS helps",
                    cause.getMessage(),
                    count.sum() - told,
                    connections.getAsInt());
            told = count.sum();
            toldAt = now;
        }
    }

    long count() {
        return count.sum();
    }
}
