package sluice.invoker;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.ByteToMessageDecoder;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a replica, serving one call at a time. Reads the answer strictly and by its framing: it goes back to
 * its pool only when request and answer are complete, nobody said close, and not a byte is left over (promise 2).
 *
 * <p>Confined to its loop. It owns {@link #input}; parts of it handed to the call are slices with a count of their own.
 */
final class UpstreamConnection extends ChannelInboundHandlerAdapter {
    private enum State {
        IDLE,
        HEAD,
        BODY,
        TUNNEL,
        CLOSED
    }

    private final LoopState loop;
    private final UpstreamPool pool;
    private final Replica replica;
    private final InvokerConfig config;
    private final BodyReader body = new BodyReader();
    private final ReadSizer sizer = new ReadSizer(StreamWindow.BASE);
    private final long bornNanos;

    private @Nullable ChannelHandlerContext context;
    private @Nullable Exchange call;
    private @Nullable ByteBuf input;
    private State state = State.IDLE;
    private boolean isReused;
    private boolean hasAnswered;
    private boolean keepsAlive;
    private boolean hasReset;
    private long idleSinceNanos;
    private long idleLifeNanos;

    UpstreamConnection(LoopState loop, UpstreamPool pool, Replica replica, InvokerConfig config) {
        this.loop = loop;
        this.pool = pool;
        this.replica = replica;
        this.config = config;
        this.bornNanos = loop.now();
        this.idleLifeNanos = config.upstreamIdle().toNanos();
    }

    // ---- for the pool ----------------------------------------------------------------------------------------------

    Channel channel() {
        return ctx().channel();
    }

    ReadSizer sizer() {
        return sizer;
    }

    boolean isUsable() {
        return state == State.IDLE && channel().isActive() && !isWornOut(loop.now());
    }

    void idleSince(long now) {
        idleSinceNanos = now;
    }

    boolean isIdleFor(long now, long nanos) {
        return now - idleSinceNanos >= nanos;
    }

    boolean isWornOut(long now) {
        return (isIdleFor(now, idleLifeNanos) && idleSinceNanos != 0)
                || now - bornNanos >= config.upstreamLife().toNanos();
    }

    // ---- the request -----------------------------------------------------------------------------------------------

    /**
     * Begins to serve {@code forCall}: sends its head, of which it takes ownership, and what there is of its body.
     *
     * @param requestBody null where the request has none
     */
    void send(Exchange forCall, ByteBuf head, @Nullable RequestBody requestBody) {
        call = forCall;
        state = State.HEAD;
        hasAnswered = false;
        if (requestBody == null) {
            write(head);
        } else {
            requestBody.sendAhead(head, this);
        }
        flush();
    }

    /** Sends a part of the body; takes ownership. */
    void writeBody(ByteBuf data, boolean isChunked) {
        if (isChunked) {
            Chunks.write(ctx(), data);
        } else {
            write(data);
        }
    }

    void endBody(boolean isChunked, @Nullable Head trailers) {
        if (isChunked) {
            Chunks.writeLast(ctx(), loop.out, trailers);
        }
    }

    /** Takes ownership. */
    void write(ByteBuf data) {
        ChannelHandlerContext ctx = ctx();
        ctx.write(data, ctx.voidPromise());
    }

    void flush() {
        ctx().flush();
    }

    boolean isWritable() {
        return channel().isWritable();
    }

    void pauseReading() {
        channel().config().setAutoRead(false);
    }

    void resumeReading() {
        channel().config().setAutoRead(true);
    }

    /** Closes the connection; whatever it was doing is of no use any more. */
    void abort() {
        call = null;
        channel().close();
    }

    /** Closes the connection once what was written has left. */
    void closeAfterWrites() {
        call = null;
        var unused = ctx().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    // ---- the answer ------------------------------------------------------------------------------------------------

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        loop.wake();
        ByteBuf data = (ByteBuf) message;
        if (call == null) {
            data.release(); // nobody asked: never the next caller's answer (row U4)
            ctx.close();
            return;
        }
        ByteBuf before = input;
        input = before == null ? data : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), before, data);
        while (step()) {
            // as far as the bytes go
        }
        ByteBuf rest = input;
        if (rest != null && !rest.isReadable()) {
            input = null;
            rest.release();
        }
    }

    private boolean step() {
        ByteBuf in = input;
        Exchange current = call;
        if (in == null || current == null || !in.isReadable()) {
            return false;
        }
        return switch (state) {
            case HEAD -> readHead(current, in);
            case BODY -> readBody(current, in);
            case TUNNEL -> {
                input = null;
                current.answer.body(in);
                yield false;
            }
            case IDLE, CLOSED -> false;
        };
    }

    private boolean readHead(Exchange current, ByteBuf in) {
        Head head = loop.head;
        Head.Result result = head.readResponse(in);
        if (result == Head.Result.INCOMPLETE) {
            hasAnswered = true;
            return false;
        }
        if (result != Head.Result.COMPLETE) {
            hasAnswered = true;
            current.answer.bad("malformed head");
            return false;
        }
        hasAnswered = true;
        in.skipBytes(head.length);
        if (head.status == 101) {
            return switchProtocol(current, head);
        }
        if (head.status < 200) {
            if (!current.answer.informational()) {
                current.answer.bad("too many informational responses");
            }
            return true;
        }
        return beginAnswer(current, head);
    }

    private boolean switchProtocol(Exchange current, Head head) {
        if (!current.mayUpgrade) {
            current.answer.bad("101 that was not asked for");
            return false;
        }
        keepsAlive = false;
        state = State.TUNNEL;
        current.switchProtocol(head);
        return true;
    }

    private boolean beginAnswer(Exchange current, Head head) {
        ResponseFacts facts = loop.answer;
        String wrong = facts.read(head);
        if (!wrong.isEmpty()) {
            current.answer.bad(wrong);
            return false;
        }
        keepsAlive = facts.keepsAlive;
        if (facts.keepAliveSeconds >= 0) {
            long life = Math.max(0, facts.keepAliveSeconds - 1L) * 1_000_000_000L;
            idleLifeNanos = Math.min(config.upstreamIdle().toNanos(), life);
        }
        boolean hasBody = frame(current, head, facts);
        state = State.BODY;
        current.answer.head(head, facts, hasBody);
        if (call != null && body.isDone()) {
            complete(current, null);
            return false;
        }
        return true;
    }

    private boolean frame(Exchange current, Head head, ResponseFacts facts) {
        if (current.isHead || head.status == 204 || head.status == 304) {
            body.none();
        } else if (facts.isChunked) {
            body.chunked();
        } else if (facts.contentLength >= 0) {
            body.length(facts.contentLength);
        } else {
            body.untilClose();
            keepsAlive = false;
        }
        return !body.isDone();
    }

    private boolean readBody(Exchange current, ByteBuf in) {
        ByteBuf piece = body.next(in, loop.head);
        if (piece != null) {
            current.answer.body(piece);
        }
        if (body.isBroken()) {
            current.answer.bad("malformed chunk");
            return false;
        }
        if (call != null && body.isDone()) {
            complete(current, piece == null ? loop.head : null); // a chunked body ends with its trailers, not with data
            return false;
        }
        return piece != null;
    }

    private void complete(Exchange current, @Nullable Head trailers) {
        boolean isRequestComplete = current.answer.end(trailers);
        ByteBuf rest = input;
        boolean isLeftOver = rest != null && rest.isReadable();
        call = null;
        state = State.IDLE;
        if (isRequestComplete && keepsAlive && !isLeftOver && channel().isActive()) {
            isReused = true;
            if (!channel().config().isAutoRead()) {
                resumeReading();
            }
            pool.giveBack(this);
        } else {
            channel().close();
        }
        current.finished();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        Exchange current = call;
        if (current != null) {
            current.answer.readComplete();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        loop.wake();
        Exchange current = call;
        if (current != null && ctx.channel().isWritable()) {
            current.upstreamWritable();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        hasReset = true;
        ctx.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        loop.wake();
        boolean wasIdle = state == State.IDLE;
        State before = state;
        state = State.CLOSED;
        ByteBuf rest = input;
        if (rest != null) {
            input = null;
            rest.release();
        }
        Exchange current = call;
        call = null;
        if (current != null) {
            if (before == State.BODY && body.isUntilClose() && !hasReset) {
                var unused = current.answer.end(null);
                current.finished();
            } else {
                current.upstream.closed(isReused && !hasAnswered);
            }
        }
        pool.closed(this, wasIdle);
    }

    private ChannelHandlerContext ctx() {
        ChannelHandlerContext ctx = context;
        if (ctx == null) {
            throw new IllegalStateException("not connected yet");
        }
        return ctx;
    }

    @Override
    public String toString() {
        return "upstream " + replica;
    }
}
