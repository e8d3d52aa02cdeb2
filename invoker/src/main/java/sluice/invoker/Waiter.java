package sluice.invoker;

import java.util.concurrent.atomic.AtomicBoolean;
import sluice.core.FailureException;

/** A call that waits for a slot. Ends once: granted, failed, or left by its call. */
final class Waiter {
    private final Exchange exchange;
    private final LoopState loop;
    private final AtomicBoolean ended = new AtomicBoolean();

    Waiter(Exchange exchange, LoopState loop) {
        this.exchange = exchange;
        this.loop = loop;
    }

    /** Hands over a slot of {@code replica}, still taken; false when the call waits no more. Any thread. */
    boolean grant(Replica replica) {
        if (!ended.compareAndSet(false, true)) {
            return false;
        }
        loop.execute(() -> exchange.granted(replica));
        return true;
    }

    /** Ends the wait without a slot. Any thread. */
    void fail(FailureException failure) {
        if (ended.compareAndSet(false, true)) {
            loop.execute(() -> exchange.waitFailed(failure));
        }
    }

    /** The call no longer waits; false when a slot is already on its way to it. */
    boolean leave() {
        return ended.compareAndSet(false, true);
    }
}
