package sluice.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.netty.FutureMono;

/**
 * All client connections. Above the bound the listening socket is read no more, so that new connections wait in the
 * system's backlog and the existing ones are not disturbed. They are counted by the loop that accepts; NIO accepts a batch
 * before it tells of the first, so there the bound may be passed by a few. Thread-safe.
 */
final class Connections {
    private final ChannelGroup open = new DefaultChannelGroup("http", GlobalEventExecutor.INSTANCE);
    private final int most;
    private volatile @Nullable Channel listener;

    Connections(int most) {
        this.most = most;
    }

    void bound(Channel channel) {
        listener = channel;
        channel.pipeline().addFirst(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object accepted) {
                opened((Channel) accepted);
                ctx.fireChannelRead(accepted);
            }
        });
        adjust();
    }

    /** Counts a connection, unless it has been counted already. */
    void opened(Channel connection) {
        if (open.add(connection)) {
            connection.closeFuture().addListener(closed -> adjust());
            adjust();
        }
    }

    /** Tells HTTP/2 clients to open no more streams; on HTTP/1 each answer says so itself. */
    void announceEnd() {
        for (Channel connection : open) {
            connection.eventLoop().execute(() -> {
                if (connection.pipeline().get(Http2FrameCodec.class) != null) {
                    connection.writeAndFlush(new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR));
                }
            });
        }
    }

    /** Closes what is left; completes after {@code bound} at the latest. */
    Mono<Void> close(Duration bound) {
        return FutureMono.deferFuture(open::close).timeout(bound).onErrorComplete();
    }

    private void adjust() {
        Channel accepting = listener;
        if (accepting != null) {
            accepting.config().setAutoRead(open.size() < most);
        }
    }
}
