package sluice.invoker;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import sluice.core.FailureException;
import sluice.core.calls.FunctionCaller.Slot;

/**
 * One wait for a spare slot. Cancelling leaves the queue; a slot that is on its way, or was delivered and is in nobody's
 * use, goes back then. May be cancelled on any thread; signals on its loop.
 */
final class SlotRequest implements Waiter.Call, Subscription {
    private enum State {
        NEW,
        WAITING,
        DELIVERED,
        ENDED
    }

    private final RelayContext relay;
    private final Route route;
    private final LoopState loop;
    private final CoreSubscriber<? super Slot> subscriber;
    private final Waiter waiter;
    private final AtomicReference<State> state = new AtomicReference<>(State.NEW);
    private volatile @Nullable SpareSlot slot;

    private SlotRequest(RelayContext relay, Route route, LoopState loop, CoreSubscriber<? super Slot> subscriber) {
        this.relay = relay;
        this.route = route;
        this.loop = loop;
        this.subscriber = subscriber;
        this.waiter = new Waiter(this, loop);
    }

    static Mono<Slot> of(RelayContext relay, Route route, LoopState loop) {
        return new Mono<>() {
            @Override
            public void subscribe(CoreSubscriber<? super Slot> subscriber) {
                subscriber.onSubscribe(new SlotRequest(relay, route, loop, subscriber));
            }
        };
    }

    @Override
    public void request(long n) {
        if (Operators.validate(n) && state.compareAndSet(State.NEW, State.WAITING)) {
            route.enqueueSpare(waiter);
            if (relay.config().scaleFromZero()) {
                route.wake(relay.provider());
            }
        }
    }

    @Override
    public void cancel() {
        State before = state.getAndSet(State.ENDED);
        if (before == State.WAITING) {
            var unused = route.leaveSpare(waiter); // if a slot is on its way, granted() gives it back
        } else if (before == State.DELIVERED) {
            SpareSlot delivered = slot;
            if (delivered != null) {
                delivered.release();
            }
        }
    }

    @Override
    public void granted(Replica replica) {
        SpareSlot granted = new SpareSlot(route, replica, loop);
        slot = granted;
        if (state.compareAndSet(State.WAITING, State.DELIVERED)) {
            subscriber.onNext(granted);
            subscriber.onComplete();
        } else {
            granted.release();
        }
    }

    @Override
    public void waitFailed(FailureException failure) {
        if (state.compareAndSet(State.WAITING, State.ENDED)) {
            subscriber.onError(failure);
        }
    }
}
