package sluice.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import sluice.core.Action;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.GoDuration;
import sluice.core.calls.CallJournal;
import sluice.core.calls.CallQuery;
import sluice.core.calls.CallRecord;
import sluice.core.calls.CallResult;
import sluice.core.calls.CallState;

/** Status, result and cancel by call id: for those who made the call. */
final class CallReadApi {
    private static final int MOST_FOUND = 1_000; // by one look-up of the journal
    private static final int CANCELS_AT_ONCE = 16;

    private final CallJournal journal;
    private final CallAccess access;
    private final CallWaits waits;
    private final CallAnswers answers;

    CallReadApi(CallJournal journal, CallAccess access, CallWaits waits, CallAnswers answers) {
        this.journal = journal;
        this.access = access;
        this.waits = waits;
        this.answers = answers;
    }

    /** The newest call of that id, at once or when it has ended. */
    Mono<Answer> status(String callId, Query query, HttpServerRequest request) {
        Duration patience = patience(query);
        boolean withAll = query.flag("all");
        return find(callId, request, Action.CALL_GET).flatMap(found -> {
            CallRecord newest = found.get(0);
            if (patience.isZero() || newest.state().isEnded()) {
                return Mono.just(status(found, withAll));
            }
            return waits.until(newest.rid(), patience)
                    .switchIfEmpty(Mono.error(() -> unknown()))
                    .map(ended -> status(replaced(found, ended), withAll));
        });
    }

    /** The function's answer to the newest call of that id, or a part of it; 202 while there is none. */
    Mono<Answer> result(String callId, Query query, HttpServerRequest request) {
        Duration patience = patience(query);
        return find(callId, request, Action.CALL_GET)
                .flatMap(found -> patience.isZero() || found.get(0).state().isEnded()
                        ? Mono.just(found.get(0))
                        : waits.until(found.get(0).rid(), patience))
                .switchIfEmpty(Mono.error(() -> unknown()))
                .flatMap(record -> record.state().isEnded()
                        ? part(record, request)
                        : Mono.just(Answer.json(202, CallBody.of(record))
                                .with(SubmitFields.CALL_ID, record.callId())
                                .with(HttpHeaderNames.LOCATION, AsyncTarget.pathOf(record.callId()))));
    }

    /** Cancels every open call of that id. */
    Mono<Answer> cancel(String callId, HttpServerRequest request) {
        return journal.find(callId)
                .defaultIfEmpty(List.of())
                .flatMap(all -> access.visible(all, request, Action.CALL_CANCEL)
                        .map(CallReadApi::requireKept)
                        .flatMap(visible -> cancelled(visible)
                                .concatWith(rest(callId, all, visible))
                                .collectList()))
                .map(states -> {
                    if (states.isEmpty()) {
                        throw unknown();
                    }
                    if (states.contains(CallState.CANCELLED)) {
                        return Answer.empty(202).with(SubmitFields.CALL_ID, callId);
                    }
                    throw Failure.CONFLICT.in(
                            Component.QUEUE,
                            "the call has ended: " + states.get(0).wireName());
                });
    }

    private Mono<List<CallRecord>> find(String callId, HttpServerRequest request, Action action) {
        return journal.find(callId)
                .defaultIfEmpty(List.of())
                .flatMap(all -> access.visible(all, request, action))
                .map(CallReadApi::requireKept);
    }

    /** What they are afterwards, newest first. */
    private Flux<CallState> cancelled(List<CallRecord> records) {
        return Flux.fromIterable(records)
                .filter(record -> !record.isForgotten())
                .flatMapSequential(record -> journal.cancel(record.rid()), CANCELS_AT_ONCE);
    }

    /** Those beyond what one look-up finds. */
    private Flux<CallState> rest(String callId, List<CallRecord> found, List<CallRecord> visible) {
        if (found.size() < MOST_FOUND || visible.size() < found.size()) {
            return Flux.empty();
        }
        return journal.cancelAll(new CallQuery("", null, "", callId, Set.of(), Map.of(), null, null))
                .filter(count -> count > 0)
                .map(count -> CallState.CANCELLED)
                .flux();
    }

    private Mono<Answer> part(CallRecord record, HttpServerRequest request) {
        if (!record.hasResult()) {
            return Mono.error(
                    record.state() == CallState.COMPLETED
                            ? Failure.GONE.in(Component.QUEUE, "the result is no longer kept")
                            : Failure.NOT_FOUND.in(
                                    Component.QUEUE,
                                    "the call has ended without an answer: "
                                            + record.state().wireName()));
        }
        ByteRange range = ByteRange.parse(request.requestHeaders().get(HttpHeaderNames.RANGE));
        Mono<CallResult> gone = Mono.error(() -> Failure.GONE.in(Component.QUEUE, "the result is no longer kept"));
        if (range == null) {
            return journal.result(record.rid(), 0, Long.MAX_VALUE)
                    .switchIfEmpty(gone)
                    .map(whole -> answers.result(whole, new ByteRange.Part(0, whole.length(), true)));
        }
        return journal.result(record.rid(), 0, 0).switchIfEmpty(gone).flatMap(head -> {
            String condition = request.requestHeaders().get(HttpHeaderNames.IF_RANGE);
            boolean isSame = condition == null || condition.strip().equals(CallAnswers.entityTag(head));
            ByteRange.Part part = isSame ? range.of(head.length()) : new ByteRange.Part(0, head.length(), true);
            if (part == null) {
                return Mono.just(answers.noSuchRange(head));
            }
            return journal.result(record.rid(), part.from(), part.to())
                    .switchIfEmpty(gone)
                    .map(result -> answers.result(result, part));
        });
    }

    private static Answer status(List<CallRecord> found, boolean withAll) {
        return Answer.json(200, CallBody.newest(found, withAll))
                .with(SubmitFields.CALL_ID, found.get(0).callId())
                .with(HttpHeaderNames.CACHE_CONTROL, "no-store");
    }

    private static List<CallRecord> replaced(List<CallRecord> found, CallRecord newest) {
        return found.stream()
                .map(record -> record.rid().equals(newest.rid()) ? newest : record)
                .toList();
    }

    /** Refuses when there is nothing, or nothing but tombstones. */
    private static List<CallRecord> requireKept(List<CallRecord> records) {
        if (records.isEmpty()) {
            throw unknown();
        }
        CallRecord newest = records.get(0);
        if (newest.isForgotten()) {
            throw Failure.GONE.in(
                    Component.QUEUE, "the call has ended (" + newest.state().wireName() + ") and is no longer kept");
        }
        return records;
    }

    private static Duration patience(Query query) {
        String wait = query.text("wait");
        return wait.isEmpty()
                ? Duration.ZERO
                : GoDuration.parseOrSeconds(wait)
                        .orElseThrow(() -> Query.invalid("wait", wait, "must be a Go duration, such as 30s"));
    }

    private static FailureException unknown() {
        return Failure.NOT_FOUND.in(
                Component.QUEUE, "no call of this id, or it was chosen by its caller and needs credentials");
    }
}
