package sluice.core;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;

/** Where it is written down who did what. Thread-safe; returns at once and never fails. */
@FunctionalInterface
public interface AuditTrail {
    /** Nothing is kept. */
    AuditTrail NONE = event -> {};

    void record(Event event);

    /** How a decision went. */
    enum Outcome {
        ALLOW,
        DENY,
        /** It could not be decided, or what was allowed failed. */
        ERROR
    }

    /**
     * One control call, or one refusal of a call. Never holds a credential.
     *
     * @param identity who, as far as known
     * @param action what, as policies name it
     * @param resource on what: {@code namespace:*}, {@code namespace:function}, or {@code *}
     * @param reason why not, or what permitted it
     * @param path without its query
     * @param time when it began
     */
    record Event(
            Identity identity,
            String action,
            String resource,
            Outcome outcome,
            String reason,
            String method,
            String path,
            int status,
            InetSocketAddress peer,
            String callId,
            Instant time,
            Duration duration) {}
}
