package sluice.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.calls.CallJournal;
import sluice.core.calls.CallPage;
import sluice.core.calls.CallQuery;
import sluice.core.calls.CallRecord;
import sluice.core.calls.CallResult;
import sluice.core.calls.CallState;
import sluice.core.calls.Submission;

/** Keeps calls in memory and runs none of them: a test says what becomes of each. */
final class MemoryJournal implements CallJournal {
    private final Map<String, Kept> calls = new LinkedHashMap<>();
    private final Set<String> paused = new TreeSet<>();
    final List<Submission> submits = new CopyOnWriteArrayList<>();
    final List<Throwable> failedBodies = new CopyOnWriteArrayList<>();
    final List<CallQuery> queries = new CopyOnWriteArrayList<>();
    final AtomicInteger longBodiesCancelled = new AtomicInteger();
    volatile @Nullable Flux<ByteBuf> longBody; // for results too large to be kept here
    volatile boolean isDown;
    volatile @Nullable Answered answersAtOnce;

    /** What a function answers. */
    record Answered(int status, HttpHeaders headers, String body) {
        static Answered of(int status, String body) {
            return new Answered(
                    status,
                    new DefaultHttpHeaders().set("Content-Type", "text/plain").set("X-From", "function"),
                    body);
        }
    }

    private static final class Kept {
        final Submission call;
        final byte[] body;
        final Sinks.Empty<Void> ended = Sinks.empty();
        CallRecord record;

        @Nullable Answered answer;

        Kept(Submission call, byte[] body, CallRecord record) {
            this.call = call;
            this.body = body;
            this.record = record;
        }
    }

    @Override
    public Mono<Submitted> submit(Submission call, Flux<ByteBuf> body) {
        if (isDown) {
            return Mono.error(down());
        }
        return body.map(MemoryJournal::bytes)
                .reduceWith(ByteArrayOutputStream::new, (all, part) -> {
                    all.writeBytes(part);
                    return all;
                })
                .doOnError(failedBodies::add)
                .map(all -> keep(call, all.toByteArray()));
    }

    /** The body that was kept for a call. */
    synchronized byte[] body(String callId) {
        return newest(callId).body;
    }

    synchronized Submission submission(String callId) {
        return newest(callId).call;
    }

    synchronized String rid(String callId) {
        return newest(callId).record.rid();
    }

    synchronized int waiting(String callId) {
        return newest(callId).ended.currentSubscriberCount();
    }

    synchronized int size() {
        return calls.size();
    }

    synchronized void clear() {
        calls.clear();
        paused.clear();
        submits.clear();
        queries.clear();
    }

    /** The function has answered. */
    synchronized void answer(String callId, Answered answer) {
        Kept kept = newest(callId);
        kept.answer = answer;
        end(kept, CallState.COMPLETED, answer.status(), "", true);
    }

    synchronized void end(String callId, CallState state, String reason) {
        end(newest(callId), state, 0, reason, false);
    }

    /** Only the tombstone is left. */
    synchronized void forget(String callId) {
        Kept kept = newest(callId);
        kept.answer = null;
        CallRecord r = kept.record;
        kept.record = record(r, r.state(), r.httpStatus(), r.reason(), false, true);
    }

    @Override
    public synchronized Mono<List<CallRecord>> find(String callId) {
        return answer(newestFirst(kept -> kept.record.callId().equals(callId)));
    }

    @Override
    public Mono<Long> count(String callId) {
        return find(callId).map(found -> (long) found.size());
    }

    @Override
    public Mono<CallRecord> await(String rid, Duration patience) {
        Kept kept = kept(rid);
        if (isDown) {
            return Mono.error(down());
        }
        return kept == null
                ? Mono.empty()
                : kept.ended
                        .asMono()
                        .timeout(patience, Mono.empty())
                        .then(Mono.fromSupplier(() -> Objects.requireNonNull(kept(rid)).record));
    }

    @Override
    public Mono<CallResult> result(String rid, long from, long to) {
        Kept kept = kept(rid);
        Answered answer = kept == null ? null : kept.answer;
        if (kept == null || answer == null) {
            return Mono.empty();
        }
        Flux<ByteBuf> large = longBody;
        if (large != null) {
            return Mono.just(new CallResult(
                    kept.record,
                    200,
                    answer.headers(),
                    655_360_000L,
                    large.doOnCancel(longBodiesCancelled::incrementAndGet)));
        }
        byte[] whole = answer.body().getBytes(StandardCharsets.UTF_8);
        int length = whole.length;
        byte[] part = Arrays.copyOfRange(whole, (int) Math.min(from, length), (int) Math.min(to, length));
        return Mono.just(new CallResult(
                kept.record,
                answer.status(),
                answer.headers(),
                length,
                Flux.defer(() -> Flux.just(Unpooled.copiedBuffer(part)))));
    }

    @Override
    public synchronized Mono<CallState> cancel(String rid) {
        if (isDown) {
            return Mono.error(down());
        }
        Kept kept = kept(rid);
        if (kept == null) {
            return Mono.empty();
        }
        if (!kept.record.state().isEnded()) {
            end(kept, CallState.CANCELLED, 0, "", false);
        }
        return Mono.just(kept.record.state());
    }

    @Override
    public synchronized Mono<CallPage> list(CallQuery query, String cursor, int limit) {
        queries.add(query);
        List<CallRecord> found = newestFirst(kept -> matches(query, kept.record));
        int start = cursor.isEmpty() ? 0 : Integer.parseInt(cursor);
        int stop = Math.min(found.size(), start + limit);
        String next = stop < found.size() ? Integer.toString(stop) : "";
        return answer(new CallPage(found.subList(Math.min(start, stop), stop), next, true));
    }

