package sluice.queue.schedule;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import sluice.queue.Lane;

/** What the dispatcher knows of one lane with open calls. Confined to the dispatcher's thread. */
final class LaneState {
    private static final double LEARNING = 0.2;
    private static final double FIRST_GUESS_MILLIS = 10;

    final Lane lane;
    final long number;
    final Window window;
    final AdaptiveLimit adaptive;
    /** Requests for a slot that are not answered yet. */
    final Set<SlotWish> wishes = new HashSet<>();
    /** Slot-milliseconds that it was served; what it lacks to the least served lane is its deficit. */
    double served;
    /** Attempts that hold a slot of the queue, and wishes that still reserve one. */
    int held;
    /** Wishes that have waited so long that they reserve nothing any more: the function has no free slot. */
    int blocked;

    boolean isInRing;
    boolean isBounded = true;
    boolean isPaused;
    long notBeforeMillis;
    Disposable alarm = () -> {};
    private double usualMillis = FIRST_GUESS_MILLIS;

    LaneState(Lane lane, long number, boolean isNew, int replicas) {
        this.lane = lane;
        this.number = number;
        this.window = new Window(isNew);
        this.adaptive = new AdaptiveLimit(replicas);
    }

    /** What a call is expected to take. */
    double usualMillis() {
        return usualMillis;
    }

    void learn(double millis) {
        usualMillis += LEARNING * (millis - usualMillis);
    }

    /** Whether nothing is left to remember. */
    boolean isIdle() {
        return window.isEmpty() && window.isComplete() && held == 0 && wishes.isEmpty();
    }

    /** One request for a slot. */
    static final class SlotWish {
        @Nullable Disposable subscription;

        Disposable patience = () -> {};
        boolean isBlocked;
        boolean isOver;
    }
}
