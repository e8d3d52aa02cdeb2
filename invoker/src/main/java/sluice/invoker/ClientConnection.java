package sluice.invoker;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import org.jspecify.annotations.Nullable;
import sluice.core.ConnectionFacts;
import sluice.core.DataPlane;

/**
 * The HTTP/1 door: stands in front of the server's codec, reads each request head strictly, and either relays the call
 * or passes the request down, one at a time and in order (row F9). What is passed down has been checked by the same
 * rules, byte for byte, so that there is no second opinion about where a request ends.
 *
 * <p>Here is whose turn it is. The bytes that come go to the {@link RequestReader} while a head is due; then to the
 * {@link RelayedRequest} or the {@link PassedRequest}; to the {@link Farewell} if nobody needs them. What goes to the
 * client is the business of the {@link AnswerWriter}.
 *
 * <p>Reads stay on while a call is in flight, into {@link #input} (at most 64 KiB), so that a client that leaves is
 * noticed on any transport.
 *
 * <p>Confined to its loop. Owns {@link #input}.
 */
final class ClientConnection extends ChannelDuplexHandler {
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
    private final BodyReader body = new BodyReader();
    private final AnswerWriter answers;
    private final RequestReader requests;
    private final RelayedRequest relayed;
    private final PassedRequest passed;
    private final Farewell farewell;
    private final ClientClock clock;

    private @Nullable ChannelHandlerContext context;
    private @Nullable ByteBuf input;
    private State state = State.HEAD;
    private boolean isStepping;

    /** @param sizer that of the channel */
    ClientConnection(RelayContext relay, LoopState loop, ReadSizer sizer, ConnectionFacts facts) {
        this.relay = relay;
        this.loop = loop;
        this.desk = new RequestDesk(relay, loop, facts);
        this.answers = new AnswerWriter(relay, loop, desk, this, body, sizer);
        this.requests = new RequestReader(relay.config().heads(), loop, desk, answers, body);
        this.relayed = new RelayedRequest(loop, desk, answers, body);
        this.passed = new PassedRequest(loop, this, body);
        this.farewell = new Farewell(loop, this, body, desk.isSecure());
        this.clock = new ClientClock(relay, loop, this);
    }

