package sluice.benchmarks.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/**
 * Reads the answers of one connection, one at a time: status, {@code Content-Length}, and the body by its length
 * only. An answer without a length is broken here, since every peer is given one by the upstream and must keep it.
 * Not thread-safe.
 */
final class ResponseReader implements AnswerReader {
    private static final int HEAD_BYTES = 8_192; // holds the head and a 4 KiB body, so that both take one read
    private static final byte[] LENGTH = {'c', 'o', 'n', 't', 'e', 'n', 't', '-', 'l', 'e', 'n', 'g', 't', 'h', ':'};

    private final ByteBuffer head = ByteBuffer.allocateDirect(HEAD_BYTES);
    private final ByteBuffer sink;
    private final int expectedBytes;
    private int status;
    private long bodyLeft = -1; // -1 while the head is incomplete

    /** Reads bodies of {@code expectedBytes}; {@code sink} may be shared by all readers of a thread. */
    ResponseReader(int expectedBytes, ByteBuffer sink) {
        this.expectedBytes = expectedBytes;
        this.sink = sink;
    }

    @Override
    public Progress read(ReadableByteChannel channel) throws IOException {
        return bodyLeft < 0 ? readHead(channel) : readBody(channel);
    }

    @Override
    public double part() {
        return bodyLeft <= 0 ? 0 : 1 - (double) bodyLeft / expectedBytes;
    }

    private Progress readHead(ReadableByteChannel channel) throws IOException {
        if (channel.read(head) < 0) {
            return Progress.BROKEN;
        }
        int end = endOfHead();
        if (end < 0) {
            return head.hasRemaining() ? Progress.WAITING : Progress.BROKEN;
        }
        status = (head.get(9) - '0') * 100 + (head.get(10) - '0') * 10 + (head.get(11) - '0');
        long length = contentLength(end);
        if (length < 0 || (status == 200 && length != expectedBytes)) {
            return Progress.BROKEN;
        }
        bodyLeft = length - (head.position() - end);
        return bodyLeft > 0 ? readBody(channel) : complete();
    }

    private Progress readBody(ReadableByteChannel channel) throws IOException {
        while (bodyLeft > 0) {
            sink.clear();
            int n = channel.read(sink);
            if (n < 0) {
                return Progress.BROKEN;
            }
            if (n == 0) {
                return Progress.WAITING;
            }
            bodyLeft -= n;
        }
        return complete();
    }

    private Progress complete() {
        boolean isExact = bodyLeft == 0;
        bodyLeft = -1;
        head.clear();
        if (!isExact) {
            return Progress.BROKEN; // bytes that nobody asked for
        }
        return status == 200 ? Progress.GOOD : Progress.NOT_OK;
    }

    private int endOfHead() {
        for (int i = 3; i < head.position(); i++) {
            if (head.get(i) == '\n' && head.get(i - 2) == '\n') {
                return i + 1;
            }
        }
        return -1;
    }

    private long contentLength(int end) {
        for (int i = 0; i < end - LENGTH.length; i++) {
            if (head.get(i) == '\n' && isLengthAt(i + 1)) {
                return number(i + 1 + LENGTH.length);
            }
        }
        return -1;
    }

    private boolean isLengthAt(int at) {
        for (int i = 0; i < LENGTH.length; i++) {
            if ((head.get(at + i) | 0x20) != LENGTH[i]) { // lower case; '-' and ':' have that bit set already
                return false;
            }
        }
        return true;
    }

    private long number(int at) {
        int i = at;
        while (head.get(i) == ' ') {
            i++;
        }
        long value = 0;
        for (byte b = head.get(i); b >= '0' && b <= '9'; b = head.get(++i)) {
            value = value * 10 + (b - '0');
        }
        return value;
    }
}
