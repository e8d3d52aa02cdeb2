package sluice.invoker;

import io.netty.channel.Channel;
import io.netty.channel.WriteBufferWaterMark;
import org.jspecify.annotations.Nullable;

/**
 * How much of one direction of a call may be in this process (design, memory per stream). Half of the guaranteed 64 KiB
 * is one read, half is what may wait to be written while the next is read. A direction whose reader keeps up doubles its
 * reads, out of a budget that all share; one that stalls goes back, and gives back its share of the budget once what waits
 * has been taken. What is read in one piece leaves in one piece, which wakes the processes at both ends less often: that,
 * not the copying, is most of the cost of a long body.
 *
 * <p>Confined to its loop.
 */
final class StreamWindow {
    /** What may wait to be written, and the largest read before a stream has shown that its reader keeps up. */
    static final int BASE = 32 * 1024;

    /** A reader for which reads had to pause, and which has taken what waited within this time, keeps up too. */
    static final long SOON_NANOS = 50_000_000L;

    static final WriteBufferWaterMark MARK = new WriteBufferWaterMark(BASE / 2, BASE);

    private final StreamBudget budget;
    private final int most;
    private int size = BASE;
    private boolean isStalled;

    /** @param most bytes, of a read and of what may wait beside it */
    StreamWindow(StreamBudget budget, int most) {
        this.budget = budget;
        this.most = most - BASE;
    }

    /** That of one direction of a call. */
    static StreamWindow of(RelayContext relay) {
        return new StreamWindow(relay.budget(), relay.config().maxWindow());
    }

    /** Prepares a channel before its first read: only then is it asked for its sizer. */
    static void prepare(Channel channel, ReadSizer sizer) {
        channel.config().setRecvByteBufAllocator(sizer);
        channel.config().setWriteBufferWaterMark(MARK);
    }

    /** A body of {@code bytes} will be read by {@code reader}: as much of it at once as may be, or as the budget has. */
    void expect(long bytes, @Nullable ReadSizer reader) {
        for (int wanted = (int) Math.min(bytes, most); reader != null && wanted > size; wanted /= 2) {
            grow(wanted, reader);
        }
    }

    /**
     * A turn is over, and the reader has taken what was read, at once or soon. If a read was as large as it may be, more
     * would have gone through; if so much does not come any more, somebody else may have the room.
     */
    void keptUp(@Nullable ReadSizer reader) {
        if (reader != null && reader.wasFull()) {
            grow(2 * size, reader);
        } else if (reader != null && reader.next() < size / 4) {
            shrink(reader);
        }
    }

    private void grow(int wanted, ReadSizer reader) {
        int larger = Math.min(wanted, most);
        if (larger > size && budget.take(larger - size)) {
            size = larger;
            reader.most(size);
        }
    }

    /**
     * The reader has taken nothing for a while. No more than guaranteed is read from now on; but what was read with a larger
     * window still waits, so that its share of the budget is kept: otherwise others would take it, and stall too.
     */
    void stall(ReadSizer reader) {
        if (size > BASE && !isStalled) {
            isStalled = true;
            reader.most(BASE);
        }
    }

    /**
     * Nothing more will be read, so that {@code reader}, if it is still there, may serve another stream; but what was read
     * still waits, and keeps its share of the budget until {@link #shrink}.
     */
    void end(@Nullable ReadSizer reader) {
        if (reader != null) {
            stall(reader);
        }
    }

    /** What waited has been taken. */
    void drained(ReadSizer reader) {
        if (isStalled) {
            shrink(reader);
        }
    }

    /** The reader did not keep up, or the stream is over; a side that is gone is null. */
    void shrink(@Nullable ReadSizer reader) {
        isStalled = false;
        if (size > BASE) {
            budget.giveBack(size - BASE);
            size = BASE;
            if (reader != null) {
                reader.most(size);
            }
        }
    }
}
