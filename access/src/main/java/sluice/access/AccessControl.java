package sluice.access;

import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import sluice.core.AccessGate;
import sluice.core.Action;
import sluice.core.AuditTrail;
import sluice.core.CallHead;
import sluice.core.ConnectionFacts;
import sluice.core.FunctionEnvironment;
import sluice.core.FunctionName;
import sluice.core.Functions;
import sluice.core.Guard;
import sluice.core.MetricFamily;
import sluice.core.MetricSource;
import sluice.core.TokenDesks;
import sluice.core.calls.FunctionCaller;
import sluice.core.fleet.Fleet;

/**
 * Everything that decides who is calling and may they, wired from its settings. Thread-safe. The gate is one of three:
 * everyone may; the one user of HTTP Basic may; or policies say who may, of tokens and of that user.
 */
public final class AccessControl implements AccessGate, MetricSource, AutoCloseable {
    private final AccessParts parts;
    private final @Nullable FunctionGate functions;
    private final PrivateGate privateGate;

    AccessControl(AccessParts parts) {
        this.parts = parts;
        this.functions = parts.functions();
        this.privateGate = parts.privateGate();
    }

    /**
     * Reads credentials, keys and access objects, and follows their files until closed. Blocks on the disk.
     *
     * @param address under which clients reach the gateway, for its name as an issuer when no other is set
     * @throws IOException one line with the remedy
     */
    public static AccessControl open(AccessConfig config, String address) throws IOException {
        return open(config, address, null, null);
    }

    /**
     * As {@link #open(AccessConfig, String)}, of several gateways.
     *
     * @param fleet tells what the others have given out and taken back, or null when there are none
     * @param ofCluster what a cluster has to say, or null without one
     */
    public static AccessControl open(
            AccessConfig config, String address, @Nullable Fleet fleet, @Nullable ClusterAccess ofCluster)
            throws IOException {
        return new AccessControl(OpenAccess.open(config, address, fleet, ofCluster));
    }

    /** The name of the one user of HTTP Basic, or empty. */
    public String user() {
        BasicAccess basic = parts.basic();
        return basic == null ? "" : basic.user();
    }

    /** As {@code caller}, of calls that were taken in before: for whoever was admitted then and would be now. */
    public FunctionCaller forAdmitted(FunctionCaller caller, Functions functions) {
        Iam iam = parts.iam();
        return new AdmittedCaller(
                caller,
                functions,
                iam == null ? null : iam.issuer(),
                parts.privacy().book(),
                parts.privacy().denials(),
                parts.scheduler(),
                Clock.systemUTC());
    }

    /** Where tokens are given out and taken back. */
    public TokenDesks desks() {
        Iam iam = parts.iam();
        return new TokenDesks(
                iam == null ? null : iam.exchange(), parts.privacy().tokens(), parts.revocations());
    }

    /** What functions are told of their privacy. */
    public FunctionEnvironment environment() {
        return parts.privacy();
    }

    /** Makes tokens of functions worthless that are removed from now on. */
    public void follow(Functions functions) {
        parts.privacy().follow(functions);
    }

    @Override
    public Decision check(HttpHeaders headers, InetSocketAddress peer, Action action, String namespace) {
        return check(new Question(headers, new ConnectionFacts(peer, false, null), action, namespace, ""));
    }

    @Override
    public Decision check(Question question) {
        ControlGate control = parts.control();
        if (control != null) {
            return control.check(question);
        }
        BasicAccess basic = parts.basic();
        return basic == null
                ? AnonymousAccess.ALLOWED
                : basic.check(question.headers(), question.from().peer(), question.action(), question.namespace());
    }

    @Override
    public boolean decidesByName() {
        return parts.reviews() != null;
    }

    @Override
    public Decision admit(CallHead head, InetSocketAddress peer, FunctionName function, Guard guard) {
        return admit(head, new ConnectionFacts(peer, false, null), function, guard);
    }

    @Override
    public Decision admit(CallHead head, ConnectionFacts from, FunctionName function, Guard guard) {
        if (!guard.isPrivate()) {
            return admitBearer(head, from, function, guard);
        }
        Decision decision = privateGate.admit(head, from.peer(), function);
        if (!guard.asksForToken() || decision instanceof Decision.Deny) {
            return decision;
        }
        Decision other = admitBearer(head, from, function, guard); // now, while the head is there
        return decision instanceof Decision.Ask first
                ? new Decision.Ask(first.answer()
                        .flatMap(answer -> answer instanceof Decision.Allow
                                ? other instanceof Decision.Ask second ? second.answer() : Mono.just(other)
                                : Mono.just(answer)))
                : other;
    }

    private Decision admitBearer(CallHead head, ConnectionFacts from, FunctionName function, Guard guard) {
        return functions == null
                ? AccessGate.super.admit(head, from.peer(), function, Guard.GATEWAY)
                : functions.admit(head, from, function, guard.takesAuthorization());
    }

    @Override
    public boolean isPrivateToken(CharSequence authorization, String namespace) {
        return privateGate.isPrivateToken(authorization, namespace);
    }

    @Override
    public boolean isOwnCredential(CharSequence authorization) {
        BasicAccess basic = parts.basic();
        Iam iam = parts.iam();
        return (basic != null && basic.isOwnCredential(authorization))
                || (iam != null && iam.ownToken().is(authorization));
    }

    @Override
    public AuditTrail audit() {
        AuditLog audit = parts.audit();
        return audit == null ? AuditTrail.NONE : audit;
    }

    @Override
    public Mono<List<MetricFamily>> collect() {
        return Mono.fromSupplier(() -> AccessMetrics.families(parts));
    }

    @Override
    public void close() {
        parts.close();
    }
}
