package sluice.benchmarks.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Connections that are open and do nothing, so that their memory can be told. Each has been of use once: an idle one has
 * had one call answered; a stream has received one event and waits for the next, which is hours away.
 */
final class Held implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 10_000;
    private static final long MICROS_BETWEEN_EVENTS = TimeUnit.HOURS.toMicros(1);

    private final LoadPlan plan;
    private final ByteBuffer sink = ByteBuffer.allocateDirect(64 * 1024);
    private final List<SocketChannel> open = new ArrayList<>();
    private long good;

    private Held(LoadPlan plan) {
        this.plan = plan;
    }

    /** Opens the connections of {@code plan} one after the other. */
    static Held open(LoadPlan plan) throws IOException {
        Held held = new Held(plan);
        try {
            for (int i = 0; i < plan.connections(); i++) {
                held.add(plan.prefix(i));
            }
            return held;
        } catch (IOException e) {
            held.close();
            throw e;
        }
    }

    /** How many are as they should be. */
    LoadResult result() {
        long broken = open.size() - good;
        return new LoadResult(good, good, 0, broken, 0, 1, 0, 0, 0, 0, 0, 0);
    }

    private void add(String prefix) throws IOException {
        SocketChannel channel = ClientConnection.connect(plan.port());
        open.add(channel);
        channel.socket().setSoTimeout(TIMEOUT_MILLIS);
        boolean isStream = plan.shape().kind() == Shape.Kind.EVENTS;
        RequestWriter request = RequestWriter.call(plan.shape(), prefix, isStream ? "?" + MICROS_BETWEEN_EVENTS : "");
        request.rewind();
        boolean isSent = request.write(channel);
        ReadableByteChannel in = Channels.newChannel(channel.socket().getInputStream()); // honours the timeout
        if (isSent && (isStream ? hasEvent(in) : hasAnswer(in))) {
            good++;
        }
    }

    private boolean hasAnswer(ReadableByteChannel in) throws IOException {
        AnswerReader reader = new ResponseReader(plan.shape().responseBytes(), sink);
        AnswerReader.Progress progress = AnswerReader.Progress.WAITING;
        while (progress == AnswerReader.Progress.WAITING) {
            progress = reader.read(in);
        }
        return progress == AnswerReader.Progress.GOOD;
    }

    private boolean hasEvent(ReadableByteChannel in) throws IOException {
        long[] events = {0};
        EventReader reader = new EventReader(due -> events[0]++);
        while (events[0] == 0) {
            if (in.read(sink.clear()) < 0 || !reader.accept(sink.flip())) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void close() throws IOException {
        for (SocketChannel channel : open) {
            channel.close();
        }
    }
}
