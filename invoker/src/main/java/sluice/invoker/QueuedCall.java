package sluice.invoker;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.calls.FunctionCaller.CallAnswer;
import sluice.core.calls.FunctionCaller.CallHead;

/**
 * The client's side of a call that has no client: the request's body comes from a publisher, the answer's goes into one.
 *
 * <p>The exchange never finds itself called by what it calls: everything that a subscriber may do in return (cancel, ask
 * for more, start the next call) reaches it as a task of the loop. Confined to its loop but for {@link #request} and
 * {@link #cancel}.
 */
final class QueuedCall implements Downstream, Subscription {
    private static final ForwardedHead.Sender NOBODY = new ForwardedHead.Sender() {
        private static final byte[] NO_ADDRESS = {};

        @Override
        public byte[] forwardedFor() {
            return NO_ADDRESS;
        }

        @Override
        public boolean isTrusted() {
            return true; // whose X-Forwarded-* may be believed was decided when the call came in
        }
    };

    private final RelayContext relay;
    private final SpareSlot slot;
    private final LoopState loop;
    private final CallHead head;
    private final CoreSubscriber<? super CallAnswer> subscriber;
    private final Set<QueuedCall> running;
    private final RequestSource source;
    private final AnswerBody answer;
    private final AtomicBoolean isBegun = new AtomicBoolean();
    private volatile boolean isCancelled;

    private @Nullable Exchange call;
    private boolean isDelivered;
    private @Nullable Throwable failure;

    private QueuedCall(
            RelayContext relay,
            SpareSlot slot,
            CallHead head,
            Flux<ByteBuf> body,
            Set<QueuedCall> running,
            CoreSubscriber<? super CallAnswer> subscriber) {
        this.relay = relay;
        this.slot = slot;
        this.loop = slot.loop;
        this.head = head;
        this.running = running;
        this.subscriber = subscriber;
        this.source = new RequestSource(loop, this, body, head.contentLength());
        this.answer = new AnswerBody(loop, this);
    }

    static Mono<CallAnswer> of(
            RelayContext relay, SpareSlot slot, CallHead head, Flux<ByteBuf> body, Set<QueuedCall> running) {
        return new Mono<>() {
            @Override
            public void subscribe(CoreSubscriber<? super CallAnswer> subscriber) {
                subscriber.onSubscribe(new QueuedCall(relay, slot, head, body, running, subscriber));
            }
        };
    }

    // ---- the subscriber's wishes; any thread -----------------------------------------------------------------------

    @Override
    public void request(long n) {
        if (!Operators.validate(n) || !isBegun.compareAndSet(false, true)) {
            return;
        }
        if (!slot.take()) {
            subscriber.onError(new IllegalStateException("the slot was used or given back before"));
        } else if (loop.isGone()) {
            slot.route.release(slot.replica);
            subscriber.onError(Failure.UNAVAILABLE.in(Component.INVOKER, "the gateway is stopping"));
        } else {
            loop.execute(this::begin);
        }
    }

    @Override
    public void cancel() {
        isCancelled = true;
        if (isBegun.compareAndSet(false, true)) {
            slot.release();
        } else {
            loop.execute(() -> {
                end(null);
                answer.failNow(cut()); // whoever reads it must not wait for ever
            });
        }
    }

    /** Ends the call in mid-air because this process ends. */
    void abortNow() {
        loop.execute(() -> end(Failure.UNAVAILABLE.in(Component.INVOKER, "the gateway is stopping")));
    }

    // ---- the request -----------------------------------------------------------------------------------------------

