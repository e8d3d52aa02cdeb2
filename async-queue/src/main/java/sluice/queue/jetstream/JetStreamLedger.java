package sluice.queue.jetstream;

import io.nats.client.Message;
import io.nats.client.impl.Headers;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.core.calls.CallState;
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
import sluice.queue.jetstream.Kept.KeptCallback;
import sluice.queue.store.CallRow;
import sluice.queue.store.HeaderBytes;
import sluice.queue.store.KeptHead;

/** The scheduler's side: reads the view, changes the broker. Only calls of partitions that are ours are seen here. */
final class JetStreamLedger implements Ledger {
    private final JournalState journal;
    private final Partitions partitions;
    final View view;
    final Changes changes;
    final Starts starts;
    private final Pauses pauses;

    JetStreamLedger(JournalState journal, Partitions partitions, Pauses pauses) {
        this.journal = journal;
        this.partitions = partitions;
        this.view = partitions.view();
        this.changes = partitions.changes();
        this.starts = new Starts(journal, changes, partitions::isOurs);
        this.pauses = pauses;
    }

    /** An answer in the broker that no record names yet. */
    private record Spooled(int status, HttpHeaders headers, Bodies.Taken taken, Bodies bodies)
            implements SpooledAnswer {
        @Override
        public long length() {
            return taken.body().length();
        }

        @Override
        public void discard() {
            bodies.discard(taken.body());
        }
    }

    @Override
    public long nowMillis() {
        return journal.clock.millis();
    }

    @Override
    public void tell(Arrivals arrivals) {
        journal.tell(arrivals);
        pauses.tell();
        journal.backlogsChanged();
    }

    @Override
    public Mono<List<Backlog>> backlogs() {
        return journal.store.read(tables -> tables.calls().backlogs());
    }

    @Override
    public Mono<List<Waiting>> window(Lane lane, @Nullable Waiting after, int limit) {
        return journal.store.read(tables -> tables.calls().window(lane, after, limit));
    }

    @Override
    public Mono<Attempt> begin(Waiting call) {
        return view.find(call.rid())
                .filter(kept -> Rows.isWaiting(kept.row()) && isServing(call.rid()))
                .flatMap(kept -> kept.row().expiresMillis() < nowMillis()
                        ? changes.expire(kept).then(Mono.<Attempt>empty())
                        : begin(kept));
    }

    private Mono<Attempt> begin(Kept kept) {
        Rid rid = kept.row().rid();
        return journal.broker
                .get(Subjects.OPEN, Subjects.request(rid))
                .map(List::of)
                .defaultIfEmpty(List.of())
                .flatMap(found -> {
                    Message message = found.isEmpty() ? null : found.get(0);
                    KeptRequest request =
                            message == null ? null : KeptRequest.of(message).orElse(null);
                    return message == null || request == null
                            ? changes.lost(kept).then(Mono.<Attempt>empty())
                            : begin(kept, request, message.getData());
                });
    }

    private Mono<Attempt> begin(Kept kept, KeptRequest request, byte[] inline) {
        if (!isServing(kept.row().rid())) {
            return Mono.empty();
        }
        Kept begun = Rows.begun(kept, nowMillis());
        return starts.start(kept.row().origin(), begun).map(fence -> attempt(begun.row(), fence, request, inline));
    }

    private Attempt attempt(CallRow row, long fence, KeptRequest request, byte[] inline) {
        KeptHead head = KeptHead.parse(request.fields());
        HttpHeaders headers = head.headers();
        headers.set("X-Call-Id", row.callId());
        long length = request.body().length();
        return new Attempt(
                row.rid(),
                row.lane(),
                fence,
                row.attempt(),
                row.failures(),
                row.maxAttempts(),
                row.submittedMillis(),
                row.dueMillis(),
                new FunctionCaller.CallHead(
                        request.method(), request.target(), request.host(), headers, length, head.admitted()),
                journal.bodies.read(request.body(), inline, 0, length));
    }

    @Override
    public Mono<SpooledAnswer> spool(Attempt attempt, int status, HttpHeaders headers, Flux<ByteBuf> body) {
        return journal.bodies
                .take(
                        body,
                        attempt.rid() + "-" + attempt.fence(),
                        journal.config.maxResultBytes(),
                        "SLUICE_QUEUE_MAX_RESULT",
                        null)
                .map(taken -> new Spooled(status, headers, taken, journal.bodies));
    }

