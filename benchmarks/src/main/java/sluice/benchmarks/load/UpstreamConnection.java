package sluice.benchmarks.load;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.function.BiConsumer;

/**
 * One connection of {@link Upstream} that speaks HTTP. Heads must fit {@value #MOST_BYTES} bytes together with a body
 * that is echoed; other bodies are counted and dropped.
 */
final class UpstreamConnection implements UpstreamRole {
    static final int MOST_BYTES = 16_384;
    /** The query of a download that ends with a reset in its middle. */
    static final String BREAKS = "reset";

    private static final ByteBuffer BLOCK = block();

    private final SocketChannel channel;
    private final SelectionKey key;
    private final ByteBuffer sink;
    private final BiConsumer<SelectionKey, Long> streams;
    private final ByteBuffer in = ByteBuffer.allocateDirect(MOST_BYTES);
    private final ByteBuffer out = ByteBuffer.allocateDirect(MOST_BYTES + 256).flip();
    private final ByteBuffer block = BLOCK.duplicate();
    private int blockLeft; // of the answer's body, after what is in out
    private int uploadLeft; // of the request's body, before the answer

    /**
     * Speaks on {@code channel}.
     *
     * @param sink for bytes nobody looks at; shared by all connections of a thread
     * @param streams is given the connections that asked for events, with the microseconds between two
     */
    UpstreamConnection(
            SocketChannel channel, SelectionKey key, ByteBuffer sink, BiConsumer<SelectionKey, Long> streams) {
        this.channel = channel;
        this.key = key;
        this.sink = sink;
        this.streams = streams;
    }

    /** Goes on with the answer, if one is under way, else with reading. */
    @Override
    public void onReady() throws IOException {
        if (out.hasRemaining() || blockLeft > 0) {
            write();
        } else if (uploadLeft > 0) {
            drop();
        } else {
            read();
        }
    }

    private void read() throws IOException {
        if (channel.read(in) < 0) {
            channel.close();
            return;
        }
        int bodyAt = UpstreamRequest.endOfHead(in);
        if (bodyAt > 0) {
            answer(new UpstreamRequest(in, bodyAt), bodyAt);
        } else if (!in.hasRemaining()) {
            throw new IOException("a head above " + MOST_BYTES + " bytes");
        }
    }

    private void answer(UpstreamRequest request, int bodyAt) throws IOException {
        Shape shape = request.shape();
        switch (shape.kind()) {
            case DOWNLOAD -> {
                boolean breaks = request.query().equals(BREAKS);
                in.clear();
                if (breaks) {
                    breakOff(shape.responseBytes());
                } else {
                    answer(shape.responseBytes());
                }
            }
            case ECHO -> {
                if (in.position() == bodyAt + shape.requestBytes()) {
                    ByteBuffer body = in.duplicate().position(bodyAt).limit(in.position());
                    out.clear()
                            .put(UpstreamRequest.answerHead(shape.requestBytes()))
                            .put(body)
                            .flip();
                    in.clear();
                    write();
                }
            }
            case UPLOAD -> {
                uploadLeft = shape.requestBytes() - (in.position() - bodyAt);
                in.clear();
                drop();
            }
            case EVENTS -> streams.accept(key, Long.parseLong(request.query()));
            case MESSAGES -> {
                channel.write(Handshake.agree(request.header("sec-websocket-key")));
                key.attach(new WebSocketEcho(channel));
            }
        }
    }

    /** Half an answer and a reset. */
    private void breakOff(int length) throws IOException {
        out.clear().put(UpstreamRequest.answerHead(length));
        out.put(block.clear().limit(Math.min(length / 2, out.remaining()))).flip();
        int unused = channel.write(out);
        channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        channel.close();
    }

    private void drop() throws IOException {
        while (uploadLeft > 0) {
            int n = channel.read(sink.clear());
            if (n < 0) {
                throw new IOException("the end within a body");
            }
            if (n == 0) {
                return;
            }
            uploadLeft -= n;
        }
        answer(Shape.UPLOAD_ANSWER_BYTES);
    }

    private void answer(int length) throws IOException {
        out.clear().put(UpstreamRequest.answerHead(length));
        int first = Math.min(length, out.remaining()); // a short body goes out with its head
        out.put(block.clear().limit(first)).flip();
        blockLeft = length - first;
        write();
    }

    private void write() throws IOException {
        boolean isOpen = !out.hasRemaining() || (channel.write(out) > 0 && !out.hasRemaining());
        while (isOpen && blockLeft > 0) {
            int n = channel.write(block.clear().limit(Math.min(blockLeft, block.capacity())));
            blockLeft -= n;
            isOpen = n > 0;
        }
        int wanted = out.hasRemaining() || blockLeft > 0 ? SelectionKey.OP_WRITE : SelectionKey.OP_READ;
        if (key.interestOps() != wanted) {
            key.interestOps(wanted);
        }
    }

    private static ByteBuffer block() {
        ByteBuffer block = ByteBuffer.allocateDirect(1 << 20);
        while (block.hasRemaining()) {
            block.put((byte) 'u');
        }
        return block.asReadOnlyBuffer();
    }
}
