package sluice.benchmarks.load;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.concurrent.TimeUnit;

/**
 * As much load as the proxy takes: each connection sends its next call as soon as the last one was answered. One
 * thread does it all.
 */
final class ClosedLoop {
    private static final long SETTLE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long DRAIN_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final LoadPlan plan;
    private final Tally tally;
    private int underWay;
    private boolean isSending = true;

    private ClosedLoop(LoadPlan plan) {
        this.plan = plan;
        this.tally = new Tally(plan);
    }

    static LoadResult run(LoadPlan plan) throws IOException {
        return new ClosedLoop(plan).run();
    }

    private LoadResult run() throws IOException {
        try (ConnectionSet connections = ConnectionSet.open(plan)) {
            connections.forEach(this::send);
            long measureFrom = System.nanoTime() + SETTLE_NANOS;
            turnUntil(measureFrom, connections);
            tally.begin();
            double partsBefore = connections.partsUnderWay();
            turnUntil(measureFrom + TimeUnit.MILLISECONDS.toNanos(plan.millis()), connections);
            LoadResult result = tally.end(0, connections.partsUnderWay() - partsBefore);
            drain(connections);
            return result;
        }
    }

    private void turnUntil(long instant, ConnectionSet connections) throws IOException {
        Selector selector = connections.selector();
        while (System.nanoTime() < instant && underWay > 0) {
            int unused = selector.select(key -> onReadable(key, connections), 100);
        }
    }

    /** Lets calls under way end, so that the next phase does not find a proxy busy with aborted ones. */
    private void drain(ConnectionSet connections) throws IOException {
        isSending = false;
        turnUntil(System.nanoTime() + DRAIN_NANOS, connections);
    }

    private void onReadable(SelectionKey key, ConnectionSet connections) {
        ClientConnection connection = (ClientConnection) key.attachment();
        AnswerReader.Progress progress = connection.onReady();
        if (progress == AnswerReader.Progress.WAITING) {
            return;
        }
        tally.count(progress, System.nanoTime() - connection.startNanos());
        underWay--;
        if (progress == AnswerReader.Progress.BROKEN) {
            connections.replace(connection).ifPresent(this::send);
        } else {
            send(connection);
        }
    }

    private void send(ClientConnection connection) {
        if (isSending) {
            underWay++;
            connection.send(System.nanoTime());
        }
    }
}