    @Override
    public Mono<Boolean> end(Attempt attempt, Ending ending) {
        Spooled answer = (Spooled) ending.answer();
        return view.find(attempt.rid())
                .flatMap(kept -> isEndedBy(kept.row(), attempt) ? Mono.just(true) : end(attempt, ending, kept, answer))
                .defaultIfEmpty(false)
                .doOnNext(isOurs -> {
                    if (!isOurs && answer != null) {
                        answer.discard();
                    }
                });
    }

    /** Whether this very change was kept before, without our hearing of it. */
    private static boolean isEndedBy(CallRow row, Attempt attempt) {
        return row.state().isEnded() && row.fence() == attempt.fence();
    }

    private Mono<Boolean> end(Attempt attempt, Ending ending, Kept kept, @Nullable Spooled answer) {
        if (!isRunning(kept.row(), attempt)) {
            return Mono.just(false);
        }
        long size = answer == null ? 0 : answer.length();
        Kept after = Rows.ended(kept, ending, attempt.fence(), size, nowMillis());
        return keep(attempt, answer)
                .then(Mono.defer(() -> changes.change(attempt.fence(), after, true, endId(attempt))))
                .doOnNext(sequence -> {
                    count(ending.state());
                    if (ending.state() != CallState.DEAD) {
                        changes.dropRequest(attempt.rid());
                    }
                })
                .hasElement();
    }

    /** The same each time, since an end is tried until it is known to be kept. */
    private static String endId(Attempt attempt) {
        return attempt.rid() + "-" + attempt.fence() + "-end";
    }

    private Mono<Void> keep(Attempt attempt, @Nullable Spooled answer) {
        if (answer == null) {
            return Mono.empty();
        }
        Headers head = new KeptAnswer(
                        answer.status(),
                        HeaderBytes.of(answer.headers()),
                        answer.taken().body())
                .asHeaders();
        return journal.broker
                .publish(
                        Subjects.answer(attempt.rid(), attempt.fence()),
                        head,
                        answer.taken().inline())
                .then();
    }

    private void count(CallState state) {
        switch (state) {
            case COMPLETED -> journal.counters.completed.increment();
            case DEAD -> journal.counters.dead.increment();
            case EXPIRED -> journal.counters.expired.increment();
            default -> throw new IllegalArgumentException("no end of an attempt: " + state);
        }
    }

    @Override
    public Mono<Boolean> retry(Attempt attempt, long dueMillis, int httpStatus, String reason) {
        return change(attempt, kept -> Rows.retried(kept, dueMillis, httpStatus, reason));
    }

    @Override
    public Mono<Boolean> giveBack(Attempt attempt, long dueMillis) {
        return change(attempt, kept -> Rows.givenBack(kept, dueMillis));
    }

    private Mono<Boolean> change(Attempt attempt, UnaryOperator<Kept> how) {
        return view.find(attempt.rid())
                .filter(kept -> isRunning(kept.row(), attempt))
                .flatMap(kept -> changes.change(attempt.fence(), how.apply(kept), true))
                .hasElement();
    }

    private static boolean isRunning(CallRow row, Attempt attempt) {
        return row.state() == CallState.RUNNING && row.origin() == attempt.fence();
    }

    private boolean isServing(Rid rid) {
        return partitions.isServing(Subjects.partition(rid));
    }

    @Override
    public Mono<List<DueCallback>> dueCallbacks(int limit) {
        return journal.store.read(tables -> {
            List<DueCallback> due = new ArrayList<>();
            for (Rid rid : tables.callbacks().due(nowMillis(), limit)) {
                Kept kept = View.kept(tables, rid);
                KeptCallback callback = kept == null ? null : kept.callback();
                if (kept != null && callback != null && isServing(rid)) {
                    due.add(new DueCallback(
                            rid,
                            URI.create(callback.url()),
                            kept.row().submittedName(),
                            callback.number() + 1,
                            kept.row().seconds(),
                            kept.row().hasAnswer(),
                            Rows.record(kept, -1)));
                }
            }
            return due;
        });
    }

    @Override
    public Mono<Void> callbackTried(DueCallback callback, int httpStatus, String problem, long nextMillis) {
        Kept.Tried tried = new Kept.Tried(nowMillis(), httpStatus, problem);
        return view.find(callback.rid())
                .flatMap(kept -> {
                    KeptCallback before = kept.callback();
                    return before == null || before.state() != KeptCallback.DUE
                            ? Mono.<Long>empty()
                            : changes.change(
                                    kept.row().origin(), new Kept(kept.row(), before.tried(tried, nextMillis)), true);
                })
                .then();
    }
}
