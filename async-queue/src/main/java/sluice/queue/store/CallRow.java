package sluice.queue.store;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import sluice.core.calls.CallState;
import sluice.queue.Lane;
import sluice.queue.Rid;

/**
 * A call as the file keeps it. Times are milliseconds since 1970, 0 where there is none.
 *
 * @param attempt attempts begun
 * @param failures attempts that ended without a final answer
 * @param fence of the newest attempt
 * @param dueMillis of the next attempt, while the call waits
 * @param seconds wall time of the newest attempt
 * @param idempotency hash of caller and idempotency key, or null
 * @param size bytes kept of request and answer
 * @param partition and {@code origin}: the journal's own; 0 where it has none
 */
public record CallRow(
        Rid rid,
        Lane lane,
        String submittedName,
        String callId,
        boolean isCallIdChosen,
        CallState state,
        int attempt,
        int failures,
        int maxAttempts,
        long fence,
        long submittedMillis,
        long dueMillis,
        long expiresMillis,
        long startedMillis,
        long endedMillis,
        int httpStatus,
        String reason,
        double seconds,
        Map<String, String> labels,
        @Nullable String idempotency,
        long size,
        boolean hasCallback,
        boolean hasAnswer,
        boolean isForgotten,
        int partition,
        long origin) {
    public CallRow {
        labels = Map.copyOf(labels);
    }

    /** As {@code call_hash}: 64 bits of FNV-1a over the call id's characters. */
    public static long hashOf(String callId) {
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < callId.length(); i++) {
            hash = (hash ^ callId.charAt(i)) * 0x100000001b3L;
        }
        return hash;
    }
}
