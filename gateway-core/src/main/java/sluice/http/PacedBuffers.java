package sluice.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

/**
 * A body that is read no faster than its client takes it. The server asks for 128 buffers ahead; here each is asked for
 * only when the channel would write it, so that a client that does not read holds one of them and not all. A body that
 * makes no progress for {@code stall}, whoever is to blame, fails with {@link TimeoutException}.
 */
final class PacedBuffers extends Flux<ByteBuf> {
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long LONGEST_TICK = TimeUnit.SECONDS.toNanos(1);
    private static final long SHORTEST_TICK = TimeUnit.MILLISECONDS.toNanos(10);

    private final Flux<ByteBuf> source;
    private final Channel channel;
    private final Duration stall;

    PacedBuffers(Flux<ByteBuf> source, Channel channel, Duration stall) {
        this.source = source;
        this.channel = channel;
        this.stall = stall;
    }

    @Override
    public void subscribe(CoreSubscriber<? super ByteBuf> actual) {
        source.subscribe(new Pacer(actual, channel, stall.toNanos()));
    }

    /** What is not volatile or atomic belongs to the channel's event loop. */
    private static final class Pacer implements CoreSubscriber<ByteBuf>, Subscription {
        private final CoreSubscriber<? super ByteBuf> actual;
        private final Channel channel;
        private final long stallNanos;
        private final AtomicLong asked = new AtomicLong();
        private @Nullable Subscription upstream;
        private @Nullable Future<?> timer;
        private volatile boolean isDone;
        private volatile long progressAt = System.nanoTime();
        private boolean isAwaiting;
        private boolean isLooking;

        Pacer(CoreSubscriber<? super ByteBuf> actual, Channel channel, long stallNanos) {
            this.actual = actual;
            this.channel = channel;
            this.stallNanos = stallNanos;
        }

        @Override
        public void onSubscribe(Subscription subscription) {
            upstream = subscription;
            long tick = Math.max(SHORTEST_TICK, Math.min(LONGEST_TICK, stallNanos / 4));
            timer = channel.eventLoop().scheduleWithFixedDelay(this::check, tick, tick, TimeUnit.NANOSECONDS);
            actual.onSubscribe(this);
        }

        @Override
        public void request(long n) {
            Operators.validate(n);
            asked.updateAndGet(before -> Operators.addCap(before, n));
            channel.eventLoop().execute(this::more);
        }

        @Override
        public void onNext(ByteBuf buffer) {
            if (isDone) {
                buffer.release();
                return;
            }
            progressAt = System.nanoTime();
            actual.onNext(buffer);
            channel.eventLoop().execute(() -> {
                isAwaiting = false;
                more();
            });
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
        public void cancel() {
            if (end()) {
                upstream().cancel();
            }
        }

        private void more() {
            if (isDone || isAwaiting || asked.get() == 0) {
                return;
            }
            if (channel.isWritable()) {
                isAwaiting = true;
                asked.updateAndGet(n -> n == Long.MAX_VALUE ? n : n - 1);
                upstream().request(1);
            } else if (!isLooking) {
                isLooking = true;
                var unused = channel.eventLoop().schedule(this::look, LOOK_NANOS, TimeUnit.NANOSECONDS);
            }
        }

        private void look() {
            isLooking = false;
            more();
        }

        private void check() {
            if (System.nanoTime() - progressAt >= stallNanos && end()) {
                upstream().cancel();
                actual.onError(new TimeoutException("no progress for " + stallNanos / 1_000_000 + " ms"));
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
