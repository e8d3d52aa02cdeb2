package sluice.invoker;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.ssl.SslHandler;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import sluice.core.ConnectionFacts;
import sluice.core.DataPlane;

/**
 * The HTTP/1 door: stands in front of the server's codec, reads each request head strictly, and either relays the call
 * or passes the request down, one at a time and in order (row F9). What is passed down has been checked by the same
 * rules, byte for byte, so that there is no second opinion about where a request ends.
 *
 * <p>Reads stay on while a call is in flight, into {@link #input} (at most 64 KiB), so that a client that leaves is
 * noticed on any transport. For a request that was passed down, the server's own demand decides.
 *
 * <p>Confined to its loop. Owns {@link #input} and {@link #answer}.
 */
final class ClientConnection extends ChannelDuplexHandler implements Downstream, DataPlane.Passage {
    private static final byte[] CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final ByteBuf LAST_CHUNK = Unpooled.unreleasableBuffer(Unpooled.directBuffer()
            .writeBytes("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII))
            .asReadOnly());
    /** Largest body part that travels in the head's own buffer. */
    private static final int SMALL_BODY = 8 * 1024;

    private static final long MOST_LINGERED = 1 << 20;
    private static final long LINGER_NANOS = 1_000_000_000L;

    private enum State {
        /** Between requests, or in the middle of a head. */
        HEAD,
        CALL,
        /** The control plane has the request. */
        PASSED,
        /** It speaks another protocol by now: what comes is passed down as it is. */
        SWITCHED,
        TUNNEL,
        /** Answered before the request was read: what is left of it is read and dropped (row F10). */
        DRAINING,
        /** Our side is closed; what the client still sends is read, so that it gets our answer and not a reset. */
        LINGERING,
        CLOSED
    }

    private final RelayContext relay;
    private final LoopState loop;
    private final RequestDesk desk;
    private final ReadSizer sizer;
    private final BodyReader body = new BodyReader();
    private final Clock clock = new Clock();

    private @Nullable ChannelHandlerContext context;
    private @Nullable ByteBuf input;
    private @Nullable ByteBuf answer;
    private @Nullable Exchange call;
    private State state = State.HEAD;
    private boolean isStepping;
    private int scanned;
    private boolean isModern;
    private boolean isHeadRequest;
    private boolean keepsAlive;
    private boolean acceptsJson;
    private boolean isPassedAnswered;
    private AnswerHead.Framing framing = AnswerHead.Framing.DECLARED;
    private long drained;

    /** @param sizer that of the channel */
    ClientConnection(RelayContext relay, LoopState loop, ReadSizer sizer, ConnectionFacts facts) {
        this.sizer = sizer;
        this.relay = relay;
        this.loop = loop;
        this.desk = new RequestDesk(relay, loop, facts);
    }

    // ---- bytes from the client -------------------------------------------------------------------------------------

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        loop.wake();
        context = ctx;
        Channel channel = ctx.channel();
        channel.config().setAllocator(PooledByteBufAllocator.DEFAULT);
        channel.config().setWriteBufferWaterMark(StreamWindow.MARK);
        channel.config().setAutoRead(true);
        loop.clients.add(this);
        clock.awaitRequest();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        loop.wake();
        ByteBuf data = (ByteBuf) message;
        Exchange current = call;
        if (state == State.TUNNEL && current != null) {
            current.tunnel(data);
            return;
        }
        ByteBuf before = input;
        input = before == null ? data : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), before, data);
        work();
    }

    private void work() {
        if (isStepping) {
            return;
        }
        isStepping = true;
        try {
            while (step()) {
                // as far as the bytes go
            }
        } finally {
            isStepping = false;
        }
        if (state != State.HEAD) {
            clock.noLast(); // the last request counts as a call by now
        }
        ByteBuf rest = input;
        if (rest != null && !rest.isReadable()) {
            input = null;
            rest.release();
        } else if (rest != null
                && (state == State.CALL || state == State.PASSED)
                && rest.readableBytes() > Exchange.READ_AHEAD) {
            pauseReading();
        }
    }

    private boolean step() {
        ByteBuf in = input;
        if (in == null || !in.isReadable()) {
            return false;
        }
        return switch (state) {
            case HEAD -> readHead(in);
            case CALL -> readBody(in);
            case PASSED -> passBody(in);
            case SWITCHED -> passAll();
            case DRAINING, LINGERING -> drop(in);
            case TUNNEL -> tunnelRest(in);
            case CLOSED -> {
                in.skipBytes(in.readableBytes());
                yield false;
            }
        };
    }

    private boolean readHead(ByteBuf in) {
        if (!isWritable()) {
            pauseReading(); // answers wait to be read: no more of them until they are (promise 6)
            return false;
        }
        if (!mayBeComplete(in)) {
            return false;
        }
        Head head = loop.head;
        Head.Result result = head.readRequest(in);
        if (result == Head.Result.INCOMPLETE) {
            scanned = in.readableBytes();
            clock.awaitHead();
            return false;
        }
        scanned = 0;
        clock.stop();
        acceptsJson = false;
        isModern = true;
        keepsAlive = false;
        isHeadRequest = false;
        if (result != Head.Result.COMPLETE) {
            body.none();
            refuse(desk.refusalOf(result), null);
            ended(false);
            return false;
        }
        isHeadRequest = Head.isMethod(head, "HEAD");
        Refusal refusal = desk.read();
        RequestFacts facts = loop.facts;
        keepsAlive = facts.keepsAlive && (refusal == null || !refusal.closes());
        isModern = head.minorVersion == 1;
        acceptsJson = facts.acceptsJson;
        expectBody(facts, refusal);
        if (refusal == null && desk.isForControl()) {
            pass(in, head.length);
            return true;
        }
        in.skipBytes(head.length);
        if (refusal != null) {
            desk.keepCallId();
            refuse(refusal, null);
            ended(false);
        } else {
            begin(facts);
        }
        return true;
    }

    /** Whether a new look at an incomplete head is worth it: only a line end can have completed it. */
    private boolean mayBeComplete(ByteBuf in) {
        int size = in.readableBytes();
        HeadLimits limits = relay.config().heads();
        if (scanned == 0
                || size > limits.requestHead()
                || (size > limits.requestLine() && scanned <= limits.requestLine())) {
            return true;
        }
        boolean hasLineEnd = in.indexOf(in.readerIndex() + scanned, in.writerIndex(), (byte) '\n') >= 0;
        scanned = size;
        return hasLineEnd;
    }

    private void expectBody(RequestFacts facts, @Nullable Refusal refusal) {
        if (refusal != null && refusal.closes()) {
            body.none();
        } else if (facts.isChunked) {
            body.chunked();
        } else {
            body.length(Math.max(0, facts.contentLength));
        }
        if (refusal != null && facts.expectsContinue) {
            keepsAlive = false; // whether the body will come now is the client's guess
            body.none();
        }
    }

    private void begin(RequestFacts facts) {
        boolean invites = facts.expectsContinue;
        Exchange opened = desk.open(this);
        if (opened == null) {
            desk.keepCallId();
            refuse(desk.lastRefusal(), null);
            ended(false);
            return;
        }
        call = opened;
        state = State.CALL;
        if (invites && !body.isDone()) {
            sendContinue();
        }
        opened.start();
    }

    private boolean readBody(ByteBuf in) {
        Exchange current = call;
        if (current == null || body.isDone()) {
            return false; // the next request waits its turn
        }
        ByteBuf data = body.next(in, loop.head);
        if (data != null) {
            current.requestBody(data);
        }
        if (body.isBroken()) {
            keepsAlive = false;
            body.none();
            current.requestBroken();
            return false;
        }
        if (body.isDone() && call == current) {
            current.requestEnd(data == null ? loop.head : null);
        }
        return data != null || state != State.CALL;
    }

    private boolean drop(ByteBuf in) {
        if (state == State.LINGERING) {
            drained += in.readableBytes();
            in.skipBytes(in.readableBytes());
            if (drained > MOST_LINGERED) {
                closeNow();
            }
            return false;
        }
        ByteBuf data = body.next(in, loop.head);
        if (data != null) {
            drained += data.readableBytes();
            data.release();
        }
        if (body.isBroken() || drained > Exchange.READ_AHEAD) {
            closeGently();
            return false;
        }
        if (body.isDone()) {
            next();
            return true;
        }
        return data != null;
    }

    private boolean tunnelRest(ByteBuf in) {
        Exchange current = call;
        input = null;
        if (current == null) {
            in.release();
        } else {
            current.tunnel(in);
            current.requestReadComplete(); // no read of the socket follows that would flush it
        }
        return false;
    }

    // ---- requests of the control plane -----------------------------------------------------------------------------

    private void pass(ByteBuf in, int headLength) {
        state = State.PASSED;
        isPassedAnswered = false;
        ctx().channel().config().setAutoRead(false);
        ctx().fireChannelRead(in.readRetainedSlice(headLength));
        if (body.isDone()) {
            ctx().fireChannelReadComplete();
            watchWhilePassed();
        }
    }

    /** The server has the whole request; from now on reads only tell whether the client is still there. */
    private void watchWhilePassed() {
        if (state == State.PASSED) {
            ctx().channel().config().setAutoRead(true);
        }
    }

    private boolean passBody(ByteBuf in) {
        if (body.isDone()) {
            return false;
        }
        int from = in.readerIndex();
        ByteBuf data = body.next(in, loop.head);
        boolean goesOn = data != null || body.isDone();
        if (data != null) {
            data.release();
        }
        if (body.isBroken()) {
            closeNow();
            return false;
        }
        ctx().fireChannelRead(in.retainedSlice(from, in.readerIndex() - from));
        if (body.isDone()) {
            if (isPassedAnswered) {
                next();
            } else {
                watchWhilePassed();
            }
        }
        return goesOn;
    }

    @Override
    public void answered() {
        if (state == State.PASSED) {
            isPassedAnswered = true;
            if (body.isDone()) {
                next();
                work();
            }
        }
    }

    @Override
    public void switched() {
        if (state == State.PASSED) {
            state = State.SWITCHED;
            work(); // what came behind the request's head
            readWhileWritable();
        }
    }

    private boolean passAll() {
        ByteBuf all = input;
        input = null;
        if (all != null) {
            ctx().fireChannelRead(all);
            ctx().fireChannelReadComplete();
        }
        return false;
    }

    /** Whoever does not read answers is not listened to, so that answers do not pile up. */
    private void readWhileWritable() {
        ctx().channel().config().setAutoRead(isWritable());
    }

    private void next() {
        state = State.HEAD;
        scanned = 0;
        ctx().channel().config().setAutoRead(true);
        if (relay.isDraining()) {
            clock.awaitLast();
        } else {
            clock.awaitRequest();
        }
    }

    // ---- the client's side of a call -------------------------------------------------------------------------------

    @Override
    public Channel channel() {
        return ctx().channel();
    }

    @Override
    public ReadSizer sizer() {
        return sizer;
    }

    @Override
    public void sendContinue() {
        ctx().writeAndFlush(Unpooled.wrappedBuffer(CONTINUE), ctx().voidPromise());
    }

    @Override
    public void answerHead(Head head, ResponseFacts facts, ForwardedHead request, boolean hasBody) {
        if (!hasBody || facts.contentLength >= 0) {
            framing = AnswerHead.Framing.DECLARED;
        } else if (isModern) {
            framing = AnswerHead.Framing.CHUNKED;
        } else {
            framing = AnswerHead.Framing.UNTIL_CLOSE;
            keepsAlive = false;
        }
        if (relay.isDraining() || !mayDrainRest()) {
            keepsAlive = false;
        }
        long small = hasBody && framing == AnswerHead.Framing.DECLARED ? Math.min(SMALL_BODY, facts.contentLength) : 0;
        answer = AnswerHead.write(loop.out, head, facts, request, framing, persistence(), relay.servedBy())
                .toBuffer(ctx().alloc(), (int) small);
    }

    private AnswerHead.Persistence persistence() {
        if (!keepsAlive) {
            return AnswerHead.Persistence.CLOSES;
        }
        return isModern ? AnswerHead.Persistence.KEEPS : AnswerHead.Persistence.KEEPS_AND_SAYS_SO;
    }

    /** Whether what is left of the request is little enough to be read and dropped. */
    private boolean mayDrainRest() {
        return body.left() <= Exchange.READ_AHEAD;
    }

    @Override
    public void answerBody(ByteBuf data) {
        ByteBuf head = answer;
        int size = data.readableBytes();
        if (head != null && framing != AnswerHead.Framing.CHUNKED && size <= head.writableBytes()) {
            head.writeBytes(data);
            data.release();
            return;
        }
        writeHead();
        if (framing == AnswerHead.Framing.CHUNKED && size > 0) {
            UpstreamConnection.writeChunk(ctx(), data, size);
        } else {
            ctx().write(data, ctx().voidPromise());
        }
    }

    private void writeHead() {
        ByteBuf head = answer;
        if (head != null) {
            answer = null;
            ctx().write(head, ctx().voidPromise());
        }
    }

    @Override
    public void answerEnd(@Nullable Head trailers) {
        writeHead();
        if (framing == AnswerHead.Framing.CHUNKED) {
            ctx().write(
                            trailers == null || trailers.fields == 0
                                    ? LAST_CHUNK.duplicate()
                                    : Trailers.lastChunk(loop.out, trailers).toBuffer(ctx().alloc(), 0),
                            ctx().voidPromise());
        }
        ctx().flush();
    }

    @Override
    public void refuse(Refusal refusal, @Nullable ForwardedHead request) {
        if (refusal.closes() || relay.isDraining() || !mayDrainRest()) {
            keepsAlive = false;
        }
        if (refusal.closes()) {
            body.none();
        }
        if (refusal.status() >= 300) { // a browser that asks whether it may is refused nothing
            relay.counters().refused.increment();
        }
        ctx().writeAndFlush(
                        desk.answerTo(refusal, request, acceptsJson, persistence(), isHeadRequest, ctx().alloc()),
                        ctx().voidPromise());
    }

    @Override
    public void switchProtocol(Head head, ForwardedHead request) {
        keepsAlive = false;
        framing = AnswerHead.Framing.UNTIL_CLOSE;
        state = State.TUNNEL;
        ctx().writeAndFlush(
                        AnswerHead.writeSwitch(loop.out, head, request, relay.servedBy())
                                .toBuffer(ctx().alloc(), 0),
                        ctx().voidPromise());
        work(); // what came behind the request's head is the tunnel's now (row F12)
        ctx().channel().config().setAutoRead(true);
    }

    @Override
    public void flush() {
        writeHead();
        ctx().flush();
    }

    @Override
    public boolean isWritable() {
        return ctx().channel().isWritable();
    }

    @Override
    public long pendingBytes() {
        var pending = ctx().channel().unsafe().outboundBuffer();
        return pending == null ? 0 : pending.totalPendingWriteBytes();
    }

    @Override
    public void whenTaken(Runnable then) {
        ctx().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> then.run());
    }

    @Override
    public void pauseReading() {
        ctx().channel().config().setAutoRead(false);
    }

    @Override
    public void resumeReading() {
        ByteBuf waiting = input;
        if (waiting == null || waiting.readableBytes() <= Exchange.READ_AHEAD) {
            ctx().channel().config().setAutoRead(true);
        }
    }

    @Override
    public void ended(boolean isAborted) {
        boolean wasTunnel = state == State.TUNNEL;
        call = null;
        ByteBuf unsent = answer;
        if (unsent != null) {
            answer = null;
            unsent.release();
        }
        if (state == State.CLOSED) {
            return;
        }
        if (wasTunnel) {
            closeAfterWrites();
        } else if (isAborted) {
            abortConnection();
        } else if (!keepsAlive) {
            closeGently();
        } else if (body.isDone()) {
            next();
            work();
        } else {
            state = State.DRAINING;
            drained = 0;
            ctx().channel().config().setAutoRead(true);
            clock.linger();
            work();
        }
    }

    // ---- ends ------------------------------------------------------------------------------------------------------

    /**
     * Nothing more for this client: a busy connection closes with its answer, an idle one when no request has come for a
     * moment. One may be on its way, and would be lost: whoever sends it cannot know yet.
     */
    void drain() {
        if (state == State.HEAD && input == null) {
            clock.awaitLast();
        }
    }

    boolean isBusy() {
        return call != null || state == State.PASSED || state == State.SWITCHED;
    }

    /** The time of the drain is over. */
    void abortNow() {
        Exchange current = call;
        if (current != null) {
            current.abort();
        } else {
            closeNow();
        }
    }

    /** Half-closes and reads on for a moment, so that the client gets the answer instead of a reset. */
    private void closeGently() {
        state = State.LINGERING;
        drained = 0;
        clock.linger();
        ctx().channel().config().setAutoRead(true);
        ctx().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener((ChannelFutureListener) written -> {
            Channel channel = written.channel();
            if (written.isSuccess() && channel instanceof DuplexChannel duplex && !desk.isSecure()) {
                duplex.shutdownOutput();
            } else {
                channel.close();
            }
        });
        work();
    }

    private void closeAfterWrites() {
        state = State.CLOSED;
        ctx().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    /** Ends an incomplete answer so that it looks incomplete: by a reset where only the end of the stream would tell. */
    private void abortConnection() {
        if (framing != AnswerHead.Framing.UNTIL_CLOSE) {
            closeNow();
            return;
        }
        state = State.CLOSED;
        var unused = ctx().channel().config().setOption(ChannelOption.SO_LINGER, 0);
        ChannelHandlerContext tls = ctx().pipeline().context(SslHandler.class);
        (tls == null ? ctx() : tls).close(); // beneath TLS, whose farewell would say that the answer is whole
    }

    private void closeNow() {
        state = State.CLOSED;
        ctx().close();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        Exchange current = call;
        if (current != null) {
            current.requestReadComplete();
        } else if (state == State.PASSED) {
            ctx.fireChannelReadComplete();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        loop.wake();
        Exchange current = call;
        if (current != null && ctx.channel().isWritable()) {
            current.downstreamWritable();
        } else if (state == State.HEAD && ctx.channel().isWritable()) {
            ctx.channel().config().setAutoRead(true);
            work();
        } else if (state == State.SWITCHED) {
            readWhileWritable();
        }
        ctx.fireChannelWritabilityChanged();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (state == State.PASSED || state == State.SWITCHED) {
            ctx.fireExceptionCaught(cause);
        } else {
            ctx.close();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        loop.wake();
        state = State.CLOSED;
        clock.stop();
        clock.noLast();
        loop.clients.remove(this);
        Exchange current = call;
        if (current != null) {
            current.downstreamGone();
        }
        ByteBuf rest = input;
        if (rest != null) {
            input = null;
            rest.release();
        }
        ctx.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        clock.stop();
        clock.noLast();
        loop.clients.remove(this);
    }

    private ChannelHandlerContext ctx() {
        ChannelHandlerContext ctx = context;
        if (ctx == null) {
            throw new IllegalStateException("not in a pipeline");
        }
        return ctx;
    }

    /** The deadlines of a connection that is not in a call. */
    private final class Clock extends Timed {
        private boolean inHead;
        private boolean isLast;

        /** A whole request may take as long as an idle connection may. */
        void awaitRequest() {
            inHead = false;
            loop.timer.arm(this, loop.now() + relay.config().idleTimeout().toNanos());
        }

        /** From the first byte of a head on, the rest must come soon (row C1). */
        void awaitHead() {
            if (!inHead) {
                inHead = true;
                loop.timer.arm(this, loop.now() + relay.config().headTimeout().toNanos());
            }
        }

        /** While draining: a last request, or the end. */
        void awaitLast() {
            if (!isLast) {
                isLast = true;
                relay.waitsForLast(1);
            }
            inHead = false;
            loop.timer.arm(this, loop.now() + relay.config().drainIdle().toNanos());
        }

        void linger() {
            noLast();
            loop.timer.arm(this, loop.now() + LINGER_NANOS);
        }

        void stop() {
            loop.timer.disarm(this);
        }

        void noLast() {
            if (isLast) {
                isLast = false;
                relay.waitsForLast(-1);
            }
        }

        @Override
        void expired(long now) {
            if (state == State.HEAD && inHead) {
                keepsAlive = false;
                isModern = true;
                refuse(Refusal.closing(408, "the request head was not complete within SLUICE_HEAD_TIMEOUT"), null);
                ended(false);
            } else if (state == State.HEAD) {
                closeGently();
            } else if (state == State.DRAINING) {
                closeGently();
            } else if (state == State.LINGERING) {
                closeNow();
            }
        }
    }
}
