package sluice.core.calls;

import java.util.Locale;

/** Where an asynchronous call is in its life. A call that has ended stays in the state in which it ended. */
public enum CallState {
    /** Kept, and due now or later; no attempt has begun. */
    QUEUED,
    /** An attempt is under way. */
    RUNNING,
    /** An attempt has failed; the next one is due later. */
    RETRYING,
    /** The function gave a final answer; its HTTP status is in the record. */
    COMPLETED,
    /** No attempt gave a final answer; kept as a dead letter and may be redriven. */
    DEAD,
    /** Withdrawn by a caller. */
    CANCELLED,
    /** Older than its maximum age before an attempt gave a final answer. */
    EXPIRED;

    /** Whether nothing will happen to the call any more, but for a redrive. */
    public boolean isEnded() {
        return this == COMPLETED || this == DEAD || this == CANCELLED || this == EXPIRED;
    }

    /** The word in JSON, query parameters and metrics. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
