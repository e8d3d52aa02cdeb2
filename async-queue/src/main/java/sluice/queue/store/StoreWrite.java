package sluice.queue.store;

import java.sql.SQLException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.MonoSink;
import reactor.core.scheduler.Scheduler;

/** One write on its way through the {@link StoreWriter}: what it does, and who is told of it. */
final class StoreWrite<T> {
    private final StoreWork<T> work;
    private final long bytes;
    private final Consumer<@Nullable T> kept;
    private final Runnable failed;
    private final MonoSink<T> sink;
    private final Scheduler signals;
    private @Nullable T result;

    /**
     * @param kept and {@code failed}: one of the two runs, once
     * @param signals where {@link #error} tells
     */
    StoreWrite(
            StoreWork<T> work,
            long bytes,
            Consumer<@Nullable T> kept,
            Runnable failed,
            MonoSink<T> sink,
            Scheduler signals) {
        this.work = work;
        this.bytes = bytes;
        this.kept = kept;
        this.failed = failed;
        this.sink = sink;
        this.signals = signals;
    }

    /** Bytes that it adds to a batch, roughly. */
    long bytes() {
        return bytes;
    }

    /** In the writer's transaction; again in another one if that is taken back. */
    void run(Tables to) throws SQLException {
        result = work.run(to);
    }

    /** It is kept. On the signals thread. */
    void done() {
        kept.accept(result);
        sink.success(result);
    }

    /** It is not. Returns at once. */
    void error(Throwable reason) {
        signals.schedule(() -> {
            failed.run();
            sink.error(reason);
        });
    }
}
