package sluice.local;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;

/**
 * Carries chunks from a thread that may wait to a subscriber that may not: the thread waits until the next chunk is
 * asked for. One writer, one subscriber.
 */
final class ChunkStream {
    private final Object changed = new Object();
    private @Nullable FluxSink<ByteBuf> sink;
    private boolean isCancelled;

    /** The chunks, for one subscriber. */
    Flux<ByteBuf> chunks() {
        return Flux.create(this::open, FluxSink.OverflowStrategy.ERROR); // never: sent on demand
    }

    /** Hands {@code chunk} over as soon as it is asked for; false when nobody wants it any more. Blocks. */
    boolean send(byte[] chunk) throws InterruptedException {
        FluxSink<ByteBuf> subscriber = awaitDemand();
        if (subscriber == null) {
            return false;
        }
        subscriber.next(Unpooled.wrappedBuffer(chunk));
        return true;
    }

    /** The last chunk has been sent. */
    void complete() {
        FluxSink<ByteBuf> subscriber = subscriber();
        if (subscriber != null) {
            subscriber.complete();
        }
    }

    /** What was sent is not all there should be. */
    void fail(Throwable reason) {
        FluxSink<ByteBuf> subscriber = subscriber();
        if (subscriber != null) {
            subscriber.error(reason);
        }
    }

    /** Nobody will read on; wakes the writer. */
    void cancel() {
        synchronized (changed) {
            isCancelled = true;
            changed.notifyAll();
        }
    }

    private void open(FluxSink<ByteBuf> subscriber) {
        subscriber.onRequest(n -> wake());
        subscriber.onCancel(this::cancel);
        synchronized (changed) {
            sink = subscriber;
            changed.notifyAll();
        }
    }

    private void wake() {
        synchronized (changed) {
            changed.notifyAll();
        }
    }

    private @Nullable FluxSink<ByteBuf> awaitDemand() throws InterruptedException {
        synchronized (changed) {
            while (!isCancelled && (sink == null || sink.requestedFromDownstream() == 0)) {
                changed.wait();
            }
            return isCancelled ? null : sink;
        }
    }

    /** Null before the first chunk was asked for. */
    private @Nullable FluxSink<ByteBuf> subscriber() {
        synchronized (changed) {
            return sink;
        }
    }
}