    /** Hears what becomes of the requests that were passed down. */
    DataPlane.Passage passage() {
        return passed;
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
        Exchange current = relayed.call();
        if (state == State.TUNNEL && current != null) {
            current.requestBody(data);
            return;
        }
        ByteBuf before = input;
        input = before == null ? data : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), before, data);
        work();
    }

    /** Goes as far as the bytes do that have come. */
    void work() {
        if (isStepping) {
            return;
        }
        isStepping = true;
        try {
            while (step()) {
                // one head, or one part of a body
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
                && rest.readableBytes() > RequestBody.READ_AHEAD) {
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
            case CALL -> relayed.read(in);
            case PASSED -> passed.pass(in);
            case SWITCHED -> {
                input = null;
                passed.passAll(in);
                yield false;
            }
            case TUNNEL -> {
                input = null;
                relayed.tunnelRest(in);
                yield false;
            }
            case DRAINING -> farewell.dropRest(in);
            case LINGERING -> {
                farewell.dropAll(in);
                yield false;
            }
            case CLOSED -> {
                in.skipBytes(in.readableBytes());
                yield false;
            }
        };
    }

    private boolean readHead(ByteBuf in) {
        if (!answers.isWritable()) {
            pauseReading(); // answers wait to be read: no more of them until they are (promise 6)
            return false;
        }
        RequestReader.Outcome outcome = requests.read(in);
        if (outcome == RequestReader.Outcome.INCOMPLETE) {
            clock.awaitHead();
            return false;
        }
        clock.stop();
        switch (outcome) {
            case REFUSED -> refuse(requests.refusal());
            case FOR_CONTROL -> {
                state = State.PASSED;
                passed.begin(in, loop.head.length);
            }
            default -> openCall();
        }
        return true;
    }

    private void refuse(Refusal refusal) {
        answers.refuse(refusal, null);
        ended(false);
    }

    private void openCall() {
        boolean invites = loop.facts.expectsContinue;
        Exchange opened = relayed.open();
        if (opened == null) {
            desk.keepCallId();
            refuse(desk.lastRefusal());
            return;
        }
        state = State.CALL;
        if (invites && !body.isDone()) {
            answers.sendContinue();
        }
        opened.start();
    }

    void pauseReading() {
        ctx().channel().config().setAutoRead(false);
    }

    void resumeReading() {
        ByteBuf waiting = input;
        if (waiting == null || waiting.readableBytes() <= RequestBody.READ_AHEAD) {
            readOn();
        }
    }

    private void readOn() {
        ctx().channel().config().setAutoRead(true);
    }

    // ---- whose turn it is ------------------------------------------------------------------------------------------

    /** The request is over, and so is its answer. */
    void next() {
        state = State.HEAD;
        requests.next();
        readOn();
        if (relay.isDraining()) {
            clock.awaitLast();
        } else {
            clock.awaitRequest();
        }
    }

    boolean isPassing() {
        return state == State.PASSED;
    }

    /** The control plane speaks another protocol with the client from now on. */
    void passEverything() {
        state = State.SWITCHED;
        work(); // what came behind the request's head
    }

    /** The function does. */
    void becomeTunnel() {
        state = State.TUNNEL;
        work(); // what came behind the request's head is the tunnel's now (row F12)
        readOn();
    }

    /** The call is over, or the request was refused; {@code isAborted} when the answer is incomplete. */
    void ended(boolean isAborted) {
        relayed.ended();
        if (state == State.CLOSED) {
            return;
        }
        if (state == State.TUNNEL) {
            state = State.CLOSED;
            farewell.closeAfterWrites();
        } else if (isAborted) {
            cut();
        } else if (!answers.keepsAlive()) {
            closeGently();
        } else if (body.isDone()) {
            next();
            work();
        } else {
            state = State.DRAINING;
            farewell.listen();
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

    /** The time of the drain is over. */
    void abortNow() {
        Exchange current = relayed.call();
        if (current != null) {
            current.abort();
        } else {
            closeNow();
        }
    }

    /** A deadline of the clock has passed, in the middle of a head or not. */
    void late(boolean inHead) {
        if (state == State.HEAD && inHead) {
            answers.heedNothing();
            refuse(Refusal.closing(408, "the request head was not complete within SLUICE_HEAD_TIMEOUT"));
        } else if (state == State.HEAD || state == State.DRAINING) {
            closeGently();
        } else if (state == State.LINGERING) {
            closeNow();
        }
    }

    /** Ends the connection so that the client gets what was written. */
    void closeGently() {
        state = State.LINGERING;
        clock.linger();
        farewell.halfClose();
        work();
    }

    /** Ends an incomplete answer so that it looks incomplete. */
    private void cut() {
        if (answers.endsByClosing()) {
            state = State.CLOSED;
            farewell.reset();
        } else {
            closeNow();
        }
    }

    void closeNow() {
        state = State.CLOSED;
        ctx().close();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        Exchange current = relayed.call();
        if (current != null) {
            current.requestReadComplete();
        } else if (state == State.PASSED) {
            ctx.fireChannelReadComplete();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        loop.wake();
        Exchange current = relayed.call();
        if (current != null && ctx.channel().isWritable()) {
            current.answer.downstreamWritable();
        } else if (state == State.HEAD && ctx.channel().isWritable()) {
            readOn();
            work();
        } else if (state == State.SWITCHED) {
            passed.readWhileWritable();
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
        forget();
        Exchange current = relayed.call();
        if (current != null) {
            current.abort();
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
        forget();
    }

    private void forget() {
        clock.stop();
        clock.noLast();
        loop.clients.remove(this);
    }

    ChannelHandlerContext ctx() {
        ChannelHandlerContext ctx = context;
        if (ctx == null) {
            throw new IllegalStateException("not in a pipeline");
        }
        return ctx;
    }
}
