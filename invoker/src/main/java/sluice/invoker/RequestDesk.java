package sluice.invoker;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.AsciiString;
import io.netty.util.NetUtil;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sluice.core.AccessGate.Decision;
import sluice.core.AuditTrail;
import sluice.core.Component;
import sluice.core.ConnectionFacts;
import sluice.core.Guard;
import sluice.core.HeapPressure;

/**
 * Decides what becomes of a request whose head lies in the loop's scratch space: refused, the control plane's, or a call
 * of a function. The order is the walk of a call: framing, target, method, hops, route, bounds. Both doors use it.
 */
final class RequestDesk implements ForwardedHead.Sender {
    private static final byte[] CRLF = {'\r', '\n'};

    private final RelayContext relay;
    private final LoopState loop;
    private final ConnectionFacts connection;
    private final byte[] forwardedFor;
    private final boolean isTrusted;
    private Target.Kind kind = Target.Kind.BAD;
    private @Nullable Refusal lastRefusal;
    private String keptCallId = "";
    private byte @Nullable [] refusedCors; // lines of the answer to a call that was refused at once
    private String deniedCallId = ""; // of a call that the audit has named already

    RequestDesk(RelayContext relay, LoopState loop, ConnectionFacts connection) {
        this.relay = relay;
        this.loop = loop;
        this.connection = connection;
        this.forwardedFor = NetUtil.toSocketAddressString(connection.peer()).getBytes(StandardCharsets.US_ASCII);
        this.isTrusted = relay.config().trustedProxies().isEmpty()
                || relay.config().trustedProxies().stream()
                        .anyMatch(network -> network.contains(connection.peer().getAddress()));
    }

    @Override
    public byte[] forwardedFor() {
        return forwardedFor;
    }

    @Override
    public boolean isTrusted() {
        return isTrusted;
    }

    boolean isSecure() {
        return connection.isSecure();
    }

    /** Whether the request that was read last is no call of a function, or one that is to be made later. */
    boolean isForControl() {
        return kind == Target.Kind.CONTROL
                || (loop.facts.respondsAsync && relay.config().takesAsync() && !loop.target.isMapped);
    }

    /** Reads fields and target of the head in the scratch space; why it is refused, or null. */
    @Nullable Refusal read() {
        Head head = loop.head;
        Refusal malformed = loop.facts.read(head);
        if (malformed != null) {
            return malformed;
        }
        Target target = loop.target;
        kind = target.read(head.bytes, head.targetStart, head.targetEnd);
        if (kind == Target.Kind.CONTROL && relay.hosts() != HostTable.NONE) {
            kind = mapped(head, target);
        }
        return switch (kind) {
            case CONTROL, FUNCTION -> null;
            case BAD -> Refusal.closing(400, "the request target is not a path this server can read");
            case NOT_FOUND -> Refusal.of(404, Component.INVOKER, "no such function");
            case REDIRECT -> Refusal.of(301, Component.GATEWAY, "").with("Location: " + target.location);
        };
    }

    private Target.Kind mapped(Head head, Target target) {
        int host = loop.facts.host;
        int from = host == RequestFacts.NONE ? 0 : head.valueStart[host];
        int to = host == RequestFacts.NONE ? 0 : head.valueEnd[host];
        return target.map(relay.hosts(), head.bytes, head.bytes, from, to);
    }

