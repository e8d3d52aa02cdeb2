package sluice.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sluice.core.calls.CallRecord;
import sluice.core.calls.CallRecord.CallbackLog;

/**
 * A call as clients read it. Members that say nothing are left out.
 *
 * @param id the record's own name, for {@code /system/calls}
 * @param position calls that are due before it, for a queued call
 * @param sharedBy how many calls have this call id, where one was asked for by it
 * @param calls all of them, for those who ask
 */
@JsonInclude(Include.NON_EMPTY)
record CallBody(
        String id,
        String callId,
        String function,
        String namespace,
        String queue,
        String state,
        @JsonInclude(Include.ALWAYS) int attempt,
        @JsonInclude(Include.ALWAYS) int maxAttempts,
        String submittedAt,
        @Nullable String startedAt,
        @Nullable String endedAt,
        @Nullable String nextAttemptAt,
        @Nullable Integer httpStatus,
        String reason,
        @Nullable Long position,
        Map<String, String> labels,
        @Nullable Callback callback,
        @Nullable Integer sharedBy,
        @Nullable Links links,
        @Nullable List<CallBody> calls) {
    /** Where to go from here. */
    @JsonInclude(Include.NON_EMPTY)
    record Links(String self, String result, @Nullable String cancel) {
        static Links of(CallRecord record) {
            String self = AsyncTarget.pathOf(record.callId());
            return new Links(self, self + "/result", record.state().isEnded() ? null : self);
        }
    }

    /** What became of the callback: {@code pending}, {@code delivered} or {@code failed}. */
    record Callback(String url, String state, List<Delivery> attempts) {
        static @Nullable Callback of(@Nullable CallbackLog log) {
            return log == null
                    ? null
                    : new Callback(
                            log.url(),
                            log.isDelivered() ? "delivered" : log.isGivenUp() ? "failed" : "pending",
                            log.attempts().stream().map(Delivery::of).toList());
        }
    }

    /** One attempt to deliver a callback. */
    @JsonInclude(Include.NON_EMPTY)
    record Delivery(String at, @Nullable Integer httpStatus, String problem) {
        static Delivery of(CallbackLog.Attempt attempt) {
            return new Delivery(attempt.at().toString(), orNull(attempt.httpStatus()), attempt.problem());
        }
    }

    /** A page of calls. */
    record Page(List<CallBody> calls, String next, boolean complete) {}

    /** One of a list. */
    static CallBody of(CallRecord record) {
        return of(record, null, null);
    }

    /** The newest of those that share its id. */
    static CallBody newest(List<CallRecord> sharing, boolean withAll) {
        List<CallBody> all = withAll ? sharing.stream().map(CallBody::of).toList() : null;
        return of(sharing.get(0), sharing.size(), all);
    }

    private static CallBody of(CallRecord record, @Nullable Integer sharedBy, @Nullable List<CallBody> calls) {
        return new CallBody(
                record.rid(),
                record.callId(),
                record.function().name(),
                record.function().namespace(),
                record.queue(),
                record.state().wireName(),
                record.attempt(),
                record.maxAttempts(),
                record.submittedAt().toString(),
                text(record.startedAt()),
                text(record.endedAt()),
                text(record.nextAttemptAt()),
                orNull(record.httpStatus()),
                record.reason(),
                record.position() < 0 ? null : record.position(),
                record.labels(),
                Callback.of(record.callback()),
                sharedBy,
                Links.of(record),
                calls);
    }

    private static @Nullable Integer orNull(int status) {
        return status == 0 ? null : status;
    }

    private static @Nullable String text(@Nullable Instant instant) {
        return instant == null ? null : instant.toString();
    }
}
