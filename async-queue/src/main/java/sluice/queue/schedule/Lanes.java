package sluice.queue.schedule;

import sluice.core.calls.FunctionCaller;
import sluice.queue.Waiting;

/** What requests for slots and attempts need of the dispatcher. */
interface Lanes {
    /** The queue of the lane. */
    QueueShare share(LaneState lane);

    /** Slots that the lane may hold now: none while it is paused or nothing more shall start. */
    int limit(LaneState lane);

    /** Takes over the call, the slot, and the lane's place among the queue's slots. */
    void begin(LaneState lane, Waiting call, FunctionCaller.Slot slot);

    /** Looks at a lane anew. */
    void offer(LaneState lane);

    /** Not before a while from now, since the function cannot be called. */
    void rest(LaneState lane);
}
