package sluice.invoker;

/** The deadlines of an HTTP/1 connection that is not in a call; a call has its own. Confined to its loop. */
final class ClientClock extends Timed {
    private static final long LINGER_NANOS = 1_000_000_000L;

    private final RelayContext relay;
    private final LoopState loop;
    private final ClientConnection connection;
    private boolean inHead;
    private boolean isLast;

    ClientClock(RelayContext relay, LoopState loop, ClientConnection connection) {
        this.relay = relay;
        this.loop = loop;
        this.connection = connection;
    }

    /** A whole request may take as long as an idle connection may. */
    void awaitRequest() {
        inHead = false;
        loop.timer.arm(this, loop.now() + relay.config().idleTimeout().toNanos());
    }

    /** From the first byte of a head on, the rest must come soon (row C1). */
    void awaitHead() {
        if (!inHead) {
            inHead = true;
            loop.timer.arm(this, loop.now() + relay.config().headTimeout().toNanos());
        }
    }

    /** While draining: a last request, or the end. */
    void awaitLast() {
        if (!isLast) {
            isLast = true;
            relay.waitsForLast(1);
        }
        inHead = false;
        loop.timer.arm(this, loop.now() + relay.config().drainIdle().toNanos());
    }

    /** Our side has said its last word; what the client still sends is read for a moment. */
    void linger() {
        noLast();
        loop.timer.arm(this, loop.now() + LINGER_NANOS);
    }

    void stop() {
        loop.timer.disarm(this);
    }

    /** No last request is waited for any more: it has come, or the connection ends. */
    void noLast() {
        if (isLast) {
            isLast = false;
            relay.waitsForLast(-1);
        }
    }

    @Override
    void expired(long now) {
        connection.late(inHead);
    }
}
