package sluice.invoker;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * The body of one call's request, on its way from the client to the function. Until there is a connection it is read ahead,
 * as far as may be; then it is sent as it comes, and read no faster than the function takes it. What is whole and no longer
 * than {@link #READ_AHEAD} is kept until the answer begins, because it may have to be sent again.
 *
 * <p>After a change of protocol this is what the client says in the tunnel: a body without length, chunks or end.
 *
 * <p>Confined to the loop of its call. Owns the parts in {@link #ahead} and {@link #aheadEnd}.
 */
final class RequestBody {
    /** Bytes of a request body kept before an upstream connection is there, and the most that can be sent again. */
    static final int READ_AHEAD = 64 * 1024;

    private static final long LOOK_NANOS = 1_000_000_000L;

    private final Exchange call;
    private final Queue<ByteBuf> ahead = new ArrayDeque<>(1); // most bodies come in one part
    private final long length;
    private final long startNanos;
    private final boolean isChunked;
    private final boolean keepsTrailers;

    private @Nullable ByteBuf aheadEnd; // last chunk and trailers, where they came before the upstream connection
    private @Nullable StreamWindow window;
    private int aheadBytes;
    private boolean isComplete;
    private boolean isDropped; // of what was sent: it could not be sent again
    private boolean isPaused;
    private long bytes;
    private long progress;

    /** The body that {@code facts} announce. */
    RequestBody(Exchange call, RequestFacts facts) {
        this(call, Math.max(0, facts.contentLength), facts.isChunked, facts.isGrpc);
    }

    private RequestBody(Exchange call, long length, boolean isChunked, boolean keepsTrailers) {
        this.call = call;
        this.length = length;
        this.isChunked = isChunked;
        this.keepsTrailers = keepsTrailers;
        this.startNanos = call.loop.now();
        this.progress = startNanos;
    }

    static RequestBody ofTunnel(Exchange call) {
        return new RequestBody(call, 0, false, false);
    }

    /** Whether it is read whole before anything else happens. */
    boolean isShort() {
        return !isChunked && length <= READ_AHEAD;
    }

    boolean isComplete() {
        return isComplete;
    }

    /** Whether all of it has come, and is still here. */
    boolean isWhole() {
        return isComplete && !isDropped;
    }

    /** Whether the client is not listened to, because what it has sent waits. */
    boolean isPaused() {
        return isPaused;
    }

    /** When the last part came, or reading went on. */
    long progress() {
        return progress;
    }

    // ---- before there is a connection ------------------------------------------------------------------------------

    /** Keeps a part that has come; takes ownership. */
    void keep(ByteBuf data) {
        count(data);
        ahead.add(data);
        aheadBytes += data.readableBytes();
        if (aheadBytes >= READ_AHEAD && !isPaused) {
            pause();
        }
    }

    private void count(ByteBuf data) {
        bytes += data.readableBytes();
        progress = call.loop.now();
    }

    // ---- to the function -------------------------------------------------------------------------------------------

    /** Sends {@code head} and what there is of the body, all of which stays here. */
    void sendAhead(ByteBuf head, UpstreamConnection to) {
        ByteBuf first = head;
        for (ByteBuf part : ahead) {
            int size = part.readableBytes();
            if (!isChunked && first != null && size <= first.writableBytes()) {
                first.writeBytes(part, part.readerIndex(), size);
            } else {
                if (first != null) {
                    to.write(first);
                    first = null;
                }
                to.writeBody(part.retainedDuplicate(), isChunked);
            }
        }
        if (first != null) {
            to.write(first);
        }
        ByteBuf end = aheadEnd;
        if (isComplete && end != null) {
            to.write(end.retainedDuplicate());
        } else if (isComplete) {
            to.endBody(isChunked, null);
        }
    }

    /** What there was has been sent: reads go on, and if more is to come, no copy is kept of what may be a long body. */
    void sent() {
        if (isPaused && aheadBytes >= READ_AHEAD) {
            resume();
        }
        if (!isComplete) {
            release();
            watch();
            if (length > READ_AHEAD) {
                StreamWindow opened = StreamWindow.of(call.relay);
                window = opened;
                opened.expect(length, call.downstream.sizer());
            }
        }
    }

    /** Sends a part that has come; takes ownership. */
    void send(ByteBuf data, UpstreamConnection to) {
        count(data);
        isDropped = true;
        to.writeBody(data, isChunked);
        if (!to.isWritable()) {
            to.flush();
            if (!to.isWritable() && !isPaused) {
                pause();
            }
        }
    }

    /** All of it has come. */
    void end(@Nullable Head trailers) {
        isComplete = true;
        Head kept = keepsTrailers ? trailers : null;
        UpstreamConnection to = call.upstream.connection();
        if (to != null) {
            to.endBody(isChunked, kept);
            to.flush();
        } else if (isChunked && kept != null) {
            aheadEnd = Trailers.lastChunk(call.loop.out, kept)
                    .toBuffer(call.downstream.channel().alloc(), 0);
        }
    }

    /** It will not be sent again: the answer has begun, or the call has ended. */
    void release() {
        for (ByteBuf part = ahead.poll(); part != null; part = ahead.poll()) {
            part.release();
        }
        ByteBuf last = aheadEnd;
        if (last != null) {
            aheadEnd = null;
            last.release();
        }
        aheadBytes = 0;
        isDropped = true;
    }

    // ---- pace ------------------------------------------------------------------------------------------------------

    private void pause() {
        isPaused = true;
        call.downstream.pauseReading();
    }

    private void resume() {
        isPaused = false;
        progress = call.loop.now();
        call.downstream.resumeReading();
        if (call.isRelaying() && !isComplete) {
            watch();
        }
    }

    /** The function has room again. */
    void upstreamWritable() {
        if (isPaused) {
            if (call.loop.now() - progress < StreamWindow.SOON_NANOS) {
                keptUp();
            }
            resume();
        }
    }

    /** The function has taken, at once or soon, what the client had sent. */
    void keptUp() {
        ReadSizer sizer = call.downstream.sizer();
        if (sizer == null || isComplete || !call.isRelaying()) {
            return;
        }
        if (window == null && sizer.wasFull()) {
            window = StreamWindow.of(call.relay);
        }
        if (window != null) {
            window.keptUp(sizer);
        }
    }

    /** Nothing more will be read for this call. */
    void closeWindow() {
        if (window != null) {
            window.shrink(call.downstream.sizer());
            window = null;
        }
    }

    /** Has the client looked at in a while: whether it sends. */
    void watch() {
        long silence = call.relay.config().bodySilence().toNanos();
        call.arm(call.loop.now() + Math.min(LOOK_NANOS, silence));
    }

    /** Looks at the client: what is wrong, or null, and then it will be looked at again (row C2). */
    @Nullable Refusal check(long now) {
        InvokerConfig config = call.relay.config();
        long running = now - startNanos;
        if (now - progress >= config.bodySilence().toNanos()) {
            return Refusal.closing(408, "the request body paused for longer than SLUICE_BODY_SILENCE");
        }
        if (config.uploadRate() > 0
                && running > config.uploadGrace().toNanos()
                && bytes < running / 1_000_000_000.0 * config.uploadRate()
                && !isPaused) {
            return Refusal.closing(408, "the request body came slower than SLUICE_UPLOAD_RATE");
        }
        watch();
        return null;
    }
}
