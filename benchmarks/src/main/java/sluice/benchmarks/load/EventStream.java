package sluice.benchmarks.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * One stream of events of {@link Upstream}: each is 64 bytes, one chunk, one write. It carries the instant it was
 * written, or the one it was due when the one before it still blocked the way.
 */
final class EventStream implements UpstreamRole {
    private static final String HEAD = """
            HTTP/1.1 200 OK\r
            Content-Type: text/event-stream\r
            Cache-Control: no-cache\r
            Server: bench\r
            Transfer-Encoding: chunked\r
            \r
            """;

    private final SocketChannel channel;
    private final SelectionKey key;
    private final long periodNanos;
    private final ByteBuffer out = ByteBuffer.allocateDirect(128);
    private long dueNanos;
    private boolean isLate;

    /** A stream with its first event at once. */
    EventStream(SocketChannel channel, SelectionKey key, long periodNanos, long nowNanos) throws IOException {
        this.channel = channel;
        this.key = key;
        this.periodNanos = periodNanos;
        dueNanos = nowNanos;
        channel.write(ByteBuffer.wrap(HEAD.getBytes(StandardCharsets.US_ASCII))); // it has room for this
        out.flip();
        onDue(nowNanos);
    }

    long dueNanos() {
        return dueNanos;
    }

    /** Writes the event that is due, unless an earlier one is still under way; then it follows that one. */
    void onDue(long nowNanos) throws IOException {
        if (out.hasRemaining()) {
            isLate = true;
            return;
        }
        out.clear().put(event(isLate ? dueNanos : nowNanos)).flip();
        isLate = false;
        dueNanos += periodNanos;
        write();
    }

    @Override
    public void onReady() throws IOException {
        if (!out.hasRemaining()) {
            if (channel.read(out.clear()) < 0) {
                throw new IOException("the client left");
            }
            out.flip().position(out.limit());
        } else {
            write();
        }
    }

    private void write() throws IOException {
        channel.write(out);
        key.interestOps(out.hasRemaining() ? SelectionKey.OP_WRITE : SelectionKey.OP_READ);
    }

    /** 64 bytes in a chunk of their own; the only digits in it are the instant's. */
    static byte[] event(long nanos) {
        String text = String.format(Locale.ROOT, "data: %019d", nanos);
        String padded = text + "e".repeat(Shape.SSE.responseBytes() - text.length() - 2) + "\n\n";
        return ("40\r\n" + padded + "\r\n").getBytes(StandardCharsets.US_ASCII);
    }
}
