package sluice.invoker;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;
import sluice.core.ConnectionFacts;

/**
 * The HTTP/2 door: one stream, taken over after its head was read. The head is written down as HTTP/1 and read by the
 * same strict reader as everybody's, so that there is one set of rules; frames take the place of chunks.
 *
 * <p>The stream's flow-control window is its back-pressure: what is not read here is not acknowledged there. Confined to
 * its loop.
 */
final class ClientStream extends ChannelInboundHandlerAdapter implements Downstream {
    private final RelayContext relay;
    private final LoopState loop;
    private final RequestDesk desk;

    private @Nullable ChannelHandlerContext context;
    private @Nullable Exchange call;
    private boolean isHeadRequest;
    private boolean acceptsJson;
    private boolean isRequestComplete;
    private boolean hasEnded;
    private long declared;
    private long received;
    private long pending;
    private @Nullable Runnable onTaken;

    private ClientStream(RelayContext relay, LoopState loop, ConnectionFacts facts) {
        this.relay = relay;
        this.loop = loop;
        this.desk = new RequestDesk(relay, loop, facts);
    }

    static void open(
            RelayContext relay,
            LoopState loop,
            Channel stream,
            String method,
            String target,
            HttpHeaders headers,
            boolean isComplete,
            ConnectionFacts facts) {
        ClientStream door = new ClientStream(relay, loop, facts);
        stream.pipeline().addFirst("sluice.relay", door);
        door.begin(StreamHead.write(loop.out, method, target, headers), isComplete);
    }

    private void begin(boolean isWritten, boolean isComplete) {
        isRequestComplete = isComplete;
        loop.facts.reset();
        Refusal refusal = isWritten ? read(isComplete) : Refusal.malformed("a header field has an invalid byte");
        if (refusal != null) {
            desk.keepCallId();
            refuse(refusal, null);
            ended(false);
            return;
        }
        Exchange opened = desk.open(this);
        if (opened == null) {
            desk.keepCallId();
            refuse(desk.lastRefusal(), null);
            ended(false);
            return;
        }
        call = opened;
        channel().config().setAutoRead(true);
        opened.start();
    }

    private @Nullable Refusal read(boolean isComplete) {
        Head head = loop.head;
        RequestFacts facts = loop.facts;
        ByteBuf written = loop.out.toBuffer(channel().alloc(), 0);
        try {
            Head.Result result = head.readRequest(written);
            if (result != Head.Result.COMPLETE) {
                return desk.refusalOf(result);
            }
        } finally {
            written.release();
        }
        isHeadRequest = Head.isMethod(head, "HEAD");
        Refusal refusal = desk.read();
        acceptsJson = facts.acceptsJson;
        declared = facts.contentLength;
        facts.isChunked = !isComplete && declared < 0;
        facts.expectsContinue = false;
        if (refusal == null && isComplete && declared > 0) {
            return Refusal.malformed("Content-Length does not match the body");
        }
        return refusal;
    }

