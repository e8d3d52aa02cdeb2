package sluice.invoker;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The answering side of a {@link ClientConnection}: writes one answer after the other, framed and worded as the client of
 * the request understands it, and knows whether the connection may go on behind it. A small body that announced its length
 * leaves in the buffer of its head.
 *
 * <p>One per connection, confined to its loop; {@link #heed} begins each request. Owns {@link #head}, an answer's head that
 * has not been written yet.
 */
final class AnswerWriter implements Downstream {
    private static final byte[] CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    /** Largest body part that travels in the head's own buffer. */
    private static final int SMALL_BODY = 8 * 1024;

    private final RelayContext relay;
    private final LoopState loop;
    private final RequestDesk desk;
    private final ClientConnection connection;
    private final BodyReader request;
    private final ReadSizer sizer;

    private @Nullable ByteBuf head;
    private AnswerHead.Framing framing = AnswerHead.Framing.DECLARED;
    private boolean isModern;
    private boolean isHeadRequest;
    private boolean keepsAlive;
    private boolean acceptsJson;

    /**
     * @param request the body of the request that is answered
     * @param sizer that of the channel
     */
    AnswerWriter(
            RelayContext relay,
            LoopState loop,
            RequestDesk desk,
            ClientConnection connection,
            BodyReader request,
            ReadSizer sizer) {
        this.relay = relay;
        this.loop = loop;
        this.desk = desk;
        this.connection = connection;
        this.request = request;
        this.sizer = sizer;
    }

    // ---- what of the request matters to its answer -----------------------------------------------------------------

    /** The next answer is that to a head nothing is known of, but that it came in HTTP. */
    void heedNothing() {
        isModern = true;
        isHeadRequest = false;
        keepsAlive = false;
        acceptsJson = false;
    }

    /** The next answer is that to the request in the loop's scratch space. */
    void heed(Head requestHead, RequestFacts facts, @Nullable Refusal refusal) {
        isModern = requestHead.minorVersion == 1;
        isHeadRequest = Head.isMethod(requestHead, "HEAD");
        keepsAlive = facts.keepsAlive && (refusal == null || !refusal.closes());
        acceptsJson = facts.acceptsJson;
    }

    /** The connection ends with this answer. */
    void endConnection() {
        keepsAlive = false;
    }

    boolean keepsAlive() {
        return keepsAlive;
    }

    /** Whether only the end of the connection tells the client where the answer ends. */
    boolean endsByClosing() {
        return framing == AnswerHead.Framing.UNTIL_CLOSE;
    }

    // ---- a function's answer ---------------------------------------------------------------------------------------

    @Override
    public void sendContinue() {
        ctx().writeAndFlush(Unpooled.wrappedBuffer(CONTINUE), ctx().voidPromise());
    }

    @Override
    public void answerHead(Head answered, ResponseFacts facts, ForwardedHead forwarded, boolean hasBody) {
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
        head = AnswerHead.write(loop.out, answered, facts, forwarded, framing, persistence(), relay.servedBy())
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
        return request.left() <= RequestBody.READ_AHEAD;
    }

    @Override
    public void answerBody(ByteBuf data) {
        ByteBuf unsent = head;
        int size = data.readableBytes();
        if (unsent != null && framing != AnswerHead.Framing.CHUNKED && size <= unsent.writableBytes()) {
            unsent.writeBytes(data);
            data.release();
            return;
        }
        writeHead();
        if (framing == AnswerHead.Framing.CHUNKED) {
            Chunks.write(ctx(), data);
        } else {
            ctx().write(data, ctx().voidPromise());
        }
    }

    private void writeHead() {
        ByteBuf unsent = head;
        if (unsent != null) {
            head = null;
            ctx().write(unsent, ctx().voidPromise());
        }
    }

    @Override
    public void answerEnd(@Nullable Head trailers) {
        writeHead();
        if (framing == AnswerHead.Framing.CHUNKED) {
            Chunks.writeLast(ctx(), loop.out, trailers);
        }
        ctx().flush();
    }

    @Override
    public void switchProtocol(Head answered, ForwardedHead forwarded) {
        keepsAlive = false;
        framing = AnswerHead.Framing.UNTIL_CLOSE;
        ctx().writeAndFlush(
                        AnswerHead.writeSwitch(loop.out, answered, forwarded, relay.servedBy())
                                .toBuffer(ctx().alloc(), 0),
                        ctx().voidPromise());
        connection.becomeTunnel();
    }

    // ---- the gateway's own answer ----------------------------------------------------------------------------------

    @Override
    public void refuse(Refusal refusal, @Nullable ForwardedHead forwarded) {
        if (refusal.closes() || relay.isDraining() || !mayDrainRest()) {
            keepsAlive = false;
        }
        if (refusal.closes()) {
            request.none();
        }
        if (refusal.status() >= 300) { // a browser that asks whether it may is refused nothing
            relay.counters().refused.increment();
        }
        ctx().writeAndFlush(
                        desk.answerTo(refusal, forwarded, acceptsJson, persistence(), isHeadRequest, ctx().alloc()),
                        ctx().voidPromise());
    }

    // ---- room and pace ---------------------------------------------------------------------------------------------

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
        connection.pauseReading();
    }

    @Override
    public void resumeReading() {
        connection.resumeReading();
    }

    @Override
    public void ended(boolean isAborted) {
        ByteBuf unsent = head;
        if (unsent != null) {
            head = null;
            unsent.release();
        }
        connection.ended(isAborted);
    }

    @Override
    public Channel channel() {
        return ctx().channel();
    }

    @Override
    public ReadSizer sizer() {
        return sizer;
    }

    private ChannelHandlerContext ctx() {
        return connection.ctx();
    }
}
