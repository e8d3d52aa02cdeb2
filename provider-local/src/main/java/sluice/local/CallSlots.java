package sluice.local;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import sluice.core.Component;
import sluice.core.Failure;

/**
 * How many classic calls run at once on this machine, and in which order the others get their turn: per function first
 * come first served, functions in turn. Thread-safe; waits for nobody.
 */
final class CallSlots {
    private final ArrayDeque<Lane> turns = new ArrayDeque<>();
    private int free;

    CallSlots(int inAll) {
        this.free = inAll;
    }

    /** The calls of one function, of which {@code atOnce} may run and {@code waiting} may wait. */
    Lane lane(int atOnce, int waiting) {
        return new Lane(atOnce, waiting);
    }

    /** The right to run one call; giving it back a second time does nothing. */
    final class Permit {
        private final Lane lane;
        private final AtomicBoolean isHeld = new AtomicBoolean(true);

        private Permit(Lane lane) {
            this.lane = lane;
        }

        void release() {
            if (isHeld.getAndSet(false)) {
                synchronized (CallSlots.this) {
                    free++;
                    lane.free++;
                    lane.queue();
                }
                grant();
            }
        }
    }

    /** The calls of one function. */
    final class Lane {
        private final ArrayDeque<Waiter> waiters = new ArrayDeque<>();
        private final int maxWaiting;
        private int free;
        private boolean isQueued;

        private Lane(int atOnce, int maxWaiting) {
            this.free = atOnce;
            this.maxWaiting = maxWaiting;
        }

        /** A permit once it is this call's turn; {@link Failure#OVERLOADED} when too many wait. */
        Mono<Permit> acquire() {
            return Mono.create(sink -> {
                Waiter waiter = new Waiter(this, sink);
                sink.onCancel(() -> leave(waiter));
                if (enter(waiter)) {
                    grant();
                } else {
                    sink.error(Failure.OVERLOADED.in(
                            Component.FUNCTION, "Concurrent request limit exceeded: " + maxWaiting + " calls wait"));
                }
            });
        }

        private boolean enter(Waiter waiter) {
            synchronized (CallSlots.this) {
                boolean runsAtOnce = free > waiters.size() && CallSlots.this.free > 0;
                if (!runsAtOnce && waiters.size() >= maxWaiting) {
                    return false;
                }
                waiters.add(waiter);
                queue();
                return true;
            }
        }

        private void leave(Waiter waiter) {
            Permit granted;
            synchronized (CallSlots.this) {
                waiters.remove(waiter);
                granted = waiter.granted;
            }
            if (granted != null) {
                granted.release();
            }
        }

        private void queue() {
            if (!isQueued && free > 0 && !waiters.isEmpty()) {
                isQueued = true;
                turns.addLast(this);
            }
        }
    }

    private static final class Waiter {
        private final MonoSink<Permit> sink;
        private final Lane lane;
        private @org.jspecify.annotations.Nullable Permit granted;

        private Waiter(Lane lane, MonoSink<Permit> sink) {
            this.lane = lane;
            this.sink = sink;
        }
    }

    private void grant() {
        List<Waiter> chosen = new ArrayList<>();
        synchronized (this) {
            while (free > 0 && !turns.isEmpty()) {
                Lane lane = turns.removeFirst();
                lane.isQueued = false;
                Waiter waiter = lane.free > 0 ? lane.waiters.pollFirst() : null;
                if (waiter != null) {
                    free--;
                    lane.free--;
                    waiter.granted = new Permit(waiter.lane);
                    chosen.add(waiter);
                    lane.queue();
                }
            }
        }
        for (Waiter waiter : chosen) {
            waiter.sink.success(waiter.granted);
        }
    }
}
