package sluice.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Counts the frames of an HTTP/2 connection that move nothing: SETTINGS, PING, PRIORITY, empty DATA that ends no stream,
 * and unknown ones. Each is cheap to send and costs an answer or a look. Counts the resets that the gateway sends, too,
 * since a client can provoke them. More than so many within ten seconds end the connection with ENHANCE_YOUR_CALM (RFC 9113,
 * 10.5). A client's own resets and header fragments are counted by the codec. So does a head that is not complete in time,
 * however its bytes and fragments come.
 *
 * <p>It stands in front of whatever finds out the protocol, leaves when that is not HTTP/2, and else only looks at the nine
 * bytes before each frame. One per connection, on its loop.
 */
final class FrameFlood extends ChannelDuplexHandler {
    private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final byte[] PREFACE =
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII); // RFC 9113, 3.4
    private static final int FRAME_HEAD_BYTES = 9;
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int GOAWAY = 7;
    private static final int WINDOW_UPDATE = 8;
    private static final int CONTINUATION = 9;
    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;
    private static final byte ENHANCE_YOUR_CALM = 11;
    private static final long GOODBYE_MILLIS = 500;
    /** No stream is refused for it: whether one was handled, the client must find out as after any lost connection. */
    private static final byte[] GO_AWAY = {0, 0, 8, GOAWAY, 0, 0, 0, 0, 0, 0x7f, -1, -1, -1, 0, 0, 0, ENHANCE_YOUR_CALM
    };

    private static final int RESET_BYTES = FRAME_HEAD_BYTES + 4;

    private final int mostFrames;
    private final int mostResets;
    private final Duration headTimeout;
    private final byte[] head = new byte[FRAME_HEAD_BYTES];
    private int headBytes;
    private int prefaceBytes;
    private long toSkip;
    private long windowStart = System.nanoTime();
    private int frames;
    private int resets;
    private boolean isOver;
    private boolean isInHead;
    private boolean endsHead;
    private @Nullable ScheduledFuture<?> headDeadline;

    /**
     * Allows {@code mostFrames} that move nothing, and {@code mostResets} of our own, in ten seconds, and {@code headTimeout}
     * from the beginning of a head to its end.
     */
    FrameFlood(int mostFrames, int mostResets, Duration headTimeout) {
        this.mostFrames = mostFrames;
        this.mostResets = mostResets;
        this.headTimeout = headTimeout;
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        stopWaitingForHead();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        stopWaitingForHead();
        ctx.fireChannelInactive();
    }

    private void waitForHead(ChannelHandlerContext ctx) {
        if (isInHead && headDeadline == null) {
            headDeadline = ctx.executor()
                    .schedule(
                            () -> {
                                isOver = true;
                                end(ctx);
                            },
                            headTimeout.toNanos(),
                            TimeUnit.NANOSECONDS);
        } else if (!isInHead) {
            stopWaitingForHead();
        }
    }

    private void stopWaitingForHead() {
        if (headDeadline != null) {
            boolean unused = headDeadline.cancel(false);
            headDeadline = null;
        }
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        boolean isReset =
                !isOver && message instanceof ByteBuf bytes && isReset(bytes); // it is ours only until it is written
        ctx.write(message, promise);
        if (isReset) {
            turnWindow();
            isOver = ++resets > mostResets;
            if (isOver) {
                ctx.executor().execute(() -> end(ctx)); // not in the middle of what the codec is doing
            }
        }
    }

    /** Whether it is a whole RST_STREAM frame: the codec writes each by itself. */
    private static boolean isReset(ByteBuf bytes) {
        return bytes.readableBytes() == RESET_BYTES
                && bytes.getUnsignedMedium(bytes.readerIndex()) == RESET_BYTES - FRAME_HEAD_BYTES
                && bytes.getByte(bytes.readerIndex() + 3) == RST_STREAM;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (isOver) {
            ReferenceCountUtil.release(message);
            return;
        }
        if (message instanceof ByteBuf bytes) {
            int from = pastPreface(bytes);
            if (from < 0) {
                ctx.pipeline().remove(this);
            } else {
                look(bytes, from);
                waitForHead(ctx);
            }
            if (isOver) {
                bytes.release();
                end(ctx);
                return;
            }
        }
        ctx.fireChannelRead(message);
    }

    /** Where frames begin in {@code bytes}, or -1 when this is another protocol. */
    private int pastPreface(ByteBuf bytes) {
        int at = bytes.readerIndex();
        while (prefaceBytes < PREFACE.length && at < bytes.writerIndex()) {
            if (bytes.getByte(at++) != PREFACE[prefaceBytes++]) {
                return -1;
            }
        }
        return at;
    }

    private void look(ByteBuf bytes, int from) {
        int at = from;
        int end = bytes.writerIndex();
        while (at < end && !isOver) {
            if (toSkip > 0) {
                int skipped = (int) Math.min(toSkip, end - at);
                toSkip -= skipped;
                at += skipped;
                isInHead &= toSkip > 0 || !endsHead;
            } else {
                head[headBytes++] = bytes.getByte(at++);
                if (headBytes == FRAME_HEAD_BYTES) {
                    headBytes = 0;
                    frame();
                }
            }
        }
    }

    private void frame() {
        int length = (head[0] & 0xff) << 16 | (head[1] & 0xff) << 8 | (head[2] & 0xff);
        toSkip = length;
        if (head[3] == HEADERS || head[3] == CONTINUATION) {
            endsHead = (head[4] & END_HEADERS) != 0;
            isInHead = length > 0 || !endsHead;
        }
        if (movesSomething(head[3], head[4], length)) {
            return;
        }
        turnWindow();
        isOver = ++frames > mostFrames;
    }

    private void turnWindow() {
        long now = System.nanoTime();
        if (now - windowStart > WINDOW_NANOS) {
            windowStart = now;
            frames = 0;
            resets = 0;
        }
    }

    private static boolean movesSomething(int type, int flags, int length) {
        return switch (type) {
            case DATA -> length > 0 || (flags & END_STREAM) != 0;
            case HEADERS, RST_STREAM, GOAWAY, WINDOW_UPDATE, CONTINUATION -> true;
            default -> false;
        };
    }

    /** Says why past the codec, which would wait for its streams, and goes on reading so that it arrives. */
    private static void end(ChannelHandlerContext ctx) {
        ctx.writeAndFlush(Unpooled.wrappedBuffer(GO_AWAY));
        ctx.executor().schedule(() -> ctx.close(), GOODBYE_MILLIS, TimeUnit.MILLISECONDS);
    }
}
