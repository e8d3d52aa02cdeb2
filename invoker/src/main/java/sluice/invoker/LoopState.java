package sluice.invoker;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.EventLoop;
import io.netty.channel.ReflectiveChannelFactory;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import sluice.core.CallIds;

/**
 * What belongs to one event loop and is used by nobody else: the scratch space in which heads are read and written, the
 * timer, the source of call ids, the open client connections.
 */
final class LoopState {
    final int index;
    final EventLoop eventLoop;
    /** Makes sockets of this loop's transport, for upstream connections. */
    final ChannelFactory<? extends Channel> sockets;

    final Head head;
    final RequestFacts facts = new RequestFacts();
    final Target target = new Target();
    final ResponseFacts answer = new ResponseFacts();
    final HeadBuffer out = new HeadBuffer();
    final ForwardedHead.Positions positions = new ForwardedHead.Positions();
    final CallIds ids;
    final LoopTimer timer;
    final ClientConnections clients = new ClientConnections();

    private long now;
    private long wallMinusNow;

    LoopState(int index, EventLoop eventLoop, Class<? extends Channel> socketClass, HeadLimits limits, CallIds ids) {
        this.head = new Head(limits);
        this.index = index;
        this.eventLoop = eventLoop;
        this.sockets = new ReflectiveChannelFactory<>(socketClass);
        this.ids = ids;
        wake();
        setWallClock();
        this.timer = new LoopTimer(now);
        var unused = eventLoop.scheduleAtFixedRate(
                this::tick, LoopTimer.TICK_NANOS, LoopTimer.TICK_NANOS, TimeUnit.NANOSECONDS);
    }

    private void tick() {
        wake();
        setWallClock();
        timer.turn(now);
    }

    private void setWallClock() {
        Instant wall = Instant.now();
        wallMinusNow = wall.getEpochSecond() * 1_000_000_000L + wall.getNano() - now;
    }

    /** Reads the clock; every event that the loop hands to the relay begins with it. */
    void wake() {
        now = System.nanoTime();
    }

    /** {@link System#nanoTime} as of the event that is being handled, so that a call does not read it ten times. */
    long now() {
        return now;
    }

    /** Runs {@code task} on this loop, soon; drops it when the loop is gone, as its connections are. */
    void execute(Runnable task) {
        if (!eventLoop.isShuttingDown()) {
            eventLoop.execute(() -> {
                wake();
                task.run();
            });
        }
    }

    /** Whether {@link #execute} drops what it is given: the process is on its way out. */
    boolean isGone() {
        return eventLoop.isShuttingDown();
    }

    /** Nanoseconds since 1970, for {@code X-Start-Time}; follows a change of the system's clock within a tick. */
    long wallNanos() {
        return now + wallMinusNow;
    }
}
