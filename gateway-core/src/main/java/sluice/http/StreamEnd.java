package sluice.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of an HTTP/2 connection's pipeline. When the codec has ended a connection for what its client sent, it also tells
 * those behind it; without this handler each such client could have a stack trace written to the log.
 */
final class StreamEnd extends ChannelInboundHandlerAdapter {
    private static final Logger log = LoggerFactory.getLogger(StreamEnd.class);

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        log.debug("an HTTP/2 connection ends: {}", cause.getMessage());
    }
}