    /** Opens the call that was read last, or returns null and says why in {@link #lastRefusal}. */
    @Nullable Exchange open(Downstream downstream) {
        Head head = loop.head;
        Target target = loop.target;
        if (!isKnownMethod(head)) {
            return refuse(Refusal.of(405, Component.GATEWAY, ""));
        }
        if (relay.heap() == HeapPressure.Level.CRITICAL) {
            return refuse(Refusal.later(503, Component.INVOKER, "the heap is nearly full (SLUICE_HEAP_CRITICAL)"));
        }
        if (loop.facts.hops >= relay.config().maxHops()) {
            return refuse(Refusal.of(
                    508, Component.INVOKER, "the call has passed " + loop.facts.hops + " gateways (SLUICE_MAX_HOPS)"));
        }
        Route route = relay.routes().find(target.name, target.nameLength);
        if (route == null) {
            return refuse(Refusal.unknown(qualified(target)));
        }
        Guard guard = route.settings().guard();
        List<String> origins = route.settings().corsOrigins();
        byte[] cors = origins.isEmpty() || guard.isPrivate() ? null : Cors.lines(origins, head);
        if (cors != null && Cors.isPreflight(head)) {
            refusedCors = Cors.preflight(origins, head);
            return refuse(Refusal.of(204, Component.GATEWAY, ""));
        }
        refusedCors = cors;
        Decision admission = guard == Guard.NONE ? null : relay.gate().admit(head, connection, route.name, guard);
        if (admission instanceof Decision.Deny denial) {
            Refusal refusal = Refusal.of(denial, route.name);
            if (isAudited()) {
                deniedCallId = loop.facts.callId == RequestFacts.NONE ? loop.ids.next() : head.value(loop.facts.callId);
                RefusedCall.record(
                        relay.gate().audit(),
                        connection.peer(),
                        route.name,
                        denial,
                        refusal,
                        RefusedCall.requestLine(head),
                        deniedCallId);
            }
            return refuse(refusal);
        }
        if (!relay.callBegins()) {
            return refuse(Refusal.later(503, Component.INVOKER, "too many calls are in flight (SLUICE_MAX_CALLS)"));
        }
        ForwardedHead request = ForwardedHead.write(
                loop,
                this,
                guard.takesAuthorization() || dropsAuthorization(guard, route.name.namespace()),
                guard.isPrivate(),
                relay.userAgent(),
                downstream.channel().alloc(),
                room());
        request.answersWith(cors);
        refusedCors = null;
        Exchange exchange = new Exchange(relay, loop, downstream, route, request);
        if (admission instanceof Decision.Ask ask) {
            exchange.admitAfter(ask, connection.peer(), isAudited() ? RefusedCall.requestLine(head) : null);
        }
        return exchange;
    }

    private boolean isAudited() {
        return relay.gate().audit() != AuditTrail.NONE;
    }

    private @Nullable Exchange refuse(Refusal refusal) {
        lastRefusal = refusal;
        return null;
    }

    Refusal lastRefusal() {
        Refusal refusal = lastRefusal;
        if (refusal == null) {
            throw new IllegalStateException("nothing was refused");
        }
        return refusal;
    }

    private int room() {
        long length = loop.facts.contentLength;
        return length > 0 && length <= 8 * 1024 ? (int) length : 0;
    }

    /** Whether any credential of the request is the gateway's own; then none of them goes on (X3). */
    private boolean dropsAuthorization(Guard guard, String namespace) {
        if (loop.facts.authorization == RequestFacts.NONE) {
            return false;
        }
        Head head = loop.head;
        for (int i = 0; i < head.fields; i++) {
            if (head.field[i] == Field.AUTHORIZATION && isOurs(valueOf(head, i), guard, namespace)) {
                return true;
            }
        }
        return false;
    }

    private boolean isOurs(AsciiString value, Guard guard, String namespace) {
        return relay.gate().isOwnCredential(value)
                || (guard.isPrivate() && relay.gate().isPrivateToken(value, namespace));
    }

    private static AsciiString valueOf(Head head, int i) {
        return new AsciiString(head.bytes, head.valueStart[i], head.valueEnd[i] - head.valueStart[i], false);
    }

    private String qualified(Target target) {
        String name = target.nameText();
        return name.indexOf('.') < 0 ? name + "." + relay.config().defaultNamespace() : name;
    }

    static boolean isKnownMethod(Head head) {
        return Head.isMethod(head, "GET")
                || Head.isMethod(head, "POST")
                || Head.isMethod(head, "PUT")
                || Head.isMethod(head, "HEAD")
                || Head.isMethod(head, "DELETE")
                || Head.isMethod(head, "PATCH")
                || Head.isMethod(head, "OPTIONS");
    }

