package sluice.queue.embedded;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.core.calls.CallRecord.CallbackLog;
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
import sluice.queue.store.BodyTables;
import sluice.queue.store.CallRecords;
import sluice.queue.store.CallRow;
import sluice.queue.store.CallbackTable;
import sluice.queue.store.Place;

/** The scheduler's side of the embedded journal. */
final class EmbeddedLedger implements Ledger {
    private final JournalState journal;
    private final CallEnds ends;

    EmbeddedLedger(JournalState journal, CallEnds ends) {
        this.journal = journal;
        this.ends = ends;
    }

    @Override
    public long nowMillis() {
        return journal.clock.millis();
    }

    @Override
    public void tell(Arrivals arrivals) {
        journal.tell(arrivals);
        Pauses.tell(journal.store, arrivals);
        arrivals.backlogsChanged();
        arrivals.callbackDue(nowMillis());
    }

    @Override
    public Mono<List<Backlog>> backlogs() {
        return journal.store.read(tables -> tables.calls().backlogs());
    }

    @Override
    public Mono<List<Waiting>> window(Lane lane, @Nullable Waiting after, int limit) {
        return journal.store.read(tables -> tables.calls().window(lane, after, limit));
    }

    /** A call with its request, or why there is none. */
    private record Begun(CallRow row, BodyTables.@Nullable Request request) {}

    @Override
    public Mono<Attempt> begin(Waiting call) {
        long fence = journal.nextFence();
        List<Rid> expired = new ArrayList<>();
        List<CallEnds.Leftover> leftovers = new ArrayList<>();
        return journal.store
                .write(
                        tables -> {
                            expired.clear();
                            leftovers.clear();
                            long now = nowMillis();
                            boolean isBegun = tables.changes().begin(call.rid(), fence, now);
                            if (!isBegun && call.expiresMillis() < now && ends.expire(tables, call.rid(), leftovers)) {
                                expired.add(call.rid());
                            }
                            return isBegun;
                        },
                        0,
                        isBegun -> ends.expired(expired, leftovers),
                        () -> {})
                .flatMap(isBegun -> isBegun ? load(call, fence) : Mono.empty());
    }

    private Mono<Attempt> load(Waiting call, long fence) {
        return journal.store
                .read(tables -> {
                    CallRow row = tables.calls().find(call.rid());
                    return row == null || row.fence() != fence || row.state() != CallState.RUNNING
                            ? null
                            : new Begun(row, present(call.rid(), tables.bodies().request(call.rid())));
                })
                .flatMap(begun -> {
                    BodyTables.Request request = begun.request();
                    return request == null
                            ? ends.lost(call.rid()).then(Mono.<Attempt>empty())
                            : Mono.just(attempt(begun.row(), request));
                });
    }

    private BodyTables.@Nullable Request present(Rid rid, BodyTables.@Nullable Request request) {
        if (request == null || request.body().kind() == Place.Kind.INLINE) {
            return request;
        }
        Place place = request.body();
        Path file = place.kind() == Place.Kind.SEGMENT
                ? journal.bodies.segment(place.segment())
                : journal.bodies.file(JournalState.requestFile(rid));
        try {
            return Files.size(file) >= place.position() + place.length() ? request : null;
        } catch (IOException e) {
            return null;
        }
    }

    private Attempt attempt(CallRow row, BodyTables.Request request) {
        HttpHeaders headers = request.head().headers();
        headers.set("X-Call-Id", row.callId());
        long length = request.body().length();
        return new Attempt(
                row.rid(),
                row.lane(),
                row.fence(),
                row.attempt(),
                row.failures(),
                row.maxAttempts(),
                row.submittedMillis(),
                row.dueMillis(),
                new FunctionCaller.CallHead(
                        request.method(),
                        request.target(),
                        request.host(),
                        headers,
                        length,
                        request.head().admitted()),
                journal.bodies.read(request.body(), JournalState.requestFile(row.rid()), 0, length));
    }

    @Override
    public Mono<SpooledAnswer> spool(Attempt attempt, int status, HttpHeaders headers, Flux<ByteBuf> body) {
        return journal.bodies
                .take(
                        body,
                        JournalState.answerFile(attempt.rid(), attempt.fence()),
                        journal.config.maxResultBytes(),
                        "SLUICE_QUEUE_MAX_RESULT",
                        null)
                .map(taken -> new Spooled(status, headers, taken));
    }

    @Override
    public Mono<Boolean> end(Attempt attempt, Ending ending) {
        return ends.end(attempt, ending);
    }

    @Override
    public Mono<Boolean> retry(Attempt attempt, long dueMillis, int httpStatus, String reason) {
        return journal.store.write(
                tables -> tables.changes().retry(attempt.rid(), attempt.fence(), dueMillis, httpStatus, reason));
    }

    @Override
    public Mono<Boolean> giveBack(Attempt attempt, long dueMillis) {
        return journal.store.write(tables -> tables.changes().giveBack(attempt.rid(), attempt.fence(), dueMillis));
    }

    @Override
    public Mono<List<DueCallback>> dueCallbacks(int limit) {
        return journal.store.read(tables -> {
            List<DueCallback> due = new ArrayList<>();
            for (Rid rid : tables.callbacks().due(nowMillis(), limit)) {
                CallRow row = tables.calls().find(rid);
                CallbackTable.Callback callback = tables.callbacks().find(rid);
                if (row != null && callback != null) {
                    due.add(new DueCallback(
                            rid,
                            URI.create(callback.url()),
                            row.submittedName(),
                            callback.number() + 1,
                            row.seconds(),
                            row.hasAnswer(),
                            CallRecords.of(tables, row)));
                }
            }
            return due;
        });
    }

    @Override
    public Mono<Void> callbackTried(DueCallback callback, int httpStatus, String problem, long nextMillis) {
        CallbackLog.Attempt attempt = new CallbackLog.Attempt(Instant.ofEpochMilli(nowMillis()), httpStatus, problem);
        return journal.store
                .write(tables -> tables.callbacks().tried(callback.rid(), attempt, nextMillis))
                .doOnNext(isKept -> {
                    if (isKept && nextMillis >= 0) {
                        journal.callbackDue(nextMillis);
                    }
                })
                .then();
    }
}
