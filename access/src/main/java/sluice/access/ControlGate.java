package sluice.access;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import sluice.access.AuthCounters.Result;
import sluice.access.policy.AccessSet;
import sluice.access.token.TokenRefused;
import sluice.core.AccessGate;
import sluice.core.Action;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.Identity;
import sluice.core.Rights;

/**
 * The gate of the control plane where tokens count: one credential is taken, never a second one when the first is bad.
 * {@code Basic} is the gateway's own user, {@code Bearer} a token, of the gateway, an issuer or the cluster; nothing else is
 * understood. Without either, a client certificate counts: a proxy's own must never lend its rights to the request that the
 * proxy carries. Who may what is decided by policies, or by the cluster; what nothing permits is refused.
 */
final class ControlGate {
    private static final String REALM = "Bearer realm=\"OpenFaaS API\"";
    private static final Pattern TOKEN = Pattern.compile("[-A-Za-z0-9._~+/]+=*"); // RFC 6750, 2.1
    private static final String ROOT_POLICY = "root-user";
    private static final String BASIC = "basic";

    private final @Nullable BasicAccess basic;
    private final @Nullable Iam iam;
    private final @Nullable ClusterGate cluster;
    private final @Nullable CertificateGate certificates;
    private final FailureBudget budget;
    private final int maxTokenBytes;
    private final AuthCounters basicCounters = new AuthCounters("basic");
    private final AuthCounters tokenCounters = new AuthCounters("token");

    ControlGate(
            @Nullable BasicAccess basic,
            @Nullable Iam iam,
            @Nullable ClusterGate cluster,
            @Nullable CertificateGate certificates,
            FailureBudget budget,
            int maxTokenBytes) {
        this.basic = basic;
        this.iam = iam;
        this.cluster = cluster;
        this.certificates = certificates;
        this.budget = budget;
        this.maxTokenBytes = maxTokenBytes;
    }

    AuthCounters[] counters() {
        return new AuthCounters[] {basicCounters, tokenCounters};
    }

    AccessGate.Decision check(AccessGate.Question question) {
        InetSocketAddress peer = question.from().peer();
        List<String> values = question.headers().getAll(HttpHeaderNames.AUTHORIZATION);
        X509Certificate certificate = question.from().certificate();
        if (values.isEmpty() && certificates != null && certificate != null) {
            return certificates.check(certificate, question.action(), question.namespace(), question.name());
        }
        if (values.isEmpty()) {
            return refuse(
                    tokenCounters, Result.NO_CREDENTIAL, Failure.NOT_AUTHENTICATED, "authentication required", REALM);
        }
        int wait = budget.waitSeconds(peer);
        if (wait > 0) {
            tokenCounters.count(Result.THROTTLED);
            return deny(Failure.OVERLOADED, "too many failed authentications", List.of(), wait);
        }
        if (Set.copyOf(values).size() > 1) {
            budget.spend(peer);
            return refuse(
                    tokenCounters,
                    Result.AMBIGUOUS,
                    Failure.INVALID_REQUEST,
                    "more than one Authorization header",
                    REALM + ", error=\"invalid_request\"");
        }
        String value = values.get(0);
        if (hasScheme(value, "Bearer")) {
            return bearer(value.substring("Bearer".length()).strip(), question);
        }
        String user = basic == null ? null : basic.userOf(value);
        if (basic == null || user == null) {
            budget.spend(peer);
            basicCounters.count(Result.REFUSED);
            return deny(Failure.NOT_AUTHENTICATED, "invalid credentials", challenges(REALM), 0);
        }
        Rights rights = rightsOf(user, user.equals(basic.user()));
        return decide(Identity.of(BASIC, user), rights, basicCounters, question);
    }

    private static AccessGate.Decision decide(
            Identity identity, Rights rights, AuthCounters counters, AccessGate.Question question) {
        return Verdicts.of(identity, rights, counters, question.action(), question.namespace(), "");
    }

