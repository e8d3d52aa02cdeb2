package sluice.invoker;

import sluice.core.Component;

/**
 * An answer that the gateway gives itself instead of a function's.
 *
 * @param status HTTP status
 * @param component who refuses, for {@code X-OpenFaaS-Internal}
 * @param text for the client; one line, may be empty
 * @param closes whether the connection must not be used again, because framing is in doubt or the client misbehaves
 * @param retryAfterSeconds value of {@code Retry-After}, or 0 for none
 * @param extraField a further complete field line without its end, or empty
 */
record Refusal(int status, Component component, String text, boolean closes, int retryAfterSeconds, String extraField) {

    static Refusal malformed(String text) {
        return new Refusal(400, Component.GATEWAY, text, true, 0, "");
    }

    static Refusal closing(int status, String text) {
        return new Refusal(status, Component.GATEWAY, text, true, 0, "");
    }

    static Refusal of(int status, Component component, String text) {
        return new Refusal(status, component, text, false, 0, "");
    }

    static Refusal later(int status, Component component, String text) {
        return new Refusal(status, component, text, false, 1, "");
    }

    Refusal with(String field) {
        return new Refusal(status, component, text, closes, retryAfterSeconds, field);
    }
}
