package sluice.invoker;

import org.jspecify.annotations.Nullable;

/** Something with a deadline, linked into its loop's {@link LoopTimer} without a further object. */
abstract class Timed {
    @Nullable Timed timerPrevious;

    @Nullable Timed timerNext;
    /** Bucket it hangs in, or -1. */
    int timerBucket = -1;

    long deadlineNanos;

    /** The deadline has passed; not armed any more. On the event loop. */
    abstract void expired(long nowNanos);
}
