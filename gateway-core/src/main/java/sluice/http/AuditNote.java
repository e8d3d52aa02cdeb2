package sluice.http;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.server.HttpServerRequest;
import sluice.core.AccessGate;
import sluice.core.AccessGate.Decision;
import sluice.core.Action;
import sluice.core.AuditTrail;
import sluice.core.FailureException;
import sluice.core.Identity;

/** What there is to write down of one control call, gathered while it runs. Nothing, if nobody was asked about it. */
final class AuditNote {
    private static final int FIRST_FAILURE = 500;

    private final String method;
    private final String path;
    private final InetSocketAddress peer;
    private final Instant time = Instant.now();
    private final long start = System.nanoTime();
    private volatile @Nullable Action action;
    private volatile String resource = "";
    private volatile Identity identity = Decision.Deny.NOBODY;
    private volatile String reason = "";
    private volatile boolean isAllowed;
    private volatile String callId = "";

    AuditNote(HttpServerRequest request) {
        String target = request.uri();
        int mark = target.indexOf('?');
        this.method = request.method().name();
        this.path = mark < 0 ? target : target.substring(0, mark);
        this.peer = Objects.requireNonNull(request.remoteAddress());
    }

    /** Notes what the call asks for. */
    void asks(Action asked, String namespace, ApiCall call) {
        action = asked;
        resource = switch (namespace) {
            case AccessGate.CLUSTER -> call.revoked().isEmpty() ? namespace : namespace + ":" + call.revoked();
            case AccessGate.ANYWHERE -> "*:*";
            default -> namespace + ":" + (call.object().isEmpty() ? "*" : call.object());
        };
    }

    void decided(Decision decision) {
        if (decision instanceof Decision.Allow allow) {
            isAllowed = true;
            identity = allow.identity();
            reason = allow.grant();
        } else if (decision instanceof Decision.Deny deny) {
            isAllowed = false;
            identity = deny.identity();
            reason = deny.reason().text();
        }
    }

    /** Notes a refusal that is no matter of who asks. */
    void refused(FailureException why) {
        isAllowed = false;
        reason = why.text();
    }

    void answered(Answer answer) {
        callId = answer.fields().get(ErrorResponses.CALL_ID_FIELD, "");
    }

    /** Writes it down. */
    void end(AuditTrail trail, int status) {
        Action asked = action;
        if (asked == null || trail == AuditTrail.NONE) {
            return;
        }
        AuditTrail.Outcome outcome = !isAllowed
                ? AuditTrail.Outcome.DENY
                : status >= FIRST_FAILURE ? AuditTrail.Outcome.ERROR : AuditTrail.Outcome.ALLOW;
        trail.record(new AuditTrail.Event(
                identity,
                asked.policyName(),
                resource,
                outcome,
                reason,
                method,
                path,
                status,
                peer,
                callId,
                time,
                Duration.ofNanos(System.nanoTime() - start)));
    }
}
