package sluice.invoker;

import org.jspecify.annotations.Nullable;

/**
 * A coarse timer wheel of one event loop: 1,024 buckets of 100 ms. Arming and disarming link and unlink an entry and
 * nothing more. A deadline beyond the wheel is looked at once per turn. Confined to its loop.
 */
final class LoopTimer {
    /** How far off a deadline may be. */
    static final long TICK_NANOS = 100_000_000L;

    private static final int BUCKETS = 1_024;

    private final @Nullable Timed[] buckets = new Timed[BUCKETS];
    private final long startNanos;
    private long tick;

    LoopTimer(long startNanos) {
        this.startNanos = startNanos;
    }

    /** Has {@code entry} expire at its {@code deadline}, instead of when it would have before. */
    void arm(Timed entry, long deadline) {
        entry.deadlineNanos = deadline;
        long due = Math.max(tick + 1, (deadline - startNanos) / TICK_NANOS + 1);
        int bucket = (int) (Math.min(due, tick + BUCKETS - 1) % BUCKETS);
        if (entry.timerBucket == bucket) {
            return;
        }
        disarm(entry);
        entry.timerBucket = bucket;
        Timed first = buckets[bucket];
        entry.timerNext = first;
        if (first != null) {
            first.timerPrevious = entry;
        }
        buckets[bucket] = entry;
    }

    void disarm(Timed entry) {
        if (entry.timerBucket < 0) {
            return;
        }
        Timed previous = entry.timerPrevious;
        Timed next = entry.timerNext;
        if (previous == null) {
            buckets[entry.timerBucket] = next;
        } else {
            previous.timerNext = next;
        }
        if (next != null) {
            next.timerPrevious = previous;
        }
        entry.timerPrevious = null;
        entry.timerNext = null;
        entry.timerBucket = -1;
    }

    /** Expires what is due. Called every 100 ms or so; catches up when called late. */
    void turn(long nowNanos) {
        long target = (nowNanos - startNanos) / TICK_NANOS;
        long turns = Math.min(target - tick, BUCKETS);
        for (long i = 0; i < turns; i++) {
            tick++;
            empty((int) (tick % BUCKETS), nowNanos);
        }
        tick = Math.max(tick, target);
    }

    private void empty(int bucket, long nowNanos) {
        Timed later = null;
        for (Timed entry = buckets[bucket]; entry != null; entry = buckets[bucket]) {
            disarm(entry);
            if (entry.deadlineNanos - nowNanos <= 0) {
                entry.expired(nowNanos);
            } else {
                entry.timerNext = later; // parked in a chain of its own, or it would be found here again and again
                later = entry;
            }
        }
        while (later != null) {
            Timed entry = later;
            later = entry.timerNext;
            entry.timerNext = null;
            arm(entry, entry.deadlineNanos);
        }
    }
}
