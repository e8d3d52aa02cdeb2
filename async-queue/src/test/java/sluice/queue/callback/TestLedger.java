package sluice.queue.callback;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.queue.Arrivals;
import sluice.queue.Attempt;
import sluice.queue.Backlog;
import sluice.queue.DueCallback;
import sluice.queue.Ending;
import sluice.queue.Lane;
import sluice.queue.Ledger;
import sluice.queue.Rid;
import sluice.queue.SpooledAnswer;
import sluice.queue.Waiting;

/** The part of a ledger that callbacks know, in memory. Thread-safe. */
final class TestLedger implements Ledger {
    private final Map<Rid, DueCallback> due = new LinkedHashMap<>();
    private final List<Tried> tried = new ArrayList<>();
    private int failures;
    private Mono<Void> held = Mono.empty();

    /** What was recorded. */
    record Tried(Rid rid, int status, String problem, boolean isOver) {}

    synchronized void add(DueCallback callback) {
        due.put(callback.rid(), callback);
    }

    synchronized List<Tried> tried() {
        return List.copyOf(tried);
    }

    /** Fails that often before it answers again. */
    synchronized void fail(int times) {
        failures = times;
    }

    /** What is read from now on is told only when {@code until} completes, and is then as old as that. */
    synchronized void hold(Mono<Void> until) {
        held = until;
    }

    private boolean fails() {
        return failures > 0 && failures-- > 0;
    }

    @Override
    public long nowMillis() {
        return System.currentTimeMillis();
    }

    @Override
    public synchronized Mono<List<DueCallback>> dueCallbacks(int limit) {
        return fails()
                ? Mono.error(new IllegalStateException("down"))
                : held.thenReturn(due.values().stream().limit(limit).toList());
    }

    /** What is to be tried again is due at once, so that no test waits. */
    @Override
    public Mono<Void> callbackTried(DueCallback callback, int status, String problem, long nextMillis) {
        return Mono.fromRunnable(() -> record(callback, status, problem, nextMillis));
    }

    private synchronized void record(DueCallback callback, int status, String problem, long nextMillis) {
        if (fails()) {
            throw new IllegalStateException("down");
        }
        tried.add(new Tried(callback.rid(), status, problem, nextMillis < 0));
        due.remove(callback.rid());
        if (nextMillis >= 0) {
            due.put(
                    callback.rid(),
                    new DueCallback(
                            callback.rid(),
                            callback.url(),
                            callback.submittedName(),
                            callback.number() + 1,
                            callback.seconds(),
                            callback.hasAnswer(),
                            callback.record()));
        }
    }

    // ---- what callbacks never ask ----------------------------------------------------------------------------------

    @Override
    public void tell(Arrivals arrivals) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Mono<List<Backlog>> backlogs() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Mono<List<Waiting>> window(Lane lane, @Nullable Waiting after, int limit) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Mono<Attempt> begin(Waiting call) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Mono<SpooledAnswer> spool(Attempt attempt, int status, HttpHeaders headers, Flux<ByteBuf> body) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Mono<Boolean> end(Attempt attempt, Ending ending) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Mono<Boolean> retry(Attempt attempt, long dueMillis, int httpStatus, String reason) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Mono<Boolean> giveBack(Attempt attempt, long dueMillis) {
        throw new UnsupportedOperationException();
    }
}
