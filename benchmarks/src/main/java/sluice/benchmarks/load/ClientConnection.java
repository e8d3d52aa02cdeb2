package sluice.benchmarks.load;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/** A keep-alive connection with at most one call under way. One thread may send while another reads. */
final class ClientConnection implements AutoCloseable {
    private final SocketChannel channel;
    private final ByteBuffer request;
    private final ResponseReader reader;
    private volatile long startNanos; // handed from the sending to the reading thread

    private ClientConnection(SocketChannel channel, ByteBuffer request, ResponseReader reader) {
        this.channel = channel;
        this.request = request;
        this.reader = reader;
    }

    /** Connects and registers with {@code selector} for reading, with itself as the attachment. */
    static ClientConnection open(LoadPlan plan, Selector selector, ByteBuffer sink) throws IOException {
        SocketChannel channel =
                SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), plan.port()));
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.configureBlocking(false);
        byte[] bytes = plan.shape().request(plan.prefix());
        ByteBuffer request = ByteBuffer.allocateDirect(bytes.length).put(bytes);
        ClientConnection connection = new ClientConnection(
                channel, request, new ResponseReader(plan.shape().responseBytes(), sink));
        SelectionKey unused = channel.register(selector, SelectionKey.OP_READ, connection);
        return connection;
    }

    /** Sends one request whose latency counts from {@code nanos}. When that fails, reading ends as broken. */
    void send(long nanos) {
        startNanos = nanos;
        request.flip();
        try {
            if (channel.write(request) < request.limit()) { // an idle socket has room for a request this small
                SocketChannel unused = channel.shutdownInput();
            }
        } catch (IOException e) {
            // the reader meets the same end of the connection and counts it
        }
    }

    ResponseReader.Progress read() {
        try {
            return reader.read(channel);
        } catch (IOException e) {
            return ResponseReader.Progress.BROKEN;
        }
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
