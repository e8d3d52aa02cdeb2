package sluice.invoker;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import sluice.core.AccessGate.Decision;
import sluice.core.Action;
import sluice.core.AuditTrail;
import sluice.core.FunctionName;

/** Writes down that somebody was not let in to a function. */
final class RefusedCall {
    private RefusedCall() {}

    /** Method and path of the head in the scratch space, with a blank between; without the query, which may hold secrets. */
    static String requestLine(Head head) {
        int end = head.targetStart;
        while (end < head.targetEnd && head.bytes[end] != '?') {
            end++;
        }
        return new String(head.bytes, head.methodStart, head.methodEnd - head.methodStart, StandardCharsets.ISO_8859_1)
                + " "
                + new String(head.bytes, head.targetStart, end - head.targetStart, StandardCharsets.ISO_8859_1);
    }

    static void record(
            AuditTrail audit,
            InetSocketAddress peer,
            FunctionName function,
            Decision.Deny denial,
            Refusal refusal,
            String requestLine,
            String callId) {
        int blank = requestLine.indexOf(' ');
        audit.record(new AuditTrail.Event(
                denial.identity(),
                Action.FUNCTION_INVOKE.policyName(),
                function.namespace() + ":" + function.name(),
                AuditTrail.Outcome.DENY,
                denial.reason().text(),
                requestLine.substring(0, blank),
                requestLine.substring(blank + 1),
                refusal.status(),
                peer,
                callId,
                Instant.now(),
                Duration.ZERO));
    }
}
