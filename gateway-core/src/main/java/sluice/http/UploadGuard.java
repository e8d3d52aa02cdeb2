package sluice.http;

import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;

/**
 * A request body that may be neither too large nor too slow (reliability matrix, C2 and A17). The client is blamed only
 * for time in which its bytes were asked for: a reader that asks for none makes nobody slow.
 *
 * <p>The source must signal on {@code loop}; one timer on it looks every second at most, so a part costs no timer.
 */
final class UploadGuard extends Flux<ByteBuf> {
    private static final long LONGEST_TICK = TimeUnit.SECONDS.toNanos(1);
    private static final long SHORTEST_TICK = TimeUnit.MILLISECONDS.toNanos(10);

    private final Flux<ByteBuf> source;
    private final EventExecutor loop;
    private final AsyncConfig config;

    UploadGuard(Flux<ByteBuf> source, EventExecutor loop, AsyncConfig config) {
        this.source = source;
        this.loop = loop;
        this.config = config;
    }

    static FailureException tooLarge(AsyncConfig config) {
        return Failure.TOO_LARGE.in(
                Component.GATEWAY,
                "the body must be at most " + config.maxBodyBytes() + " bytes (SLUICE_QUEUE_MAX_BODY)");
    }

    @Override
    public void subscribe(CoreSubscriber<? super ByteBuf> actual) {
        source.subscribe(new Guarded(actual, loop, config));
    }

    private static final class Guarded implements CoreSubscriber<ByteBuf>, Subscription {
        private final CoreSubscriber<? super ByteBuf> actual;
        private final EventExecutor loop;
        private final AsyncConfig config;
        private final AtomicLong asked = new AtomicLong();
        private final long tick;
        private @Nullable Subscription upstream;
        private @Nullable Future<?> timer;
        private long bytes;
        private long bytesAtTick;
        private long silentNanos;
        private long askedNanos;
        private volatile boolean isDone;

        Guarded(CoreSubscriber<? super ByteBuf> actual, EventExecutor loop, AsyncConfig config) {
            this.actual = actual;
            this.loop = loop;
            this.config = config;
            this.tick = Math.max(
                    SHORTEST_TICK, Math.min(LONGEST_TICK, config.bodySilence().toNanos() / 4));
        }

        @Override
        public void onSubscribe(Subscription subscription) {
            upstream = subscription;
            timer = loop.scheduleWithFixedDelay(this::look, tick, tick, TimeUnit.NANOSECONDS);
            actual.onSubscribe(this);
        }

        @Override
        public void onNext(ByteBuf part) {
            bytes += part.readableBytes();
            if (isDone || bytes > config.maxBodyBytes()) {
                part.release();
                fail(tooLarge(config));
                return;
            }
            asked.updateAndGet(n -> n == Long.MAX_VALUE ? n : n - 1);
            actual.onNext(part);
        }

        @Override
        public void onError(Throwable error) {
            if (end()) {
                actual.onError(error);
            } else {
                Operators.onErrorDropped(error, actual.currentContext());
            }
        }

        @Override
        public void onComplete() {
            if (end()) {
                actual.onComplete();
            }
        }

        @Override
        public void request(long n) {
            Operators.validate(n);
            asked.updateAndGet(before -> Operators.addCap(before, n));
            upstream().request(n);
        }

        @Override
        public void cancel() {
            if (end()) {
                upstream().cancel();
            }
        }

        private void look() {
            if (isDone || asked.get() == 0) {
                silentNanos = 0;
                return;
            }
            askedNanos += tick;
            silentNanos = bytes == bytesAtTick ? silentNanos + tick : 0;
            bytesAtTick = bytes;
            Duration silence = config.bodySilence();
            if (silentNanos >= silence.toNanos()) {
                fail(slow("paused for " + silence.toMillis() + " ms (SLUICE_BODY_SILENCE)"));
            } else if (askedNanos > config.uploadGrace().toNanos()
                    && bytes < config.uploadBytesPerSecond() * (askedNanos / 1e9)) {
                fail(slow("came slower than " + config.uploadBytesPerSecond() + " B/s (SLUICE_UPLOAD_RATE)"));
            }
        }

        private static FailureException slow(String how) {
            return Failure.REQUEST_TIMEOUT.in(Component.GATEWAY, "the body " + how);
        }

        private void fail(FailureException reason) {
            if (end()) {
                upstream().cancel();
                actual.onError(reason);
            }
        }

        private synchronized boolean end() {
            if (isDone) {
                return false;
            }
            isDone = true;
            Future<?> running = timer;
            if (running != null) {
                running.cancel(false);
            }
            return true;
        }

        private Subscription upstream() {
            Subscription known = upstream;
            if (known == null) {
                throw new IllegalStateException("no subscription yet");
            }
            return known;
        }
    }
}
