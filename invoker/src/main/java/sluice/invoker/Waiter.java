package sluice.invoker;

import java.util.concurrent.atomic.AtomicBoolean;
import sluice.core.FailureException;

/** A call that waits for a slot. Ends once: granted, failed, or left by its call. */
final class Waiter {
    /** Who is told how the wait ended, on its own loop. */
    interface Call {
        /** A slot of {@code replica} is this call's; one that has no use for it gives it back. */
        void granted(Replica replica);

        /** There will be no slot. */
        void waitFailed(FailureException failure);
    }

    private final Call call;
    private final LoopState loop;
    private final AtomicBoolean ended = new AtomicBoolean();

    Waiter(Call call, LoopState loop) {
        this.call = call;
        this.loop = loop;
    }

    /** Hands over a slot of {@code replica}, still taken; false when the call waits no more. Any thread. */
    boolean grant(Replica replica) {
        if (!ended.compareAndSet(false, true)) {
            return false;
        }
        loop.execute(() -> call.granted(replica));
        return true;
    }

    /** Ends the wait without a slot. Any thread. */
    void fail(FailureException failure) {
        if (ended.compareAndSet(false, true)) {
            loop.execute(() -> call.waitFailed(failure));
        }
    }

    /** The call no longer waits; false when a slot is already on its way to it. */
    boolean leave() {
        return ended.compareAndSet(false, true);
    }
}
