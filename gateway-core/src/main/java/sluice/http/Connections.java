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
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.netty.FutureMono;
import sluice.core.MetricFamily;
import sluice.core.MetricSource;

/**
 * All client connections. Above the bound the listening socket is read no more, so that new connections wait in the
 * system's backlog and the existing ones are not disturbed. They are counted by the loop that accepts; NIO accepts a batch
 * before it tells of the first, so there the bound may be passed by a few. Thread-safe.
 *
 * <p>When a connection cannot be accepted, most likely because no descriptor is left, accepting pauses for a second at a
 * time: trying at once would find the same and cost a whole core.
 */
final class Connections implements MetricSource {
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final ChannelGroup open = new DefaultChannelGroup("http", GlobalEventExecutor.INSTANCE);
    private final Map<InetAddress, Integer> byAddress = new ConcurrentHashMap<>();
    private final int most;
    private final int mostPerAddress;
    private final AcceptFailures failures;
    private final LongAdder refused = new LongAdder();
    private volatile @Nullable Channel listener;
    private volatile boolean isPausing;

    /** At most {@code most} in all; {@code mostPerAddress} of one peer, or any number when it is 0. */
    Connections(int most, int mostPerAddress) {
        this.most = most;
        this.mostPerAddress = mostPerAddress;
        this.failures = new AcceptFailures(open::size);
    }

    void bound(Channel channel) {
        listener = channel;
        channel.pipeline().addFirst(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object accepted) {
                Channel connection = (Channel) accepted;
                if (opened(connection)) {
                    ctx.fireChannelRead(connection);
                } else {
                    connection.unsafe().closeForcibly(); // it has no loop yet
                }
            }

            @Override
            public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                pause(ctx, cause);
            }
        });
        adjust();
    }

    /** Counts a connection, unless it has been counted already; false when its peer has too many. */
    boolean opened(Channel connection) {
        if (open.contains(connection)) {
            return true;
        }
        if (mostPerAddress > 0
                && connection.remoteAddress() instanceof InetSocketAddress peer
                && !admits(peer.getAddress(), connection)) {
            refused.increment();
            return false;
        }
        open.add(connection);
        connection.closeFuture().addListener(closed -> adjust());
        adjust();
        return true;
    }

    private boolean admits(InetAddress peer, Channel connection) {
        if (byAddress.merge(peer, 1, Integer::sum) > mostPerAddress) {
            left(peer);
            return false;
        }
        connection.closeFuture().addListener(closed -> left(peer));
        return true;
    }

    private void left(InetAddress peer) {
        byAddress.computeIfPresent(peer, Connections::oneLess);
    }

    private static @Nullable Integer oneLess(InetAddress peer, int count) {
        return count == 1 ? null : count - 1;
    }

    private void pause(ChannelHandlerContext listening, Throwable cause) {
        failures.note(cause);
        isPausing = true;
        adjust();
        listening.executor().schedule(this::resume, PAUSE.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void resume() {
        isPausing = false;
        adjust();
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
            accepting.config().setAutoRead(!isPausing && open.size() < most);
        }
    }

    @Override
    public Mono<List<MetricFamily>> collect() {
        return Mono.fromSupplier(() -> List.of(
                family("sluice_client_connections", MetricFamily.Type.GAUGE, "Open client connections.", open.size()),
                family(
                        "sluice_client_connections_limit",
                        MetricFamily.Type.GAUGE,
                        "Client connections at which accepting pauses.",
                        most),
                family(
                        "sluice_accept_failures_total",
                        MetricFamily.Type.COUNTER,
                        "Times a connection could not be accepted, after which accepting paused for a second.",
                        (double) failures.count()),
                family(
                        "sluice_client_connections_refused_total",
                        MetricFamily.Type.COUNTER,
                        "Connections closed because their peer had too many.",
                        (double) refused.sum())));
    }

    private static MetricFamily family(String name, MetricFamily.Type type, String help, double value) {
        return new MetricFamily(name, type, help, List.of(new MetricFamily.Sample("", Map.of(), value)));
    }
}