    // ---- frames from the client
    // --------------------------------------------------------------------------------------

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object frame) {
        Exchange current = call;
        if (current == null) {
            ReferenceCountUtil.release(frame);
        } else if (frame instanceof Http2DataFrame data) {
            read(current, data);
        } else {
            if (frame instanceof Http2HeadersFrame trailers && trailers.isEndStream()) {
                endRequest(current);
            }
            ReferenceCountUtil.release(frame);
        }
    }

    private void read(Exchange current, Http2DataFrame frame) {
        ByteBuf data = frame.content();
        received += data.readableBytes();
        if (declared >= 0 && received > declared) {
            data.release();
            reset(current, Http2Error.PROTOCOL_ERROR);
            return;
        }
        if (data.isReadable()) {
            current.requestBody(data);
        } else {
            data.release();
        }
        if (frame.isEndStream()) {
            endRequest(current);
        }
    }

    private void endRequest(Exchange current) {
        isRequestComplete = true;
        if (declared >= 0 && received != declared) {
            reset(current, Http2Error.PROTOCOL_ERROR);
        } else if (call == current) {
            current.requestEnd(null);
        }
    }

    private void reset(Exchange current, Http2Error error) {
        hasEnded = true;
        ctx().write(new DefaultHttp2ResetFrame(error));
        current.abort();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        Exchange current = call;
        if (current != null) {
            current.requestReadComplete();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        Exchange current = call;
        if (current != null && ctx.channel().isWritable()) {
            current.answer.downstreamWritable();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        hasEnded = true;
        Exchange current = call;
        if (current != null) {
            current.abort();
        }
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }

    // ---- the answer
    // --------------------------------------------------------------------------------------------------

    @Override
    public Channel channel() {
        return ctx().channel();
    }

    @Override
    public @Nullable ReadSizer sizer() {
        return null;
    }

    @Override
    public void sendContinue() {
        // A client of HTTP/2 has a window to send into and needs no invitation.
    }

    @Override
    public void answerHead(Head head, ResponseFacts facts, ForwardedHead request, boolean hasBody) {
        Http2Headers headers = StreamHead.answer(head, facts, request, relay.servedBy());
        hasEnded = !hasBody;
        ctx().write(new DefaultHttp2HeadersFrame(headers, !hasBody));
    }

    @Override
    public void answerBody(ByteBuf data) {
        int size = data.readableBytes();
        pending += size;
        ctx().write(new DefaultHttp2DataFrame(data)).addListener(written -> taken(size));
    }

    private void taken(int bytes) {
        pending -= bytes;
        Runnable then = onTaken;
        if (pending == 0 && then != null) {
            onTaken = null;
            then.run();
        }
    }

    @Override
    public void answerEnd(@Nullable Head trailers) {
        if (!hasEnded) {
            hasEnded = true;
            ctx().write(
                            trailers == null || trailers.fields == 0
                                    ? new DefaultHttp2DataFrame(Unpooled.EMPTY_BUFFER, true)
                                    : new DefaultHttp2HeadersFrame(StreamHead.trailers(trailers), true));
        }
        ctx().flush();
    }

    @Override
    public void refuse(Refusal refusal, @Nullable ForwardedHead request) {
        if (refusal.status() >= 300) { // a browser that asks whether it may is refused nothing
            relay.counters().refused.increment();
        }
        String callId = desk.callIdFor(request);
        byte[] body = RefusalText.body(refusal, acceptsJson, callId);
        Http2Headers headers = StreamHead.refusal(
                refusal,
                callId,
                loop.wallNanos(),
                relay.servedBy(),
                desk.corsLinesFor(request),
                body.length,
                acceptsJson);
        boolean isBare = isHeadRequest || body.length == 0;
        hasEnded = true;
        ctx().write(new DefaultHttp2HeadersFrame(headers, isBare));
        if (!isBare) {
            ctx().write(new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(body), true));
        }
        ctx().flush();
    }

    @Override
    public void switchProtocol(Head head, ForwardedHead request) {
        throw new IllegalStateException("HTTP/2 has no Upgrade"); // its request never offers one
    }

    @Override
    public void flush() {
        ctx().flush();
    }

    @Override
    public boolean isWritable() {
        return channel().isWritable();
    }

    @Override
    public long pendingBytes() {
        return pending;
    }

    @Override
    public void whenTaken(Runnable then) {
        if (pending == 0) {
            then.run();
        } else {
            onTaken = then; // one call, one answer: there is no second
        }
    }

    @Override
    public void pauseReading() {
        channel().config().setAutoRead(false);
    }

    @Override
    public void resumeReading() {
        channel().config().setAutoRead(true);
    }

    @Override
    public void ended(boolean isAborted) {
        call = null;
        if (!channel().isActive()) {
            return;
        }
        if (isAborted && !hasEnded) {
            ctx().writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.INTERNAL_ERROR));
            channel().close();
        } else if (isAborted) {
            ctx().flush();
            channel().close();
        } else if (!isRequestComplete) {
            // The answer is whole, the request is not and need not be (RFC 9113, 8.1). What has come of it is read and
            // dropped, since a stream keeps what nobody reads, beyond its end too.
            channel().config().setAutoRead(true);
            ctx().writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.NO_ERROR));
        }
    }

    private ChannelHandlerContext ctx() {
        ChannelHandlerContext ctx = context;
        if (ctx == null) {
            throw new IllegalStateException("not in a pipeline");
        }
        return ctx;
    }
}