    @Override
    public synchronized Mono<Long> cancelAll(CallQuery query) {
        queries.add(query);
        return changed(query, record -> !record.state().isEnded(), CallState.CANCELLED);
    }

    @Override
    public synchronized Mono<Long> redriveAll(CallQuery query) {
        queries.add(query);
        return changed(query, record -> record.state() == CallState.DEAD, CallState.QUEUED);
    }

    @Override
    public synchronized Mono<Long> purgeAll(CallQuery query) {
        queries.add(query);
        int before = calls.size();
        calls.values().removeIf(kept -> kept.record.state().isEnded() && matches(query, kept.record));
        return answer((long) (before - calls.size()));
    }

    @Override
    public synchronized Mono<Void> pause(String queue, @Nullable String function, boolean isPaused) {
        String name = function == null ? queue : "function:" + function;
        boolean unused = isPaused ? paused.add(name) : paused.remove(name);
        return isDown ? Mono.error(down()) : Mono.empty();
    }

    @Override
    public synchronized Mono<List<String>> paused() {
        return answer(List.copyOf(paused));
    }

    private synchronized Submitted keep(Submission call, byte[] body) {
        for (Kept kept : calls.values()) {
            if (call.idempotencyKey() != null
                    && call.idempotencyKey().equals(kept.call.idempotencyKey())
                    && call.caller().equals(kept.call.caller())) {
                if (!Arrays.equals(body, kept.body) || !call.function().equals(kept.call.function())) {
                    throw Failure.UNPROCESSABLE.in(
                            Component.QUEUE, "Idempotency-Key was used for another request before");
                }
                return new Submitted.Repeated(kept.record);
            }
        }
        submits.add(call);
        String rid = String.format("%032x", calls.size() + 1);
        CallRecord record = new CallRecord(
                rid,
                call.callId(),
                call.isCallIdChosen(),
                call.function(),
                "faas-request",
                CallState.QUEUED,
                0,
                10,
                Instant.now(),
                null,
                null,
                null,
                0,
                "",
                calls.size(),
                false,
                false,
                call.labels(),
                call.callback() == null
                        ? null
                        : new CallRecord.CallbackLog(
                                "http://"
                                        + Objects.requireNonNull(call.callback())
                                                .getHost(),
                                false,
                                false,
                                List.of()));
        Kept kept = new Kept(call, body, record);
        calls.put(rid, kept);
        Answered atOnce = answersAtOnce;
        if (atOnce != null) {
            kept.answer = atOnce;
            end(kept, CallState.COMPLETED, atOnce.status(), "", true);
        }
        return new Submitted.Accepted(rid, call.callId());
    }

    private Mono<Long> changed(CallQuery query, Predicate<CallRecord> isMeant, CallState state) {
        long count = 0;
        for (Kept kept : calls.values()) {
            if (isMeant.test(kept.record) && matches(query, kept.record)) {
                end(kept, state, 0, "", false);
                count++;
            }
        }
        return answer(count);
    }

    private <T> Mono<T> answer(T value) {
        return isDown ? Mono.error(down()) : Mono.just(value);
    }

    private static RuntimeException down() {
        return Failure.JOURNAL_UNAVAILABLE.in(Component.QUEUE, "the journal is down");
    }

    private synchronized @Nullable Kept kept(String rid) {
        return calls.get(rid);
    }

    private Kept newest(String callId) {
        List<CallRecord> found = newestFirst(kept -> kept.record.callId().equals(callId));
        return Objects.requireNonNull(calls.get(found.get(0).rid()));
    }

    private List<CallRecord> newestFirst(Predicate<Kept> isMeant) {
        List<CallRecord> found = new ArrayList<>(
                calls.values().stream().filter(isMeant).map(kept -> kept.record).toList());
        Collections.reverse(found);
        return found;
    }

    private static boolean matches(CallQuery query, CallRecord record) {
        return (query.namespace().isEmpty()
                        || query.namespace().equals(record.function().namespace()))
                && (query.function() == null || query.function().equals(record.function()))
                && (query.queue().isEmpty() || query.queue().equals(record.queue()))
                && (query.callId().isEmpty() || query.callId().equals(record.callId()))
                && (query.states().isEmpty() || query.states().contains(record.state()))
                && record.labels().entrySet().containsAll(query.labels().entrySet())
                && (query.from() == null || !record.submittedAt().isBefore(query.from()))
                && (query.to() == null || record.submittedAt().isBefore(query.to()));
    }

    private static void end(Kept kept, CallState state, int status, String reason, boolean hasResult) {
        kept.record = record(kept.record, state, status, reason, hasResult, false);
        if (state.isEnded()) {
            kept.ended.tryEmitEmpty();
        }
    }

    private static CallRecord record(
            CallRecord r, CallState state, int status, String reason, boolean hasResult, boolean isForgotten) {
        return new CallRecord(
                r.rid(),
                r.callId(),
                r.isCallIdChosen(),
                r.function(),
                r.queue(),
                state,
                state == CallState.QUEUED ? 0 : 1,
                r.maxAttempts(),
                r.submittedAt(),
                state == CallState.QUEUED ? null : Instant.now(),
                state.isEnded() ? Instant.now() : null,
                null,
                status,
                reason,
                -1,
                hasResult,
                isForgotten,
                r.labels(),
                r.callback());
    }

    private static byte[] bytes(ByteBuf buffer) {
        try {
            return ByteBufUtil.getBytes(buffer);
        } finally {
            buffer.release();
        }
    }
}
