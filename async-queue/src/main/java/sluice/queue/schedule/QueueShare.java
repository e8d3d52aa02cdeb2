package sluice.queue.schedule;

import java.util.Comparator;
import java.util.Iterator;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One named queue: its slots, and the ring of lanes that have a due call and may get a slot. The lane that was served
 * least, counted in slot-milliseconds, is next; a lane that was away does not save up. No lane holds more than half of
 * the slots while another one is in the ring, or was a moment ago: else a lane of short calls would find all slots taken
 * by long ones each time it comes. Confined to the dispatcher's thread.
 */
final class QueueShare {
    private static final long MOMENT_MILLIS = 10_000;

    private final int slots;
    private final TreeSet<LaneState> ring = new TreeSet<>(
            Comparator.<LaneState>comparingDouble(lane -> lane.served).thenComparingLong(lane -> lane.number));
    private double floor;
    private int used;
    private @Nullable LaneState newest;
    private long newestMillis;
    private @Nullable LaneState before;
    private long beforeMillis;

    QueueShare(int slots) {
        this.slots = slots;
    }

    boolean hasFreeSlot() {
        return used < slots;
    }

    void enter(LaneState lane, long nowMillis) {
        if (newest != lane) {
            before = newest;
            beforeMillis = newestMillis;
            newest = lane;
        }
        newestMillis = nowMillis;
        if (!lane.isInRing) {
            lane.served = Math.max(lane.served, floor);
            lane.isInRing = true;
            ring.add(lane);
        }
    }

    void leave(LaneState lane) {
        if (lane.isInRing) {
            ring.remove(lane);
            lane.isInRing = false;
        }
    }

    /** The next lane, or null when none may have a slot. */
    @Nullable LaneState next(long nowMillis) {
        if (!hasFreeSlot()) {
            return null;
        }
        Iterator<LaneState> lanes = ring.iterator();
        while (lanes.hasNext()) {
            LaneState lane = lanes.next();
            if (mayTake(lane, nowMillis)) {
                return lane;
            }
        }
        return null;
    }

    /** Whether there is a slot for the lane, now that others wait or do not. */
    boolean mayTake(LaneState lane, long nowMillis) {
        return hasFreeSlot() && (lane.held < (slots + 1) / 2 || isAlone(lane, nowMillis));
    }

    private boolean isAlone(LaneState lane, long nowMillis) {
        if (ring.size() > (lane.isInRing ? 1 : 0)) {
            return false;
        }
        LaneState other = newest == lane ? before : newest;
        long seen = newest == lane ? beforeMillis : newestMillis;
        return other == null || nowMillis - seen > MOMENT_MILLIS;
    }

    void take(LaneState lane) {
        used++;
        lane.held++;
    }

    void giveBack(LaneState lane) {
        used--;
        lane.held--;
    }

    /** Counts service; may be less than nothing, when more was expected. */
    void serve(LaneState lane, double millis) {
        boolean wasInRing = lane.isInRing;
        leave(lane);
        if (wasInRing) {
            floor = Math.max(floor, ring.isEmpty() ? lane.served : Math.min(lane.served, ring.first().served));
        }
        lane.served += millis;
        if (wasInRing) {
            lane.isInRing = true;
            ring.add(lane);
        }
    }
}