    private AccessGate.Decision bearer(String token, AccessGate.Question question) {
        InetSocketAddress peer = question.from().peer();
        if (token.length() > maxTokenBytes) {
            budget.spend(peer);
            return refuse(
                    tokenCounters,
                    Result.REFUSED,
                    Failure.HEAD_TOO_LARGE,
                    "the token is longer than " + maxTokenBytes + " bytes (SLUICE_AUTH_MAX_TOKEN_BYTES)",
                    "");
        }
        if (!TOKEN.matcher(token).matches()) {
            return refused(TokenRefused.malformed(), peer);
        }
        Bearer known = iam == null ? null : iam.bearers().recall(token);
        if (known != null) {
            return decide(known.identity(), known, tokenCounters, question);
        }
        if (cluster != null && cluster.isFor(token)) {
            return cluster.check(
                    token,
                    new ClusterGate.Asked(
                            peer, question.action(), question.namespace(), question.name(), Component.ACCESS, REALM));
        }
        return iam == null ? refused(TokenRefused.unknownIssuer(), peer) : verified(token, iam.bearers(), question);
    }

    private AccessGate.Decision verified(String token, BearerAccess bearers, AccessGate.Question question) {
        InetSocketAddress peer = question.from().peer();
        return new AccessGate.Decision.Ask(bearers.verify(token)
                .map(bearer -> {
                    bearers.remember(token, bearer);
                    return decide(bearer.identity(), bearer, tokenCounters, question);
                })
                .onErrorResume(TokenRefused.class, e -> Mono.just(refused(e, peer)))
                .onErrorResume(FailureException.class, e -> Mono.just(unavailable(e))));
    }

    /**
     * The first user of HTTP Basic may everything, unless a policy says what. A further one may what the roles say that
     * name him as {@code jwt:sub} of {@code jwt:iss} "basic"; where there are no roles, everything.
     */
    private Rights rightsOf(String user, boolean isFirst) {
        TrustedParties parties = iam == null ? null : iam.parties();
        if (parties == null) {
            return Rights.ALL;
        }
        return isFirst
                ? (action, namespace, function) -> basicGrant(parties.now().objects(), action, namespace, function)
                : new RoleRights(
                        JsonNodeFactory.instance.objectNode().put("iss", BASIC).put("sub", user), parties);
    }

    private static @Nullable String basicGrant(AccessSet objects, Action action, String namespace, String function) {
        if (!objects.hasPolicy(ROOT_POLICY)) {
            return "*";
        }
        AccessSet.Grant grant =
                objects.find(List.of(ROOT_POLICY), MissingNode.getInstance(), action, namespace, function);
        return grant == null ? null : grant.policy() + "/" + grant.sid();
    }

    private AccessGate.Decision refused(TokenRefused why, InetSocketAddress peer) {
        budget.spend(peer);
        return refuse(
                tokenCounters,
                Result.REFUSED,
                Failure.NOT_AUTHENTICATED,
                why.description(),
                REALM + ", error=\"invalid_token\", error_description=\"" + why.description() + "\"");
    }

    private AccessGate.Decision unavailable(FailureException why) {
        tokenCounters.count(Result.UNAVAILABLE);
        return new AccessGate.Decision.Deny(why, List.of(), 5, AccessGate.Decision.Deny.NOBODY);
    }

    private AccessGate.Decision refuse(
            AuthCounters counters, Result result, Failure failure, String text, String challenge) {
        counters.count(result);
        boolean both = failure == Failure.NOT_AUTHENTICATED && result == Result.NO_CREDENTIAL;
        List<String> challenges = both ? challenges(challenge) : challenge.isEmpty() ? List.of() : List.of(challenge);
        return deny(failure, text, challenges, 0);
    }

    private List<String> challenges(String bearer) {
        List<String> challenges = new ArrayList<>();
        if (basic != null) {
            challenges.add(BasicAccess.CHALLENGE);
        }
        challenges.add(bearer);
        return challenges;
    }

    private static AccessGate.Decision deny(
            Failure failure, String text, List<String> challenges, int retryAfterSeconds) {
        return new AccessGate.Decision.Deny(
                failure.in(Component.ACCESS, text), challenges, retryAfterSeconds, AccessGate.Decision.Deny.NOBODY);
    }

    private static boolean hasScheme(String value, String scheme) {
        return value.regionMatches(true, 0, scheme, 0, scheme.length())
                && (value.length() == scheme.length() || value.charAt(scheme.length()) == ' ');
    }
}
