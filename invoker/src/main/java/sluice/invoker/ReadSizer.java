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

    ReadSizer(int most) {
        this.most = most;
    }

    void most(int bytes) {
        most = bytes;
    }

    @Override
    @SuppressWarnings("deprecation") // the only way to say how large a read is
    public Handle newHandle() {
        return new Sizes();
    }

    private final class Sizes extends MaxMessageHandle {
        private int next = FIRST;
        private boolean wasSmall;

        @Override
        public int guess() {
            return Math.min(next, most);
        }

        @Override
        public void lastBytesRead(int bytes) {
            if (bytes > 0) {
                learn(bytes);
            }
            super.lastBytesRead(bytes);
        }

        private void learn(int bytes) {
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