    private void begin() {
        Refusal refusal = isCancelled
                ? null
                : CallerHead.read(loop, slot.route, head, relay.config().maxHops());
        if (isCancelled || refusal != null) {
            slot.route.release(slot.replica);
            if (refusal != null) {
                fail(refusal.asFailure());
            }
            return;
        }
        relay.callWithSlotBegins();
        int small = head.contentLength() > 0 && head.contentLength() <= 8 * 1024 ? (int) head.contentLength() : 0;
        ForwardedHead request = ForwardedHead.write(
                loop, NOBODY, false, false, relay.queueUserAgent(), PooledByteBufAllocator.DEFAULT, small);
        Exchange opened = new Exchange(relay, loop, this, slot.route, request);
        call = opened;
        running.add(this);
        opened.startIn(slot.replica);
        source.start();
    }

    /** A part of the body; takes ownership. */
    void requestBody(ByteBuf data) {
        Exchange current = call;
        if (current == null) {
            data.release();
        } else {
            current.requestBody(data);
            current.requestReadComplete();
        }
    }

    /** The body is as long as was announced. */
    void requestEnd() {
        Exchange current = call;
        if (current != null && head.contentLength() != 0) {
            current.requestEnd(null);
            current.requestReadComplete();
        }
    }

    /** There will be no more of the body, and it is not whole. */
    void requestFailed(Throwable why) {
        end(why);
    }

    @Override
    public void pauseReading() {
        source.pause();
    }

    @Override
    public void resumeReading() {
        source.resume();
    }

    @Override
    public void sendContinue() {
        // nobody asked to be invited
    }

    // ---- the answer ------------------------------------------------------------------------------------------------

    @Override
    public void answerHead(Head answerHead, ResponseFacts facts, ForwardedHead request, boolean hasBody) {
        isDelivered = true;
        CallAnswer told = new CallAnswer(
                answerHead.status, AnswerFields.of(answerHead, facts, request, relay.servedBy()), answer);
        loop.execute(() -> {
            if (isCancelled) {
                return;
            }
            subscriber.onNext(told);
            subscriber.onComplete();
        });
    }

    @Override
    public void answerBody(ByteBuf data) {
        answer.add(data);
    }

    @Override
    public void answerEnd(@Nullable Head trailers) {
        answer.complete();
    }

    /** There is room again in what waits for the subscriber. */
    void answerTaken() {
        Exchange current = call;
        if (current != null) {
            current.answer.downstreamWritable();
        }
    }

    @Override
    public void refuse(Refusal refusal, @Nullable ForwardedHead request) {
        failure = refusal.asFailure();
    }

    @Override
    public void switchProtocol(Head answerHead, ForwardedHead request) {
        throw new IllegalStateException("a call from inside never offers to change the protocol");
    }

    @Override
    public void flush() {
        // what was told is on its way
    }

    @Override
    public boolean isWritable() {
        return answer.hasRoom();
    }

    @Override
    public long pendingBytes() {
        return answer.pendingBytes();
    }

    @Override
    public void whenTaken(Runnable then) {
        answer.whenTaken(then);
    }

    // ---- the end ---------------------------------------------------------------------------------------------------

    /** Nobody reads the answer any more. */
    void answerUnwanted() {
        end(null);
        answer.discard();
    }

    private void end(@Nullable Throwable why) {
        Exchange current = call;
        if (current != null) {
            failure = why;
            current.abort();
        }
    }

    @Override
    public void ended(boolean isAborted) {
        call = null;
        running.remove(this);
        source.stop();
        if (failure == null && !isAborted) {
            return; // all of it was told
        } else if (isDelivered) {
            answer.fail(reason());
        } else {
            fail(reason());
        }
    }

    private Throwable reason() {
        Throwable known = failure;
        return known != null ? known : cut();
    }

    private FailureException cut() {
        return Failure.UPSTREAM_FAILED.in(
                Component.INVOKER, "the answer of function " + slot.route.name + " was cut off");
    }

    private void fail(Throwable why) {
        loop.execute(() -> {
            if (!isCancelled) {
                subscriber.onError(why);
            }
        });
    }

    @Override
    public Channel channel() {
        throw new IllegalStateException("a call from inside has no connection");
    }

    @Override
    public @Nullable ReadSizer sizer() {
        return null;
    }
}
