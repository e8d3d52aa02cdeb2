package sluice.benchmarks.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The function behind every proxy: does what the {@link Shape} at the end of the path says. One thread, keep-alive for
 * ever; events are sent in turns of a millisecond.
 */
public final class Upstream implements AutoCloseable {
    private static final int BACKLOG = 4_096;

    private final Selector selector = Selector.open();
    private final ServerSocketChannel server = ServerSocketChannel.open();
    private final ByteBuffer sink = ByteBuffer.allocateDirect(256 * 1024);
    private final List<SelectionKey> streams = new ArrayList<>();
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
            int unused = streams.isEmpty() ? selector.select(this::onReady) : selector.select(this::onReady, 1);
            streams.removeIf(key -> !isGoingOn(key, System.nanoTime()));
        }
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
    }

    private void onReady(SelectionKey key) {
        if (key.isAcceptable()) {
            accept();
            return;
        }
        try {
            ((UpstreamRole) key.attachment()).onReady();
        } catch (IOException e) {
            closeQuietly(key); // a proxy that resets a connection is its own affair
        }
    }

    /** Ends the process when it cannot take a connection: one that refuses would make every proxy look broken. */
    private void accept() {
        try {
            SocketChannel channel = server.accept();
            if (channel != null) {
                serve(channel);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot accept with " + selector.keys().size() + " connections open", e);
        }
    }

    private void serve(SocketChannel channel) throws IOException {
        try {
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            SelectionKey key = channel.register(selector, SelectionKey.OP_READ);
            key.attach(new UpstreamConnection(channel, key, sink, this::beginStream));
        } catch (IOException e) {
            channel.close(); // it was reset already
        }
    }

    private void beginStream(SelectionKey key, long periodMicros) {
        try {
            long period = TimeUnit.MICROSECONDS.toNanos(periodMicros);
            key.attach(new EventStream((SocketChannel) key.channel(), key, period, System.nanoTime()));
            streams.add(key);
        } catch (IOException e) {
            closeQuietly(key);
        }
    }

    /** Sends what is due; whether the stream is still open. */
    private static boolean isGoingOn(SelectionKey key, long now) {
        EventStream stream = (EventStream) key.attachment();
        try {
            if (key.isValid() && stream.dueNanos() <= now) {
                stream.onDue(now);
            }
        } catch (IOException e) {
            closeQuietly(key);
        }
        return key.isValid();
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
