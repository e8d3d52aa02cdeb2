package sluice.queue.schedule;

import sluice.core.FailureException;
import sluice.core.FunctionName;
import sluice.core.calls.FunctionCaller;

/** In the place of a slot that there cannot be: the attempt fails as a client's call would. */
record NoSlot(FunctionName function, FailureException reason) implements FunctionCaller.Slot {
    @Override
    public boolean isBounded() {
        return true;
    }

    @Override
    public void release() {}
}
