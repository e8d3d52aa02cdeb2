package sluice.benchmarks.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;

/**
 * Receives a stream of events on every connection. The upstream sets the pace, {@code ratePerSecond} over all streams;
 * latency counts from the instant that the upstream wrote or, where the way was blocked, should have written an event.
 */
final class FanOut implements AutoCloseable {
    private static final long SETTLE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final int SINK_BYTES = 64 * 1024;

    private final LoadPlan plan;
    private final Tally tally;
    private final Selector selector = Selector.open();
    private final ByteBuffer sink = ByteBuffer.allocateDirect(SINK_BYTES);

    private FanOut(LoadPlan plan) throws IOException {
        this.plan = plan;
        this.tally = new Tally(plan);
    }

    static LoadResult run(LoadPlan plan) throws IOException {
        try (FanOut fanOut = new FanOut(plan)) {
            return fanOut.run();
        }
    }

    /** How long the upstream waits between two events of one stream. */
    static long microsBetweenEvents(LoadPlan plan) {
        return TimeUnit.SECONDS.toMicros(1) * plan.connections() / plan.ratePerSecond();
    }

    private LoadResult run() throws IOException {
        for (int i = 0; i < plan.connections(); i++) {
            open(plan.prefix(i));
        }
        long measureFrom = System.nanoTime() + SETTLE_NANOS;
        turnUntil(measureFrom);
        tally.begin();
        turnUntil(measureFrom + TimeUnit.MILLISECONDS.toNanos(plan.millis()));
        return tally.end(0, 0);
    }

    private void open(String prefix) throws IOException {
        SocketChannel channel = ClientConnection.connect(plan.port());
        EventReader reader = new EventReader(due -> tally.count(AnswerReader.Progress.GOOD, System.nanoTime() - due));
        RequestWriter request = RequestWriter.call(plan.shape(), prefix, "?" + microsBetweenEvents(plan));
        request.rewind();
        boolean isSent = request.write(channel);
        channel.configureBlocking(false);
        SelectionKey unused = channel.register(selector, SelectionKey.OP_READ, reader);
        if (!isSent) {
            throw new IOException("a fresh connection did not take a request");
        }
    }

    private void turnUntil(long instant) throws IOException {
        while (System.nanoTime() < instant) {
            int unused = selector.select(this::onReadable, 100);
        }
    }

    private void onReadable(SelectionKey key) {
        boolean isGood;
        try {
            sink.clear();
            isGood = ((SocketChannel) key.channel()).read(sink) >= 0
                    && ((EventReader) key.attachment()).accept(sink.flip());
        } catch (IOException e) {
            isGood = false;
        }
        if (!isGood) {
            tally.count(AnswerReader.Progress.BROKEN, 0);
            key.cancel(); // the channel is closed with the others
        }
    }

    @Override
    public void close() throws IOException {
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
    }
}
