package sluice.queue;

import org.jspecify.annotations.Nullable;
import sluice.core.calls.CallState;

/**
 * How a call ended, or why an attempt failed.
 *
 * @param state {@link CallState#COMPLETED}, {@link CallState#DEAD} or {@link CallState#EXPIRED}
 * @param httpStatus the function's, or 0 when none came
 * @param reason empty for a final answer; otherwise one line for people
 * @param seconds wall time of the attempt
 * @param answer what was kept of the answer, or null when there is none
 */
public record Ending(
        CallState state,
        int httpStatus,
        String reason,
        double seconds,
        @Nullable SpooledAnswer answer) {
    public Ending {
        if (!state.isEnded() || state == CallState.CANCELLED) {
            throw new IllegalArgumentException("no way for an attempt to end: " + state);
        }
    }
}
