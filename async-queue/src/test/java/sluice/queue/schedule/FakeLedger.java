package sluice.queue.schedule;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;
import sluice.core.calls.FunctionCaller;
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

/** A ledger in memory, in virtual time. */
final class FakeLedger implements Ledger {
    final Map<Lane, TreeSet<Waiting>> waiting = new HashMap<>();
    final Map<Rid, Attempt> running = new HashMap<>();
    final Map<Rid, Integer> failures = new HashMap<>();
    final Map<Rid, Ending> ended = new TreeMap<>();
    final Map<Rid, Long> begun = new TreeMap<>();
    final List<Rid> order = new ArrayList<>();
    final int maxAttempts;
    private LongSupplier clock;
    private @Nullable Arrivals arrivals;
    private long numbers;

    FakeLedger(VirtualTimeScheduler time, int maxAttempts) {
        this.clock = () -> time.now(TimeUnit.MILLISECONDS);
        this.maxAttempts = maxAttempts;
    }

    /** As after a restart of the process. */
    void reopen(LongSupplier newClock) {
        arrivals = null;
        clock = newClock;
    }

    @CanIgnoreReturnValue
    Rid submit(Lane lane) {
        Rid rid = new Rid(nowMillis() << 16, numbers++);
        Waiting call = new Waiting(rid, lane, nowMillis(), Long.MAX_VALUE);
        waiting.computeIfAbsent(lane, name -> new TreeSet<>()).add(call);
        if (arrivals != null) {
            arrivals.arrived(List.of(call));
        }
        return rid;
    }

    /** Calls that were submitted elsewhere, a while ago, and are seen here only now. */
    void appear(Lane lane, int count, long agoMillis) {
        for (int i = 0; i < count; i++) {
            long submitted = nowMillis() - agoMillis;
            Rid rid = new Rid(submitted << 16, numbers++);
            waiting.computeIfAbsent(lane, name -> new TreeSet<>())
                    .add(new Waiting(rid, lane, submitted, Long.MAX_VALUE));
        }
        if (arrivals != null) {
            arrivals.backlogsChanged();
        }
    }

    /** As a journal whose word of a submit comes after the dispatcher has read the call already. */
    void tellLate(Waiting call) {
        Objects.requireNonNull(arrivals).arrived(List.of(call));
    }

    /** As a journal does: first the record, then the word. */
    void cancel(Rid rid) {
        waiting.values().forEach(calls -> calls.removeIf(call -> call.rid().equals(rid)));
        running.remove(rid);
        if (arrivals != null) {
            arrivals.withdrawn(rid).subscribe();
        }
    }

    @Override
    public long nowMillis() {
        return clock.getAsLong();
    }

    @Override
    public void tell(Arrivals told) {
        arrivals = told;
        told.paused(Set.of(), Set.of());
        told.backlogsChanged();
    }

    @Override
    public Mono<List<Backlog>> backlogs() {
        return Mono.fromSupplier(() -> waiting.entrySet().stream()
                .filter(entry -> !entry.getValue().isEmpty())
                .map(entry -> new Backlog(
                        entry.getKey(),
                        entry.getValue().size(),
                        entry.getValue().first().dueMillis()))
                .toList());
    }

    @Override
    public Mono<List<Waiting>> window(Lane lane, @Nullable Waiting after, int limit) {
        return Mono.fromSupplier(() -> {
            TreeSet<Waiting> calls = waiting.getOrDefault(lane, new TreeSet<>());
            return (after == null ? calls : calls.tailSet(after, false))
                    .stream().limit(limit).toList();
        });
    }

    @Override
    public Mono<Attempt> begin(Waiting call) {
        return Mono.fromSupplier(() -> {
            TreeSet<Waiting> calls = waiting.getOrDefault(call.lane(), new TreeSet<>());
            if (!calls.remove(call)) {
                return null;
            }
            int failed = failures.getOrDefault(call.rid(), 0);
            Attempt attempt = new Attempt(
                    call.rid(),
                    call.lane(),
                    ++numbers,
                    failed + 1,
                    failed,
                    maxAttempts,
                    call.dueMillis(),
                    call.dueMillis(),
                    new FunctionCaller.CallHead("POST", "", "gw", new DefaultHttpHeaders(), 0, null),
                    Flux.empty());
            running.put(call.rid(), attempt);
            begun.put(call.rid(), nowMillis());
            order.add(call.rid());
            return attempt;
        });
    }

    private record Answer(int status, HttpHeaders headers) implements SpooledAnswer {
        @Override
        public long length() {
            return 0;
        }

        @Override
        public void discard() {}
    }

    @Override
    public Mono<SpooledAnswer> spool(Attempt attempt, int status, HttpHeaders headers, Flux<ByteBuf> body) {
        return body.doOnNext(ByteBuf::release).then(Mono.just(new Answer(status, headers)));
    }

    @Override
    public Mono<Boolean> end(Attempt attempt, Ending ending) {
        return Mono.fromSupplier(() -> {
            if (!running.remove(attempt.rid(), attempt)) {
                return false;
            }
            ended.put(attempt.rid(), ending);
            return true;
        });
    }

    @Override
    public Mono<Boolean> retry(Attempt attempt, long dueMillis, int httpStatus, String reason) {
        return Mono.fromSupplier(() -> {
            failures.merge(attempt.rid(), 1, Integer::sum);
            return waitAgain(attempt, dueMillis);
        });
    }

    @Override
    public Mono<Boolean> giveBack(Attempt attempt, long dueMillis) {
        return Mono.fromSupplier(() -> waitAgain(attempt, dueMillis));
    }

    private boolean waitAgain(Attempt attempt, long dueMillis) {
        if (!running.remove(attempt.rid(), attempt)) {
            return false;
        }
        waiting.computeIfAbsent(attempt.lane(), name -> new TreeSet<>())
                .add(new Waiting(attempt.rid(), attempt.lane(), dueMillis, Long.MAX_VALUE));
        return true;
    }

    @Override
    public Mono<List<DueCallback>> dueCallbacks(int limit) {
        return Mono.just(List.of());
    }

    @Override
    public Mono<Void> callbackTried(DueCallback callback, int httpStatus, String problem, long nextMillis) {
        return Mono.empty();
    }
}
