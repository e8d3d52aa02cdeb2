package sluice.invoker;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/** Writes the same block again and again on a thread of its own, and tells how far it has come. Thread-safe. */
final class Flood {
    private static final Duration STILL = Duration.ofMillis(400);

    private final AtomicLong written = new AtomicLong();
    private final CountDownLatch ended = new CountDownLatch(1);

    private Flood() {}

    /** Starts to write {@code block} until {@code most} bytes are written or the connection breaks. */
    @CanIgnoreReturnValue
    static Flood of(RawConnection connection, String block, long most) {
        Flood flood = new Flood();
        byte[] bytes = block.getBytes(StandardCharsets.ISO_8859_1);
        Thread writer = new Thread(() -> flood.write(connection, bytes, most), "flood");
        writer.setDaemon(true);
        writer.start();
        return flood;
    }

    long written() {
        return written.get();
    }

    /** The bytes written when nobody takes any more. */
    long stalledAt() {
        long before = -1;
        while (before != written.get()) {
            before = written.get();
            Eventually.linger(STILL);
        }
        return before;
    }

    /** Waits until everything is written or the connection is broken. */
    void awaitEnd() {
        Eventually.await("the writer to end", () -> ended.getCount() == 0);
    }

    private void write(RawConnection connection, byte[] block, long most) {
        try {
            while (written.get() < most) {
                connection.send(block);
                written.addAndGet(block.length);
            }
        } catch (IOException broken) {
            // the peer is gone, which ends the flood
        } finally {
            ended.countDown();
        }
    }
}
