package sluice.invoker;

import sluice.core.AccessGate;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.FunctionName;

/**
 * An answer that the gateway gives itself instead of a function's.
 *
 * @param status HTTP status
 * @param component who refuses, for {@code X-OpenFaaS-Internal}
 * @param text for the client; one line, may be empty
 * @param closes whether the connection must not be used again, because framing is in doubt or the client misbehaves
 * @param retryAfterSeconds value of {@code Retry-After}, or 0 for none
 * @param extraFields further complete field lines without the last one's end, or empty
 * @param isTimeout whether a function made no progress in time; the status alone does not tell
 */
record Refusal(
        int status,
        Component component,
        String text,
        boolean closes,
        int retryAfterSeconds,
        String extraFields,
        boolean isTimeout) {

    private static final String UNKEPT = "Cache-Control: no-store";

    /** The gate broke: nobody is let in for that. */
    static final AccessGate.Decision GATE_FAILED = new AccessGate.Decision.Deny(
            Failure.UNAVAILABLE.in(Component.GATEWAY, "authentication unavailable"), "", 5);

    static Refusal malformed(String text) {
        return new Refusal(400, Component.GATEWAY, text, true, 0, "", false);
    }

    static Refusal closing(int status, String text) {
        return new Refusal(status, Component.GATEWAY, text, true, 0, "", false);
    }

    static Refusal of(int status, Component component, String text) {
        return new Refusal(status, component, text, false, 0, "", false);
    }

    static Refusal later(int status, Component component, String text) {
        return new Refusal(status, component, text, false, 1, "", false);
    }

    static Refusal timeout(int status, String text) {
        return new Refusal(status, Component.INVOKER, text, false, 0, "", true);
    }

    /** There is no such function, or none that the caller may know of: nobody can tell which. */
    static Refusal unknown(String qualifiedName) {
        return of(404, Component.INVOKER, "error finding function " + qualifiedName + ": no such function");
    }

    /** The gate's refusal of a call to {@code function}, which nobody may keep; its challenge comes as a further field. */
    static Refusal of(AccessGate.Decision.Deny denial, FunctionName function) {
        if (denial.reason().failure() == Failure.UNKNOWN_FUNCTION) {
            return unknown(function.qualified());
        }
        int status = switch (denial.reason().failure()) {
            case INVALID_REQUEST -> 400;
            case NOT_AUTHENTICATED -> 401;
            case NOT_PERMITTED -> 403;
            case OVERLOADED -> 429;
            case HEAD_TOO_LARGE -> 431;
            default -> 503;
        };
        String fields = denial.challenges().isEmpty()
                ? UNKEPT
                : "WWW-Authenticate: " + denial.challenges().get(0) + "\r\n" + UNKEPT;
        return new Refusal(
                status,
                denial.reason().component(),
                denial.reason().text(),
                false,
                denial.retryAfterSeconds(),
                fields,
                false);
    }

    Refusal with(String field) {
        return new Refusal(status, component, text, closes, retryAfterSeconds, field, isTimeout);
    }

    /** The same refusal for callers inside this process. */
    FailureException asFailure() {
        Failure failure = isTimeout
                ? Failure.UPSTREAM_TIMEOUT
                : switch (status) {
                    case 404 -> Failure.UNKNOWN_FUNCTION;
                    case 405 -> Failure.METHOD_NOT_ALLOWED;
                    case 408 -> Failure.REQUEST_TIMEOUT;
                    case 429 -> Failure.OVERLOADED;
                    case 502 -> Failure.UPSTREAM_FAILED;
                    case 503 -> Failure.NO_READY_REPLICA;
                    case 508 -> Failure.LOOP_DETECTED;
                    default -> Failure.INVALID_REQUEST;
                };
        return failure.in(component, text);
    }
}
