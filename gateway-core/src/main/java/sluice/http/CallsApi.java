package sluice.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.FunctionName;
import sluice.core.calls.CallJournal;
import sluice.core.calls.CallQuery;
import sluice.core.calls.CallRecord;
import sluice.core.calls.CallState;

/** {@code /system/calls}: asynchronous calls for those who run the gateway. */
final class CallsApi {
    private static final int USUAL_PAGE = 100;
    private static final int LARGEST_PAGE = 1_000;
    private static final int LONGEST_CURSOR = 256;
    private static final String FUNCTION_PREFIX = "function:";

    private final CallJournal journal;

    CallsApi(CallJournal journal) {
        this.journal = journal;
    }

    Mono<Answer> list(ApiCall call) {
        Long asked = call.query().number("limit");
        if (asked != null && (asked < 1 || asked > LARGEST_PAGE)) {
            throw Query.invalid("limit", asked.toString(), "must be from 1 to " + LARGEST_PAGE);
        }
        String cursor = call.query().text("cursor");
        if (cursor.length() > LONGEST_CURSOR) {
            throw Query.invalid("cursor", cursor, "is none that was given out");
        }
        return journal.list(CallFilter.of(call), cursor, asked == null ? USUAL_PAGE : asked.intValue())
                .map(page -> Answer.json(
                        200,
                        new CallBody.Page(
                                page.calls().stream().map(CallBody::of).toList(), page.next(), page.isComplete())));
    }

    Mono<Answer> describe(ApiCall call) {
        return one(call, call.name()).map(record -> Answer.json(200, CallBody.of(record)));
    }

    Mono<Answer> cancel(ApiCall call) {
        String id = call.query().text("id");
        if (id.isEmpty()) {
            return journal.cancelAll(CallFilter.ofSome(call)).map(count -> counted("cancelled", count));
        }
        return one(call, id)
                .flatMap(record -> record.state().isEnded() ? Mono.just(0L) : cancelled(record))
                .map(count -> counted("cancelled", count));
    }

    Mono<Answer> redrive(ApiCall call) {
        return changed(call, journal::redriveAll).map(count -> counted("redriven", count));
    }

    Mono<Answer> purge(ApiCall call) {
        return changed(call, journal::purgeAll).map(count -> counted("purged", count));
    }

    Mono<Answer> pause(ApiCall call) {
        return pause(call, true);
    }

    Mono<Answer> resume(ApiCall call) {
        return pause(call, false);
    }

    Mono<Answer> paused(ApiCall call) {
        return journal.paused().map(names -> Answer.json(200, PausedBody.of(names)));
    }

    /** What starts no attempt until it is resumed; functions by their qualified names. */
    record PausedBody(
            @JsonInclude(JsonInclude.Include.ALWAYS) List<String> queues,
            @JsonInclude(JsonInclude.Include.ALWAYS) List<String> functions) {
        static PausedBody of(List<String> names) {
            return new PausedBody(
                    names.stream().filter(n -> !n.startsWith(FUNCTION_PREFIX)).toList(),
                    names.stream()
                            .filter(n -> n.startsWith(FUNCTION_PREFIX))
                            .map(n -> n.substring(FUNCTION_PREFIX.length()))
                            .toList());
        }
    }

    private Mono<Answer> pause(ApiCall call, boolean isPaused) {
        FunctionName function = CallFilter.function(call);
        String queue = call.query().text("queue");
        if ((function == null) == queue.isEmpty()) {
            throw invalid("say either queue or function");
        }
        if (!queue.isEmpty() && !queue.matches("[a-z0-9_-]{1,63}")) {
            throw Query.invalid("queue", queue, "must be lower-case letters, digits, - and _, at most 63");
        }
        return journal.pause(queue, function == null ? null : function.qualified(), isPaused)
                .thenReturn(Answer.empty(202));
    }

    private Mono<Long> changed(ApiCall call, Function<CallQuery, Mono<Long>> change) {
        String id = call.query().text("id");
        return id.isEmpty()
                ? change.apply(CallFilter.ofSome(call))
                : one(call, id).flatMap(record -> change.apply(only(record)));
    }

    private Mono<Long> cancelled(CallRecord record) {
        return journal.cancel(record.rid()).map(state -> state == CallState.CANCELLED ? 1L : 0L);
    }

    /** The call of that record id, in the namespace in which the caller is permitted. */
    private Mono<CallRecord> one(ApiCall call, String rid) {
        if (!rid.matches("[0-9a-f]{32}")) {
            return Mono.error(() -> unknown());
        }
        String namespace = CallFilter.namespace(call);
        return journal.await(rid, Duration.ZERO)
                .filter(record -> namespace.equals("*")
                        || namespace.equals(record.function().namespace()))
                .switchIfEmpty(Mono.error(() -> unknown()));
    }

    /** That call and, to the millisecond, no other. */
    private static CallQuery only(CallRecord record) {
        return new CallQuery(
                "",
                record.function(),
                record.queue(),
                record.callId(),
                Set.of(record.state()),
                Map.of(),
                record.submittedAt(),
                record.submittedAt().plusMillis(1));
    }

    private static Answer counted(String what, @Nullable Long count) {
        return Answer.json(200, Map.of(what, Objects.requireNonNull(count)));
    }

    private static FailureException unknown() {
        return Failure.NOT_FOUND.in(Component.QUEUE, "no call of this id");
    }

    private static FailureException invalid(String text) {
        return Failure.INVALID_REQUEST.in(Component.GATEWAY, text);
    }
}
