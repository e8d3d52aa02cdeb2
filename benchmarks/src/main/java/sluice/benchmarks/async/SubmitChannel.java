package sluice.benchmarks.async;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Locale;

/**
 * One connection on which the same submit is sent again and again, as one of many on a selector: a generator that shares
 * the machine with the gateway should cost little beside it. Used by one thread.
 */
final class SubmitChannel implements AutoCloseable {
    private static final int WAITING = -1;
    private static final int LONGEST_ANSWER = 8_192;
    private static final int STATUS_AT = 9; // behind "HTTP/1.1 "

    private final SocketChannel channel;
    private final ByteBuffer request;
    private final ByteBuffer answer = ByteBuffer.allocateDirect(LONGEST_ANSWER);
    private long sentNanos;

    private SubmitChannel(SocketChannel channel, byte[] request) {
        this.channel = channel;
        this.request = ByteBuffer.allocateDirect(request.length).put(request);
    }

    /** {@code fields} are further header fields, each with its line end. The channel is its key's attachment. */
    static SubmitChannel open(URI gateway, String function, String fields, String body, Selector selector)
            throws IOException {
        byte[] request = ("POST /async-function/" + function + " HTTP/1.1\r\nHost: " + gateway.getAuthority() + "\r\n"
                        + fields + "Content-Length: " + body.length() + "\r\n\r\n" + body)
                .getBytes(ISO_8859_1);
        SocketChannel channel = SocketChannel.open(new InetSocketAddress(gateway.getHost(), gateway.getPort()));
        try {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            SubmitChannel submits = new SubmitChannel(channel, request);
            channel.register(selector, SelectionKey.OP_READ, submits);
            return submits;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** The next submit; a socket that has nothing else under way takes it whole. */
    void send() throws IOException {
        request.flip();
        sentNanos = System.nanoTime();
        int length = request.limit();
        if (channel.write(request) < length) {
            throw new IOException("a submit of " + length + " bytes was not taken at once");
        }
    }

    /** The status, once the answer has come whole; before, {@link #isWaiting}. */
    int read() throws IOException {
        if (channel.read(answer) < 0) {
            throw new EOFException("the answer is cut off");
        }
        int end = endOfHead();
        if (end < 0 || answer.position() < end + bodyLength(end)) {
            if (!answer.hasRemaining()) {
                throw new IOException("an answer of more than " + LONGEST_ANSWER + " bytes");
            }
            return WAITING;
        }
        int status = 0;
        for (int i = 0; i < 3; i++) {
            status = 10 * status + answer.get(STATUS_AT + i) - '0';
        }
        answer.clear();
        return status;
    }

    static boolean isWaiting(int status) {
        return status == WAITING;
    }

    /** When the submit under way was sent. */
    long sentNanos() {
        return sentNanos;
    }

    private int endOfHead() {
        for (int i = 3; i < answer.position(); i++) {
            if (answer.get(i) == '\n' && answer.get(i - 2) == '\n') {
                return i + 1;
            }
        }
        return -1;
    }

    private int bodyLength(int end) throws IOException {
        byte[] bytes = new byte[end];
        answer.duplicate().flip().get(bytes);
        String head = new String(bytes, ISO_8859_1).toLowerCase(Locale.ROOT);
        int field = head.indexOf("\r\ncontent-length:");
        if (field < 0) {
            throw new IOException("an answer without a length");
        }
        int value = head.indexOf(':', field) + 1;
        return Integer.parseInt(head.substring(value, head.indexOf('\r', value)).trim());
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