    /** What is wrong with a head that could not be read. */
    Refusal refusalOf(Head.Result result) {
        HeadLimits limits = relay.config().heads();
        return switch (result) {
            case BAD_VERSION -> Refusal.closing(505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
            case LINE_TOO_LONG ->
                Refusal.closing(
                        414,
                        "the request line is longer than " + limits.requestLine() + " bytes (SLUICE_MAX_REQUEST_LINE)");
            case TOO_LARGE ->
                Refusal.closing(
                        431,
                        "the request head is larger than " + limits.requestHead()
                                + " bytes (SLUICE_MAX_REQUEST_HEAD) or has more than " + limits.requestFields()
                                + " fields (SLUICE_MAX_REQUEST_FIELDS)");
            case MALFORMED, INCOMPLETE, COMPLETE -> Refusal.malformed("the request head is malformed");
        };
    }

    /** The whole answer that a refusal is, in HTTP/1. */
    ByteBuf answerTo(
            Refusal refusal,
            @Nullable ForwardedHead request,
            boolean asJson,
            AnswerHead.Persistence persistence,
            boolean isHead,
            ByteBufAllocator allocator) {
        String callId = callIdFor(request);
        byte[] body = RefusalText.body(refusal, asJson, callId);
        HeadBuffer out = loop.out.clear();
        out.put("HTTP/1.1 " + HttpResponseStatus.valueOf(refusal.status()) + "\r\n");
        out.put("X-Call-Id: " + callId + "\r\n");
        out.put("X-Start-Time: " + (request != null ? request.startTime() : loop.wallNanos()) + "\r\n");
        out.put(relay.servedBy());
        if (refusal.status() >= 400) {
            out.put("X-OpenFaaS-Internal: " + refusal.component().wireName() + "\r\n");
        }
        if (body.length > 0) {
            out.put("Content-Type: " + RefusalText.contentType(asJson) + "\r\nX-Content-Type-Options: nosniff\r\n");
        }
        if (refusal.retryAfterSeconds() > 0) {
            out.put("Retry-After: " + refusal.retryAfterSeconds() + "\r\n");
        }
        if (!refusal.extraFields().isEmpty()) {
            out.put(refusal.extraFields()).put(CRLF);
        }
        switch (persistence) {
            case CLOSES -> out.put("Connection: close\r\n");
            case KEEPS_AND_SAYS_SO -> out.put("Connection: keep-alive\r\n");
            case KEEPS -> {}
        }
        byte[] cors = corsLinesFor(request);
        if (cors != null) {
            out.put(cors);
        }
        if (refusal.status() != 204) { // which has no length (RFC 9110, 8.6)
            out.put("Content-Length: " + body.length + "\r\n");
        }
        out.put(CRLF);
        return (isHead ? out : out.put(body)).toBuffer(allocator, 0);
    }

    /** The lines about other origins that a refusal has to have. */
    byte @Nullable [] corsLinesFor(@Nullable ForwardedHead request) {
        if (request != null) {
            return request.corsLines();
        }
        byte[] lines = refusedCors;
        refusedCors = null;
        return lines;
    }

    /** Remembers the call id that the client sent, if it was a good one, for the refusal that follows. */
    void keepCallId() {
        int i = loop.facts.callId;
        keptCallId = i == RequestFacts.NONE ? deniedCallId : loop.head.value(i);
        deniedCallId = "";
    }

    /** The id under which a refusal is told: the call's own, the client's, or a new one. */
    String callIdFor(@Nullable ForwardedHead request) {
        return request != null ? request.callId() : takeCallId();
    }

    private String takeCallId() {
        String kept = keptCallId;
        keptCallId = "";
        if (!kept.isEmpty()) {
            return kept;
        }
        return loop.ids.next();
    }
}
