package sluice.invoker;

import java.util.concurrent.atomic.AtomicBoolean;
import sluice.core.FunctionName;
import sluice.core.calls.FunctionCaller;

/** A slot on its way from the route to the call that will use it, or back. Thread-safe; leaves this hand once. */
final class SpareSlot implements FunctionCaller.Slot {
    final Route route;
    final Replica replica;
    /** Where its call will run. */
    final LoopState loop;

    private final AtomicBoolean isTaken = new AtomicBoolean();

    SpareSlot(Route route, Replica replica, LoopState loop) {
        this.route = route;
        this.replica = replica;
        this.loop = loop;
    }

    /** From now on the caller of this has the slot; false when it has left already. */
    boolean take() {
        return isTaken.compareAndSet(false, true);
    }

    @Override
    public FunctionName function() {
        return route.name;
    }

    @Override
    public boolean isBounded() {
        return route.settings().maxInflightPerReplica() > 0;
    }

    @Override
    public void release() {
        if (take()) {
            route.release(replica);
        }
    }
}
