package sluice.invoker;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

/**
 * The answer's body of a {@link QueuedCall}, for one subscriber. What it has not asked for waits here, at most a window
 * and a read; then the function is read no further. Subscriber's methods on any thread, the others on the loop.
 */
final class AnswerBody extends Flux<ByteBuf> implements Subscription {
    private final LoopState loop;
    private final QueuedCall call;
    private final Queue<ByteBuf> waiting = new ArrayDeque<>();
    private final AtomicLong requested = new AtomicLong();
    private final AtomicBoolean isSubscribed = new AtomicBoolean();
    private final AtomicBoolean isScheduled = new AtomicBoolean();
    private volatile @Nullable CoreSubscriber<? super ByteBuf> subscriber;

    private long pending;
    private boolean isComplete;
    private boolean isOver; // told to its end, or discarded
    private @Nullable Throwable failure;
    private @Nullable Runnable onTaken;

    AnswerBody(LoopState loop, QueuedCall call) {
        this.loop = loop;
        this.call = call;
    }

    // ---- for the call ----------------------------------------------------------------------------------------------

    /** Takes ownership. */
    void add(ByteBuf data) {
        if (isOver || !data.isReadable()) {
            data.release();
            return;
        }
        pending += data.readableBytes();
        waiting.add(data);
        schedule();
    }

    void complete() {
        isComplete = true;
        schedule();
    }

    /** What has come is told first. */
    void fail(Throwable why) {
        failure = why;
        complete();
    }

    /** What has come and was not told is dropped. */
    void failNow(Throwable why) {
        if (!isOver) {
            drop();
            fail(why);
        }
    }

    /** Nobody wants it any more. */
    void discard() {
        isOver = true;
        drop();
    }

    private void drop() {
        for (ByteBuf data = waiting.poll(); data != null; data = waiting.poll()) {
            data.release();
        }
        pending = 0;
        taken();
    }

    /** Runs {@code then}, once for an answer, when nothing waits any more. */
    void whenTaken(Runnable then) {
        onTaken = then;
        taken();
    }

    private void taken() {
        Runnable then = onTaken;
        if (pending == 0 && then != null) {
            onTaken = null;
            then.run();
        }
    }

    boolean hasRoom() {
        return pending < StreamWindow.BASE;
    }

    long pendingBytes() {
        return pending;
    }

    // ---- for the subscriber ----------------------------------------------------------------------------------------

    @Override
    public void subscribe(CoreSubscriber<? super ByteBuf> to) {
        if (!isSubscribed.compareAndSet(false, true)) {
            Operators.error(to, new IllegalStateException("the answer's body can be read once"));
            return;
        }
        to.onSubscribe(this);
        subscriber = to;
        schedule();
    }

    @Override
    public void request(long n) {
        if (Operators.validate(n)) {
            requested.accumulateAndGet(n, Operators::addCap);
            schedule();
        }
    }

    @Override
    public void cancel() {
        loop.execute(call::answerUnwanted);
    }

    private void schedule() {
        if (isScheduled.compareAndSet(false, true)) {
            loop.execute(this::tell);
        }
    }

    private void tell() {
        isScheduled.set(false);
        CoreSubscriber<? super ByteBuf> to = subscriber;
        if (to == null) {
            return;
        }
        while (!isOver && !waiting.isEmpty() && requested.get() > 0) {
            ByteBuf data = waiting.remove();
            pending -= data.readableBytes();
            if (requested.get() != Long.MAX_VALUE) {
                requested.decrementAndGet();
            }
            to.onNext(data);
        }
        taken();
        if (!isOver && waiting.isEmpty() && isComplete) {
            isOver = true;
            if (failure == null) {
                to.onComplete();
            } else {
                to.onError(failure);
            }
        } else if (hasRoom()) {
            call.answerTaken();
        }
    }
}
