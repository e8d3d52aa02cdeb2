package sluice.benchmarks.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** One connection of {@link Upstream}. Requests must fit {@value #MOST_BYTES} bytes, head and body together. */
final class UpstreamConnection {
    static final int MOST_BYTES = 16_384;

    private static final String HEAD =
            "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nServer: bench\r\nContent-Length: ";
    private static final ByteBuffer SMALL = answer(Shape.GET64.responseBytes());
    private static final ByteBuffer LARGE = answer(Shape.GET1M.responseBytes());

    private final SocketChannel channel;
    private final SelectionKey key;
    private final ByteBuffer in = ByteBuffer.allocateDirect(MOST_BYTES);
    private final ByteBuffer small = SMALL.duplicate();
    private final ByteBuffer echo = ByteBuffer.allocateDirect(MOST_BYTES + 256);
    private ByteBuffer out = small;

    UpstreamConnection(SocketChannel channel, SelectionKey key) {
        this.channel = channel;
        this.key = key;
        small.position(small.limit());
    }

    /** Goes on with the answer, if one is under way, else with reading. */
    void onReady() throws IOException {
        if (out.hasRemaining()) {
            write();
        } else {
            read();
        }
    }

    private void read() throws IOException {
        if (channel.read(in) < 0) {
            channel.close();
            return;
        }
        int bodyAt = endOfHead();
        if (bodyAt < 0) {
            requireRoom();
            return;
        }
        int length = in.get(0) == 'P' ? contentLength(bodyAt) : 0;
        if (in.position() < bodyAt + length) {
            requireRoom();
            return;
        }
        out = answerTo(bodyAt, length);
        in.clear();
        write();
    }

    private ByteBuffer answerTo(int bodyAt, int length) {
        if (in.get(0) == 'P') {
            ByteBuffer body = in.duplicate().position(bodyAt).limit(bodyAt + length);
            return echo.clear().put(head(length)).put(body).flip();
        }
        return isForLarge() ? LARGE.duplicate() : small.rewind();
    }

    private void write() throws IOException {
        channel.write(out);
        int wanted = out.hasRemaining() ? SelectionKey.OP_WRITE : SelectionKey.OP_READ;
        if (key.interestOps() != wanted) {
            key.interestOps(wanted);
        }
    }

    private void requireRoom() throws IOException {
        if (!in.hasRemaining()) {
            throw new IOException("a request above " + MOST_BYTES + " bytes");
        }
    }

    /** Whether the request line is {@code GET …1m HTTP/1.1}. */
    private boolean isForLarge() {
        int space = 4;
        while (in.get(space) != ' ') {
            space++;
        }
        return in.get(space - 1) == 'm';
    }

    private int endOfHead() {
        for (int i = 3; i < in.position(); i++) {
            if (in.get(i) == '\n' && in.get(i - 2) == '\n') {
                return i + 1;
            }
        }
        return -1;
    }

    private int contentLength(int end) throws IOException {
        byte[] bytes = new byte[end];
        in.duplicate().rewind().get(bytes);
        for (String line : new String(bytes, StandardCharsets.ISO_8859_1).split("\r\n", -1)) {
            if (line.regionMatches(true, 0, "content-length:", 0, 15)) {
                return Integer.parseInt(line.substring(15).trim());
            }
        }
        throw new IOException("a POST without a length");
    }

    private static byte[] head(int length) {
        return (HEAD + length + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
    }

    private static ByteBuffer answer(int length) {
        byte[] head = head(length);
        ByteBuffer answer = ByteBuffer.allocateDirect(head.length + length).put(head);
        while (answer.hasRemaining()) {
            answer.put((byte) 'u');
        }
        return answer.flip().asReadOnlyBuffer();
    }
}
