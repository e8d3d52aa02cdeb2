package sluice.invoker;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one event loop to one replica. Last in, first out: the warmest connection is used, the others age
 * and are closed. Connects and connections are bounded; a call beyond the bounds waits here for one of them.
 *
 * <p>Confined to its loop. An idle connection keeps reading, so that a close or a stray byte is seen before it is used.
 */
final class UpstreamPool extends Timed {
    private static final int MOST_DIALS = 64;
    private static final long SWEEP_NANOS = 1_000_000_000L;

    private final LoopState loop;
    private final Replica replica;
    private final InvokerConfig config;
    private final ArrayDeque<UpstreamConnection> idle = new ArrayDeque<>();
    private final ArrayDeque<Upstream> pending = new ArrayDeque<>();
    private int open;
    private int dialling;

    UpstreamPool(LoopState loop, Replica replica, InvokerConfig config) {
        this.loop = loop;
        this.replica = replica;
        this.config = config;
    }

    /** Finds a connection for {@code call}, now or later; answers by {@code connected} or {@code dialFailed}. */
    void acquire(Upstream call) {
        for (UpstreamConnection warm = idle.pollFirst(); warm != null; warm = idle.pollFirst()) {
            if (warm.isUsable()) {
                if (!call.connected(warm)) {
                    idle.addFirst(warm);
                }
                return;
            }
            warm.abort();
        }
        dialFor(call);
    }

    /** As {@link #acquire}, but on a connection that has served nobody yet. */
    void dialFor(Upstream call) {
        if (open >= config.maxUpstream() || dialling >= MOST_DIALS) {
            pending.add(call);
        } else {
            dial(call);
        }
    }

    /**
     * Connects as a task of its own: within the turn that closed another connection, epoll may still hold an event for its
     * descriptor, and a socket that got the same number would be told of it and fail.
     */
    private void dial(Upstream call) {
        open++;
        dialling++;
        loop.eventLoop.execute(() -> {
            UpstreamConnection connection = new UpstreamConnection(loop, this, replica, config);
            try {
                connect(connection).addListener(done -> dialled(call, connection, done.cause()));
            } catch (ChannelException e) { // out of descriptors
                dialled(call, connection, e);
            }
        });
    }

    private ChannelFuture connect(UpstreamConnection connection) {
        Channel channel = loop.sockets.newChannel();
        channel.config().setAllocator(PooledByteBufAllocator.DEFAULT).setConnectTimeoutMillis((int)
                config.dialTimeout().toMillis());
        boolean unused = channel.config().setOption(ChannelOption.TCP_NODELAY, true);
        StreamWindow.prepare(channel, connection.sizer());
        channel.pipeline().addLast(connection);
        ChannelFuture registered = loop.eventLoop.register(channel); // done already: this is the loop's own thread
        return registered.isSuccess() ? channel.connect(replica.address) : registered;
    }

    private void dialled(Upstream call, UpstreamConnection connection, @Nullable Throwable failure) {
        loop.wake();
        dialling--;
        if (failure != null) {
            open--;
            call.dialFailed(failure);
            servePending();
        } else if (!call.connected(connection)) {
            giveBack(connection);
        } else {
            servePending();
        }
    }

    /** {@code connection} has ended a call cleanly and may serve another. */
    void giveBack(UpstreamConnection connection) {
        Upstream next = nextPending();
        while (next != null) {
            if (next.connected(connection)) {
                return;
            }
            next = nextPending();
        }
        if (replica.isRetired()) {
            connection.abort();
            return;
        }
        connection.idleSince(loop.now());
        idle.addFirst(connection);
        if (timerBucket < 0) {
            loop.timer.arm(this, loop.now() + SWEEP_NANOS);
        }
    }

    /** {@code connection} is closed. */
    void closed(UpstreamConnection connection, boolean wasIdle) {
        open--;
        if (wasIdle) {
            idle.remove(connection);
        }
        servePending();
    }

    /** The call waits for no connection any more. */
    void cancel(Upstream call) {
        pending.remove(call);
    }

    /** Closes what is idle; the replica is gone. */
    void closeIdle() {
        for (UpstreamConnection connection : idle.toArray(new UpstreamConnection[0])) {
            connection.abort();
        }
    }

    private void servePending() {
        while (!pending.isEmpty() && open < config.maxUpstream() && dialling < MOST_DIALS) {
            dial(pending.remove());
        }
    }

    private @Nullable Upstream nextPending() {
        return pending.poll();
    }

    @Override
    void expired(long now) {
        int kept = 0;
        for (UpstreamConnection connection : idle.toArray(new UpstreamConnection[0])) {
            boolean isSurplus = kept >= config.maxIdleUpstream() && connection.isIdleFor(now, SWEEP_NANOS);
            if (isSurplus || connection.isWornOut(now) || replica.isRetired()) {
                connection.abort();
            } else {
                kept++;
            }
        }
        if (!idle.isEmpty()) {
            loop.timer.arm(this, now + SWEEP_NANOS);
        }
    }
}
