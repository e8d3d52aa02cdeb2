package sluice.queue.callback;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What became of one delivery.
 *
 * @param status the receiver's, or 0 when none came
 * @param problem one line for people, without anything secret; empty when it was delivered
 * @param retryAfter the receiver's {@code Retry-After}, or null
 */
record CallbackOutcome(
        Kind kind, int status, String problem, @Nullable String retryAfter) {
    private static final int LONGEST = 200;

    enum Kind {
        DELIVERED,
        /** The receiver answered, and not with 2xx. */
        REJECTED,
        UNREACHABLE,
        TIMED_OUT,
        /** By us: the URL leads where no callback goes. Trying again would not help. */
        REFUSED,
        /** The answer to be told is not there: no longer, or not yet on the broker's server that was asked. */
        LOST;

        /** The value of the label. */
        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static CallbackOutcome answered(int status, @Nullable String retryAfter) {
        boolean isTaken = status / 100 == 2;
        String problem = isTaken
                ? ""
                : status / 100 == 3 ? "answered " + status + ", redirects are not followed" : "answered " + status;
        return new CallbackOutcome(isTaken ? Kind.DELIVERED : Kind.REJECTED, status, problem, retryAfter);
    }

    static CallbackOutcome failed(Kind kind, String problem) {
        String line = problem.replaceAll("[^\\x20-\\x7e]", "?");
        return new CallbackOutcome(kind, 0, line.length() > LONGEST ? line.substring(0, LONGEST) : line, null);
    }

    /** Whether another delivery could do better. */
    boolean mayRetry() {
        return kind != Kind.DELIVERED && kind != Kind.REFUSED;
    }
}
