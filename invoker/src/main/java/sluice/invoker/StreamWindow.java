package sluice.invoker;

import io.netty.channel.Channel;
import io.netty.channel.WriteBufferWaterMark;
import org.jspecify.annotations.Nullable;

/**
 * How much of one direction of a call may be in this process (design, memory per stream). Half of the guaranteed 64 KiB
 * is one read, half is what may wait to be written. A direction whose reader keeps up doubles, out of a budget that all
 * share; one that stalls goes back. Confined to its loop.
 */
final class StreamWindow {
    /** What may wait to be written, and the largest read, before a stream has shown that its reader keeps up. */
    static final int BASE = 32 * 1024;

    private static final int LARGEST_READ = 256 * 1024;
    private static final WriteBufferWaterMark BASE_MARK = new WriteBufferWaterMark(BASE / 2, BASE);

    private final StreamBudget budget;
    private final int most;
    private int size = BASE;

    StreamWindow(StreamBudget budget, int most) {
        this.budget = budget;
        this.most = most / 2;
    }

    /** Prepares a channel for its first stream. */
    static void prepare(Channel channel, ReadSizer sizer) {
        channel.config().setRecvByteBufAllocator(sizer);
        channel.config().setWriteBufferWaterMark(BASE_MARK);
    }

    /** What was written filled the window and the socket took it at once: more would have gone through. */
    void keptUp(@Nullable ReadSizer reader, Channel writer) {
        int larger = Math.min(2 * size, most);
        if (larger > size && budget.take(cost(larger) - cost(size))) {
            size = larger;
            apply(reader, writer);
        }
    }

    /** The reader did not keep up, or the stream is over; a side that is gone is null. */
    void shrink(@Nullable ReadSizer reader, @Nullable Channel writer) {
        if (size > BASE) {
            budget.giveBack(cost(size) - cost(BASE));
            size = BASE;
            apply(reader, writer);
        }
    }

    private void apply(@Nullable ReadSizer reader, @Nullable Channel writer) {
        if (reader != null) {
            reader.most(Math.min(size, LARGEST_READ));
        }
        if (writer != null) {
            writer.config()
                    .setWriteBufferWaterMark(size == BASE ? BASE_MARK : new WriteBufferWaterMark(size / 2, size));
        }
    }

    private static long cost(int size) {
        return (long) size + Math.min(size, LARGEST_READ);
    }
}
