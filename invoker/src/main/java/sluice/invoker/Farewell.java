package sluice.invoker;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;

/**
 * How an HTTP/1 connection ends, and what is still listened to although nobody needs it. Who closes a socket that bytes
 * come in on resets it, and the client may lose the answer that is on its way; so what it still sends is read and dropped,
 * within bounds. One per connection, confined to its loop.
 */
final class Farewell {
    private static final long MOST_LINGERED = 1 << 20;

    private final LoopState loop;
    private final ClientConnection connection;
    private final BodyReader body;
    private final boolean isSecure;
    private long dropped;

    /** @param body of the request that was read last */
    Farewell(LoopState loop, ClientConnection connection, BodyReader body, boolean isSecure) {
        this.loop = loop;
        this.connection = connection;
        this.body = body;
        this.isSecure = isSecure;
    }

    // ---- what nobody needs -----------------------------------------------------------------------------------------

    /** Reads on, to drop what comes. */
    void listen() {
        dropped = 0;
        ctx().channel().config().setAutoRead(true);
    }

    /** Drops what of {@code in} is the request's; false when there is nothing to do until more comes. */
    boolean dropRest(ByteBuf in) {
        ByteBuf data = body.next(in, loop.head);
        if (data != null) {
            dropped += data.readableBytes();
            data.release();
        }
        if (body.isBroken() || dropped > RequestBody.READ_AHEAD) {
            connection.closeGently();
            return false;
        }
        if (body.isDone()) {
            connection.next();
            return true;
        }
        return data != null;
    }

    /** Drops all of {@code in}, until it has been enough. */
    void dropAll(ByteBuf in) {
        dropped += in.readableBytes();
        in.skipBytes(in.readableBytes());
        if (dropped > MOST_LINGERED) {
            connection.closeNow();
        }
    }

    // ---- ends ------------------------------------------------------------------------------------------------------

    /** Closes our side behind what was written, and listens on. */
    void halfClose() {
        listen();
        ctx().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener((ChannelFutureListener) written -> {
            Channel channel = written.channel();
            if (written.isSuccess() && channel instanceof DuplexChannel duplex && !isSecure) {
                duplex.shutdownOutput();
            } else {
                channel.close();
            }
        });
    }

    void closeAfterWrites() {
        ctx().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    /** Closes so that an answer which would be complete with the end of the stream does not look so: by a reset. */
    void reset() {
        var unused = ctx().channel().config().setOption(ChannelOption.SO_LINGER, 0);
        ChannelHandlerContext tls = ctx().pipeline().context(SslHandler.class);
        (tls == null ? ctx() : tls).close(); // beneath TLS, whose farewell would say that the answer is whole
    }

    private ChannelHandlerContext ctx() {
        return connection.ctx();
    }
}
