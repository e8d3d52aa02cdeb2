package sluice.invoker;

import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;

/**
 * How large the next read buffer is: twice as large after a full one, smaller after two that were mostly empty, never
 * beyond a limit that {@link StreamWindow} moves. One per channel, confined to its loop.
 */
final class ReadSizer extends DefaultMaxMessagesRecvByteBufAllocator {
    private static final int LEAST = 512;
    private static final int FIRST = 2 * 1024;

    private int most;
    private int next = FIRST;
    private boolean wasSmall;
    private boolean wasFull;

    ReadSizer(int most) {
        this.most = most;
    }

    /** Moves the limit. Whoever raises it expects as much, so the next read is as large as may be. */
    void most(int bytes) {
        next = bytes > most ? bytes : Math.min(next, bytes);
        most = bytes;
        wasSmall = false;
        wasFull = false;
    }

    /** Whether the last read filled a buffer as large as it may be, so that there is more to come. */
    boolean wasFull() {
        return wasFull;
    }

    /** How large the next read will be. */
    int next() {
        return Math.min(next, most);
    }

    @Override
    @SuppressWarnings("deprecation") // the only way to say how large a read is
    public Handle newHandle() {
        return new Sizes();
    }

    private final class Sizes extends MaxMessageHandle {
        @Override
        public int guess() {
            return next();
        }

        @Override
        public void lastBytesRead(int bytes) {
            if (bytes > 0) {
                learn(bytes);
            }
            super.lastBytesRead(bytes);
        }

        private void learn(int bytes) {
            wasFull = bytes >= most;
            if (bytes >= guess()) {
                next = Math.min(2 * guess(), most);
                wasSmall = false;
            } else if (bytes < next / 4) {
                if (wasSmall) {
                    next = Math.max(LEAST, next / 2);
                }
                wasSmall = !wasSmall;
            } else {
                wasSmall = false;
            }
        }
    }
}
