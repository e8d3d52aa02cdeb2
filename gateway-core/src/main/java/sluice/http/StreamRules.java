package sluice.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;

/**
 * Resets an HTTP/2 stream whose request lacks method, scheme or path (RFC 9113, 8.3.1). The codec lets it through, and what
 * makes an HTTP/1 object of it fails without a word to the client. Stands right behind the codec; one per connection.
 */
final class StreamRules extends ChannelInboundHandlerAdapter {
    private int newest;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object frame) {
        if (frame instanceof Http2HeadersFrame head && isFirst(head) && !isComplete(head.headers())) {
            ctx.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.PROTOCOL_ERROR).stream(head.stream()));
        } else {
            ctx.fireChannelRead(frame);
        }
    }

    /** Whether it opens a stream, instead of ending one with trailers: clients count streams upwards. */
    private boolean isFirst(Http2HeadersFrame head) {
        int id = head.stream().id();
        boolean isNew = id > newest;
        newest = Math.max(newest, id);
        return isNew;
    }

    private static boolean isComplete(Http2Headers fields) {
        CharSequence path = fields.path();
        return fields.method() != null && fields.scheme() != null && path != null && path.length() > 0;
    }
}
