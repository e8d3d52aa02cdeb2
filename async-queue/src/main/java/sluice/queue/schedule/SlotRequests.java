package sluice.queue.schedule;

import java.util.ArrayList;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.calls.FunctionCaller;
import sluice.queue.Waiting;

/**
 * The dispatcher's requests for slots. A request asks the invoker for a slot of a lane's function, and reserves one of
 * the queue's slots ({@link QueueShare}) meanwhile, so that a granted slot finds room. The function may be full or asleep,
 * and a request may then wait for ever: after {@link #RESERVED_MILLIS} it is <em>blocked</em>. It stays with the
 * invoker, but reserves nothing any more, and a lane with a blocked request leaves the ring. So a function that cannot
 * run holds back nobody.
 *
 * <h2>What may interleave</h2>
 *
 * All state here and in {@link LaneState} is confined to the loop; grants and refusals come from the invoker's event
 * loops and are handed over as tasks. Between a request and its answer any other task may have run, and four of them
 * matter: the request gets blocked, it is dropped (the lane was paused, it has no call left, the dispatcher stops), the
 * lane's calls change, the queue's slots are taken by others. Why each order is right:
 *
 * <ul>
 *   <li><em>Answer and drop.</em> Whichever task comes first marks the request as over. A drop that comes first cancels
 *       with the invoker, which takes back a slot it is just granting ({@link FunctionCaller#slot}); a grant that was
 *       already handed over finds the request over and releases its slot. An answer that comes first makes the drop miss
 *       the request, which is not in {@link LaneState#wishes} any more. No slot is kept twice, none is lost.
 *   <li><em>Answer and block.</em> Both look whether the request is over. A grant to a blocked request has no reservation
 *       and must find room like a new request; where others took all, the slot goes back to the invoker and the lane is
 *       offered anew, now without a blocked request, so that it enters the ring again.
 *   <li><em>Grant and calls.</em> A request is for the lane, not for one call: a grant takes the first call that is due
 *       now. When all were cancelled, or taken by earlier grants, slot and reservation go back.
 *   <li><em>Grant and limits.</em> The lane may have been paused, or its limit lowered, after the request; the grant asks
 *       again.
 *   <li><em>Answer and the end of the loop.</em> A task that the loop refuses releases the slot where it is.
 * </ul>
 *
 * <h2>What adds up</h2>
 *
 * A request that is neither over nor blocked counts once in {@link QueueShare#take}, and its expected time once in
 * {@link QueueShare#serve}. It is given back by the one of these that happens: it gets blocked, is refused, is dropped, is
 * granted without a call to start. If it is granted with one, the count passes to the attempt, which gives it back at its
 * end. Every way out of {@link #granted} and {@link #refused} ends with {@link Lanes#offer}: freed room is offered at once.
 */
final class SlotRequests {
    private static final long RESERVED_MILLIS = 20;

    private final FunctionCaller caller;
    private final Loop loop;
    private final LongSupplier nowMillis;
    private final Lanes lanes;

    /** @param nowMillis the ledger's clock */
    SlotRequests(FunctionCaller caller, Loop loop, LongSupplier nowMillis, Lanes lanes) {
        this.caller = caller;
        this.loop = loop;
        this.nowMillis = nowMillis;
        this.lanes = lanes;
    }

    /** Asks for one more slot. */
    void add(LaneState lane) {
        LaneState.SlotWish wish = new LaneState.SlotWish();
        lane.wishes.add(wish);
        take(lane);
        wish.patience = loop.later(() -> block(lane, wish), RESERVED_MILLIS);
        wish.subscription = caller.slot(lane.lane.function())
                .subscribe(
                        slot -> loop.run(() -> granted(lane, wish, slot), slot::release),
                        error -> loop.run(() -> refused(lane, wish, error)));
    }

    /** Takes back all requests of the lane. */
    void drop(LaneState lane) {
        for (LaneState.SlotWish wish : new ArrayList<>(lane.wishes)) {
            Disposable subscription = wish.subscription;
            if (over(lane, wish)) {
                giveBack(lane);
            }
            if (subscription != null) {
                subscription.dispose();
            }
        }
    }

    private void block(LaneState lane, LaneState.SlotWish wish) {
        if (!wish.isOver && !wish.isBlocked) {
            wish.isBlocked = true;
            lane.blocked++;
            giveBack(lane);
            lanes.offer(lane);
        }
    }

    private void granted(LaneState lane, LaneState.SlotWish wish, FunctionCaller.Slot slot) {
        if (wish.isOver) {
            slot.release();
            return;
        }
        lane.isBounded = slot.isBounded();
        boolean isReserved = over(lane, wish);
        if (!isReserved) {
            if (!lanes.share(lane).mayTake(lane, nowMillis.getAsLong()) || lane.held >= lanes.limit(lane)) {
                slot.release();
                lanes.offer(lane);
                return;
            }
            take(lane);
        }
        Waiting call = lane.held > lanes.limit(lane) ? null : lane.window.takeDue(nowMillis.getAsLong());
        if (call == null) {
            slot.release();
            giveBack(lane);
        } else {
            lanes.begin(lane, call, slot);
        }
        lanes.offer(lane);
    }

    private void refused(LaneState lane, LaneState.SlotWish wish, Throwable error) {
        if (wish.isOver) {
            return;
        }
        if (over(lane, wish)) {
            giveBack(lane);
        }
        @Nullable Waiting call = null;
        if (error instanceof FailureException failure && failure.failure() == Failure.UNKNOWN_FUNCTION) {
            call = lane.window.takeDue(nowMillis.getAsLong());
            if (call != null) {
                take(lane);
                lanes.begin(lane, call, new NoSlot(lane.lane.function(), failure));
            }
        }
        if (call == null) {
            lanes.rest(lane);
        }
        lanes.offer(lane);
    }

    /** The request is answered; whether it still reserved a slot of the queue. */
    private static boolean over(LaneState lane, LaneState.SlotWish wish) {
        wish.isOver = true;
        wish.patience.dispose();
        lane.wishes.remove(wish);
        if (wish.isBlocked) {
            lane.blocked--;
        }
        return !wish.isBlocked;
    }

    private void take(LaneState lane) {
        QueueShare share = lanes.share(lane);
        share.take(lane);
        share.serve(lane, lane.usualMillis());
    }

    private void giveBack(LaneState lane) {
        QueueShare share = lanes.share(lane);
        share.giveBack(lane);
        share.serve(lane, -lane.usualMillis());
    }
}
