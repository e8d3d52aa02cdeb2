package sluice.benchmarks.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** Reads echoed WebSocket messages: one unmasked text frame of a known, short length each (RFC 6455, 5.2). */
final class FrameReader implements AnswerReader {
    private final ByteBuffer frame;

    FrameReader(int length) {
        frame = ByteBuffer.allocateDirect(2 + length);
    }

    @Override
    public Progress read(ReadableByteChannel channel) throws IOException {
        if (channel.read(frame) < 0) {
            return Progress.BROKEN;
        }
        if (frame.hasRemaining()) {
            return Progress.WAITING;
        }
        boolean isEcho = frame.get(0) == (byte) 0x81 && frame.get(1) == frame.capacity() - 2;
        frame.clear();
        return isEcho ? Progress.GOOD : Progress.BROKEN;
    }

    @Override
    public double part() {
        return 0; // one read has it all
    }
}
