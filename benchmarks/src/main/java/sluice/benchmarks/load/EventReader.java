package sluice.benchmarks.load;

import java.nio.ByteBuffer;
import java.util.function.LongConsumer;

/**
 * Reads a chunked stream of events (RFC 9112, 7.1), however the chunks were cut on the way, and tells the instant that
 * each event carries. Not thread-safe.
 */
final class EventReader {
    private enum State {
        HEAD,
        SIZE,
        DATA,
        AFTER_DATA
    }

    private final LongConsumer onEvent;
    private State state = State.HEAD;
    private int last4;
    private int chunkLeft;
    private long instant;
    private boolean isEnded;

    /** {@code onEvent} is given the {@link System#nanoTime} that stands in each event. */
    EventReader(LongConsumer onEvent) {
        this.onEvent = onEvent;
    }

    /** Takes all of {@code bytes}; whether the stream is still a good one. */
    boolean accept(ByteBuffer bytes) {
        while (bytes.hasRemaining() && !isEnded) {
            step(bytes.get());
        }
        return !isEnded;
    }

    private void step(byte b) {
        last4 = last4 << 8 | b;
        switch (state) {
            case HEAD -> {
                if (last4 == 0x0d0a0d0a) {
                    state = State.SIZE;
                }
            }
            case SIZE -> size(b);
            case DATA -> {
                data(b);
                if (--chunkLeft == 0) {
                    state = State.AFTER_DATA;
                }
            }
            case AFTER_DATA -> {
                if (b == '\n') {
                    state = State.SIZE;
                }
            }
        }
    }

    private void size(byte b) {
        if (b == '\n') {
            isEnded = chunkLeft == 0; // the last chunk: nobody ends a stream here
            state = State.DATA;
        } else if (b != '\r') {
            int digit = Character.digit(b, 16);
            isEnded = digit < 0;
            chunkLeft = chunkLeft * 16 + digit;
        }
    }

    /** The only digits of an event are those of its instant; an empty line ends it. */
    private void data(byte b) {
        if (b >= '0' && b <= '9') {
            instant = instant * 10 + (b - '0');
        } else if (b == '\n' && instant != 0) {
            onEvent.accept(instant);
            instant = 0;
        }
    }
}
