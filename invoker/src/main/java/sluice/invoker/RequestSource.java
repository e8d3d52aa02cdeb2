package sluice.invoker;

import io.netty.buffer.ByteBuf;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import sluice.core.Component;
import sluice.core.Failure;

/**
 * Takes the body of a {@link QueuedCall} from its publisher, one part at a time, on whatever thread it comes, and sees
 * that it is exactly as long as was announced: a byte too many would be the next request of that connection.
 */
final class RequestSource implements CoreSubscriber<ByteBuf> {
    private final LoopState loop;
    private final QueuedCall call;
    private final Flux<ByteBuf> body;
    private final long declared;

    private @Nullable Subscription subscription;
    private long received;
    private boolean isAsked;
    private boolean isPaused;
    private boolean isDone;

    /** A body of {@code declared} bytes, or of any length when that is negative. */
    RequestSource(LoopState loop, QueuedCall call, Flux<ByteBuf> body, long declared) {
        this.loop = loop;
        this.call = call;
        this.body = body;
        this.declared = declared;
    }

    // ---- on the loop -----------------------------------------------------------------------------------------------

    void start() {
        if (!isDone) {
            body.subscribe(this);
        }
    }

    void pause() {
        isPaused = true;
    }

    void resume() {
        isPaused = false;
        loop.execute(this::ask); // later: the call is in the middle of something
    }

    /** Nothing more is wanted. */
    void stop() {
        isDone = true;
        Subscription open = subscription;
        if (open != null) {
            open.cancel();
        }
    }

    private void subscribed(Subscription to) {
        subscription = to;
        if (isDone) {
            to.cancel();
        } else if (declared == 0) {
            finish();
        } else {
            ask();
        }
    }

    /** All of it has come, whether the publisher knows it already or says so when asked for more. */
    private void finish() {
        isDone = true;
        Subscription open = subscription;
        if (open != null) {
            open.request(1);
        }
        call.requestEnd();
    }

    private void ask() {
        Subscription open = subscription;
        if (open != null && !isAsked && !isPaused && !isDone) {
            isAsked = true;
            open.request(1);
        }
    }

    private void arrived(ByteBuf data) {
        isAsked = false;
        received += data.readableBytes();
        if (isDone) {
            data.release();
        } else if (declared >= 0 && received > declared) {
            data.release();
            isDone = true;
            call.requestFailed(broken("longer"));
        } else if (data.isReadable()) {
            call.requestBody(data);
            goOn();
        } else {
            data.release();
            ask();
        }
    }

    private void goOn() {
        if (isDone) {
            return;
        }
        if (received == declared) {
            finish();
        } else {
            ask();
        }
    }

    private void completed() {
        if (!isDone) {
            isDone = true;
            if (received < declared) {
                call.requestFailed(broken("shorter"));
            } else {
                call.requestEnd();
            }
        }
    }

    private Throwable broken(String what) {
        return Failure.INVALID_REQUEST.in(
                Component.QUEUE, "the request body is " + what + " than its length of " + declared + " bytes");
    }

    // ---- on any thread ---------------------------------------------------------------------------------------------

    @Override
    public void onSubscribe(Subscription to) {
        var unused = run(() -> subscribed(to));
    }

    @Override
    public void onNext(ByteBuf data) {
        if (!run(() -> arrived(data))) {
            data.release();
        }
    }

    @Override
    public void onError(Throwable failure) {
        var unused = run(() -> {
            if (!isDone) {
                isDone = true;
                call.requestFailed(failure);
            }
        });
    }

    @Override
    public void onComplete() {
        var unused = run(this::completed);
    }

    private boolean run(Runnable step) {
        if (loop.eventLoop.inEventLoop()) {
            loop.wake();
            step.run();
            return true;
        }
        try {
            loop.eventLoop.execute(() -> {
                loop.wake();
                step.run();
            });
            return true;
        } catch (RejectedExecutionException ended) {
            return false; // the loop has ended, and the call with it
        }
    }
}
