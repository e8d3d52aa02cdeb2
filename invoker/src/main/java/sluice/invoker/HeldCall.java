package sluice.invoker;

import org.jspecify.annotations.Nullable;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.HeapPressure;

/**
 * The wait of one call for a slot, of a replica that exists or of one that is asked for. Bounded per function and in all,
 * and in time. Made only for a call that has to wait; confined to its loop.
 *
 * <p>The call may leave while a slot is on its way: then {@link #granted} passes it on.
 */
final class HeldCall implements Waiter.Call {
    private final Exchange call;
    private final Waiter waiter;
    private final long deadline;
    private boolean isWaiting;

    HeldCall(Exchange call) {
        this.call = call;
        this.waiter = new Waiter(this, call.loop);
        this.deadline = call.loop.now() + call.relay.config().holdWait().toNanos();
    }

    /** When the wait is over. */
    long deadline() {
        return deadline;
    }

    /** Begins to wait; why the call may not, or null. */
    @Nullable Refusal begin() {
        RelayContext relay = call.relay;
        boolean isUp = call.route.hasReadyReplica();
        if (!isUp && !relay.config().scaleFromZero()) {
            return noEndpoints();
        }
        if (relay.heap() != HeapPressure.Level.LOW) {
            return Refusal.later(
                    503, Component.INVOKER, "no call may wait: the heap is nearly full (SLUICE_HEAP_HIGH)");
        }
        if (!relay.hold()) {
            return Refusal.later(
                    503, Component.INVOKER, "too many calls wait for a replica (SLUICE_MAX_HELD_CALLS_TOTAL)");
        }
        isWaiting = true;
        int most = most();
        if (!call.route.enqueue(waiter, most)) {
            stop();
            return full(isUp, most);
        }
        call.route.wake(relay.provider());
        return null;
    }

    private int most() {
        int own = call.route.settings().maxWait();
        int inAll = call.relay.config().maxHeldCalls();
        return own < 0 ? inAll : Math.min(own, inAll);
    }

    private Refusal full(boolean isUp, int most) {
        return isUp
                ? Refusal.later(
                        429,
                        Component.INVOKER,
                        "function " + call.route.name + " is at its concurrency limit and " + most
                                + " calls wait already")
                : Refusal.later(
                        503,
                        Component.INVOKER,
                        most + " calls wait already for a replica of function " + call.route.name);
    }

    private Refusal noEndpoints() {
        return Refusal.later(503, Component.INVOKER, "No endpoints available for: " + call.route.name.name() + ".");
    }

    /** What a call is told that has waited until {@link #deadline}. */
    Refusal tooLong() {
        return call.route.hasReadyReplica()
                ? Refusal.later(
                        429,
                        Component.INVOKER,
                        "function " + call.route.name + " is at its concurrency limit (waited SLUICE_HOLD_WAIT)")
                : noEndpoints();
    }

    @Override
    public void granted(Replica replica) {
        if (isWaiting) {
            stop();
            call.connect(replica);
        } else {
            call.route.release(replica);
        }
    }

    @Override
    public void waitFailed(FailureException failure) {
        if (isWaiting) {
            stop();
            call.fail(
                    failure.failure() == Failure.UNKNOWN_FUNCTION
                            ? Refusal.of(404, failure.component(), failure.text())
                            : Refusal.later(503, failure.component(), failure.text()));
        }
    }

    /** The call has ended, and waits no more. */
    void leave() {
        if (isWaiting) {
            var unused = call.route.leave(waiter); // if a slot is on its way, granted() passes it on
            stop();
        }
    }

    private void stop() {
        isWaiting = false;
        call.relay.unhold();
    }
}
