package sluice.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerUpgradeHandler;
import io.netty.handler.codec.http2.CleartextHttp2ServerUpgradeHandler;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import sluice.core.ConnectionFacts;
import sluice.core.DataPlane;
import sluice.http.tls.ClientAuthorities;

/**
 * Waits behind whatever finds out which protocol a new connection speaks (the HTTP/2 preface in cleartext, ALPN under
 * TLS), opens the matching door of the data plane, and leaves the pipeline. One per connection, on its event loop.
 *
 * <p>Its place is why it works: both detectors hand on the bytes they kept by leaving the pipeline, and at that moment
 * the codec they chose is there, behind this handler. An offer to upgrade to HTTP/2 within HTTP/1 is never taken
 * (RFC 9113, 3.1, deprecates it), so the handler that would take it goes as well.
 */
final class ConnectionDoor extends ChannelInboundHandlerAdapter {
    private final DataPlane dataPlane;
    private final HttpConfig config;
    private final @Nullable ClientAuthorities clients;
    private @Nullable Future<?> deadline;

    /** @param clients whose certificates they may show, or null when nobody is asked for one */
    ConnectionDoor(DataPlane dataPlane, HttpConfig config, @Nullable ClientAuthorities clients) {
        this.dataPlane = dataPlane;
        this.config = config;
        this.clients = clients;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        deadline =
                ctx.executor().schedule(() -> ctx.close(), config.headTimeout().toNanos(), TimeUnit.NANOSECONDS);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (deadline != null) {
            deadline.cancel(false);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        open(ctx);
        ctx.fireChannelRead(msg);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof CleartextHttp2ServerUpgradeHandler.PriorKnowledgeUpgradeEvent
                || (event instanceof SslHandshakeCompletionEvent handshake && handshake.isSuccess())) {
            open(ctx);
        }
        ctx.fireUserEventTriggered(event);
    }

    private void open(ChannelHandlerContext ctx) {
        ChannelPipeline pipeline = ctx.pipeline();
        ConnectionFacts facts = ClientFacts.keep(ctx.channel(), clients);
        if (facts == null) { // it has resumed a session of a time when its certificate was good
            ctx.close();
            return;
        }
        ChannelHandlerContext codec = pipeline.context(HttpServerCodec.class);
        if (codec == null) {
            String streams = pipeline.context(Http2FrameCodec.class).name();
            pipeline.addBefore(streams, null, new IdleStreams(config.idleTimeout()));
            pipeline.addAfter(streams, null, new StreamRules());
            pipeline.addLast(new StreamEnd());
        } else {
            if (pipeline.get(HttpServerUpgradeHandler.class) != null) {
                pipeline.remove(HttpServerUpgradeHandler.class);
            }
            DataPlane.Passage passage = dataPlane.install(pipeline, codec.name(), facts);
            pipeline.addAfter(codec.name(), null, new AnswerEnd(passage));
        }
        pipeline.remove(this);
    }
}
