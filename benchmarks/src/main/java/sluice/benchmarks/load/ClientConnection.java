package sluice.benchmarks.load;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/** A keep-alive connection with at most one call under way. One thread may send while another reads. */
final class ClientConnection implements AutoCloseable {
    private final SocketChannel channel;
    private final SelectionKey key;
    private final RequestWriter writer;
    private final AnswerReader reader;
    private volatile long startNanos; // handed from the sending to the reading thread

    private ClientConnection(SocketChannel channel, SelectionKey key, RequestWriter writer, AnswerReader reader) {
        this.channel = channel;
        this.key = key;
        this.writer = writer;
        this.reader = reader;
    }

    /** Connects and registers with {@code selector} for reading, with itself as the attachment. */
    static ClientConnection open(LoadPlan plan, String prefix, Selector selector, ByteBuffer sink) throws IOException {
        Shape shape = plan.shape();
        boolean isMessages = shape.kind() == Shape.Kind.MESSAGES;
        SocketChannel channel = connect(plan.port());
        try {
            if (isMessages) {
                Handshake.ask(channel, prefix + "/" + shape.label());
            }
            channel.configureBlocking(false);
            ClientConnection connection = new ClientConnection(
                    channel,
                    channel.register(selector, SelectionKey.OP_READ),
                    isMessages ? RequestWriter.message(shape.requestBytes()) : RequestWriter.call(shape, prefix, ""),
                    isMessages
                            ? new FrameReader(shape.responseBytes())
                            : new ResponseReader(shape.responseBytes(), sink));
            connection.key.attach(connection);
            return connection;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    static SocketChannel connect(int port) throws IOException {
        SocketChannel channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        return channel;
    }

    /** Sends one request whose latency counts from {@code nanos}. When that fails, reading ends as broken. */
    void send(long nanos) {
        startNanos = nanos;
        writer.rewind();
        write();
    }

    /** Goes on writing and reading, as {@link #key} is ready. */
    AnswerReader.Progress onReady() {
        if (key.isValid() && key.isWritable()) {
            write();
        }
        try {
            return reader.read(channel);
        } catch (IOException e) {
            return AnswerReader.Progress.BROKEN;
        }
    }

    private void write() {
        try {
            int wanted = writer.write(channel) ? SelectionKey.OP_READ : SelectionKey.OP_READ | SelectionKey.OP_WRITE;
            if (key.interestOps() != wanted) {
                key.interestOps(wanted);
                key.selector().wakeup();
            }
        } catch (IOException | CancelledKeyException e) {
            // the reader meets the same end of the connection and counts it
        }
    }

    /** How much of the call under way is done, from 0 to 1: of long bodies only. */
    double part() {
        return Math.max(writer.part(), reader.part());
    }

    /** The instant given to {@link #send}. */
    long startNanos() {
        return startNanos;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
