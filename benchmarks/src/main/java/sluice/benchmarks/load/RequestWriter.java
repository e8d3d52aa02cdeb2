package sluice.benchmarks.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The bytes of one call, sent again and again: a head with a short body, or a head and then a long one. */
final class RequestWriter {
    private static final int SHORT_BODY = 4_096; // goes out with the head in one write
    private static final byte[] MASK = {1, 2, 3, 4};
    private static final ByteBuffer BLOCK = block();

    private final ByteBuffer first;
    private final ByteBuffer block = BLOCK.duplicate();
    private final int longBody;
    private int left;

    private RequestWriter(byte[] first, int longBody) {
        this.first = ByteBuffer.allocateDirect(first.length).put(first);
        this.longBody = longBody;
    }

    /** Calls of {@code shape} at {@code prefix}, a slash and the label, then {@code query}. */
    static RequestWriter call(Shape shape, String prefix, String query) {
        int body = shape.requestBytes();
        String method = body == 0 ? "GET " : "POST ";
        String length = body == 0 ? "" : "Content-Length: " + body + "\r\n";
        byte[] head = (method + prefix + "/" + shape.label() + query + " HTTP/1.1\r\nHost: bench.local\r\n" + length
                        + "Accept: */*\r\nUser-Agent: sluice-bench\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        if (body > SHORT_BODY) {
            return new RequestWriter(head, body);
        }
        byte[] all = Arrays.copyOf(head, head.length + body);
        Arrays.fill(all, head.length, all.length, (byte) 'b');
        return new RequestWriter(all, 0);
    }

    /** WebSocket text messages, each one masked frame (RFC 6455, 5.2). */
    static RequestWriter message(int length) {
        byte[] frame = new byte[2 + MASK.length + length];
        frame[0] = (byte) 0x81; // the end of a text message
        frame[1] = (byte) (0x80 | length);
        System.arraycopy(MASK, 0, frame, 2, MASK.length);
        for (int i = 0; i < length; i++) {
            frame[2 + MASK.length + i] = (byte) ('b' ^ MASK[i % MASK.length]);
        }
        return new RequestWriter(frame, 0);
    }

    /** Starts the next call. */
    void rewind() {
        first.flip();
        left = longBody;
    }

    /** Writes what the channel takes; whether that was all. */
    boolean write(WritableByteChannel channel) throws IOException {
        while (first.hasRemaining()) {
            if (channel.write(first) == 0) {
                return false;
            }
        }
        while (left > 0) {
            block.clear().limit(Math.min(left, block.capacity()));
            int n = channel.write(block);
            if (n == 0) {
                return false;
            }
            left -= n;
        }
        return true;
    }

    /** How much of a long body has been written, from 0 to 1. */
    double part() {
        return longBody == 0 ? 0 : 1 - (double) left / longBody;
    }

    private static ByteBuffer block() {
        ByteBuffer block = ByteBuffer.allocateDirect(256 * 1024);
        while (block.hasRemaining()) {
            block.put((byte) 'b');
        }
        return block.asReadOnlyBuffer();
    }
}
