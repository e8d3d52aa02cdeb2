package sluice.benchmarks.load;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * The function behind every proxy: answers GET with 64 bytes or 1 MiB, by the last letters of the path, and POST
 * with the body it was sent. One thread, keep-alive for ever.
 */
public final class Upstream implements AutoCloseable {
    private static final int BACKLOG = 4_096;

    private final Selector selector = Selector.open();
    private final ServerSocketChannel server = ServerSocketChannel.open();
    private volatile boolean isOpen = true;

    private Upstream() throws IOException {}

    /** Binds to 127.0.0.1; port 0 picks a free one. Serves nothing until {@link #serve}. */
    static Upstream bind(int port) throws IOException {
        Upstream upstream = new Upstream();
        upstream.server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), BACKLOG);
        upstream.server.configureBlocking(false);
        SelectionKey unused = upstream.server.register(upstream.selector, SelectionKey.OP_ACCEPT);
        return upstream;
    }

    /** The one argument is the port. */
    public static void main(String[] args) throws IOException {
        Lifeline.hold();
        bind(Integer.parseInt(args[0])).serve();
    }

    int port() {
        return server.socket().getLocalPort();
    }

    /** Serves in the calling thread until {@link #close}, then lets go of every connection. */
    void serve() throws IOException {
        while (isOpen) {
            int unused = selector.select(this::onReady);
        }
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
    }

    private void onReady(SelectionKey key) {
        try {
            if (key.isAcceptable()) {
                accept();
            } else {
                ((UpstreamConnection) key.attachment()).onReady();
            }
        } catch (IOException e) {
            closeQuietly(key); // a proxy that resets a connection is its own affair
        }
    }

    private void accept() throws IOException {
        SocketChannel channel = server.accept();
        if (channel != null) {
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            SelectionKey key = channel.register(selector, SelectionKey.OP_READ);
            key.attach(new UpstreamConnection(channel, key));
        }
    }

    private static void closeQuietly(SelectionKey key) {
        try {
            key.channel().close();
        } catch (IOException e) {
            key.cancel();
        }
    }

    /** May be called from any thread, more than once. */
    @Override
    public void close() {
        isOpen = false;
        selector.wakeup();
    }
}
