package sluice.queue.jetstream;

import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sluice.core.FunctionName;
import sluice.core.calls.CallQuery;
import sluice.core.calls.CallState;
import sluice.queue.Rid;

/**
 * What is asked of all workers.
 *
 * @param from and {@code to}: milliseconds since 1970, or null
 * @param before record id that a page begins below, or empty
 */
record WireQuery(
        What what,
        String namespace,
        @Nullable FunctionName function,
        String queue,
        String callId,
        Set<CallState> states,
        Map<String, String> labels,
        @Nullable Long from,
        @Nullable Long to,
        String before,
        int limit) {
    enum What {
        LIST,
        CANCEL,
        REDRIVE,
        PURGE
    }

    static WireQuery of(What what, CallQuery query, @Nullable Rid before, int limit) {
        return new WireQuery(
                what,
                query.namespace(),
                query.function(),
                query.queue(),
                query.callId(),
                query.states(),
                query.labels(),
                query.from() == null ? null : query.from().toEpochMilli(),
                query.to() == null ? null : query.to().toEpochMilli(),
                before == null ? "" : before.toString(),
                limit);
    }

    CallQuery query() {
        return new CallQuery(
                namespace,
                function,
                queue,
                callId,
                states,
                labels,
                from == null ? null : Instant.ofEpochMilli(from),
                to == null ? null : Instant.ofEpochMilli(to));
    }
}
