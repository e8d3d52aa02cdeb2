package sluice.access;

import io.netty.util.concurrent.FastThreadLocal;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import sluice.access.AuthCounters.Result;
import sluice.access.revocation.DenyList;
import sluice.access.token.CompactToken;
import sluice.access.token.SystemIssuer;
import sluice.access.token.TokenRefused;
import sluice.access.token.VerifiedToken;
import sluice.access.token.VerifiedTokens;
import sluice.core.AccessGate.Decision;
import sluice.core.Action;
import sluice.core.CallHead;
import sluice.core.Component;
import sluice.core.ConnectionFacts;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.FunctionName;

/**
 * The gate of functions that ask who is calling. A token that this event loop has seen costs one look-up and no
 * allocation; one that another loop has seen, a second look-up; any other is checked away from the loop.
 *
 * <p>Refusals have the words and the challenge of OpenFaaS's watchdog, which {@code faas-cli} looks for: it then gets a
 * token for the function and calls again.
 */
final class FunctionGate {
    private static final String REALM = "Bearer realm=\"IAM function invoke\"";
    private static final String FIELD = "authorization";
    private static final byte[] SCHEME = "bearer ".getBytes(StandardCharsets.US_ASCII);
    private static final Decision.Deny NO_TOKEN =
            deny(Failure.NOT_AUTHENTICATED, "Bearer must be present in Authorization header", REALM);
    private static final Decision.Deny TWO_TOKENS =
            deny(Failure.INVALID_REQUEST, "more than one Authorization header", REALM + ", error=\"invalid_request\"");

    private final @Nullable SystemIssuer system;
    private final DenyList denials;
    private final @Nullable ClusterGate cluster;
    private final @Nullable CertificateGate certificates;
    private final Scheduler scheduler;
    private final FailureBudget budget;
    private final AuthCounters counters = new AuthCounters("function");
    private final int maxTokenBytes;
    private final Duration ttl;
    private final Clock clock;
    private final LongSupplier nanoTime;
    private final VerifiedTokens<FunctionBearer> shared;
    private final FastThreadLocal<VerifiedTokens<FunctionBearer>> own;

    FunctionGate(
            IamConfig config,
            @Nullable SystemIssuer system,
            DenyList denials,
            @Nullable ClusterGate cluster,
            @Nullable CertificateGate certificates,
            Scheduler scheduler,
            FailureBudget budget,
            Clock clock,
            LongSupplier nanoTime) {
        this.system = system;
        this.denials = denials;
        this.cluster = cluster;
        this.certificates = certificates;
        this.scheduler = scheduler;
        this.budget = budget;
        this.maxTokenBytes = config.maxTokenBytes();
        this.ttl = config.cacheTtl();
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.shared = new VerifiedTokens<>(config.cacheEntries());
        int each = config.cacheEntries() / Runtime.getRuntime().availableProcessors();
        this.own = new FastThreadLocal<>() {
            @Override
            protected VerifiedTokens<FunctionBearer> initialValue() {
                return new VerifiedTokens<>(each);
            }
        };
    }

    AuthCounters counters() {
        return counters;
    }

    /**
     * May a call with this head go to {@code function}? On an event loop.
     *
     * @param keepsToken whether the token ends here; only then one of the cluster is taken, which would be worth far more to
     *     the function than this call
     */
    Decision admit(CallHead head, ConnectionFacts from, FunctionName function, boolean keepsToken) {
        InetSocketAddress peer = from.peer();
        int field = head.find(FIELD, 0);
        X509Certificate certificate = from.certificate();
        if (field < 0 && certificates != null && certificate != null) {
            return away(certificates.check(certificate, Action.FUNCTION_INVOKE, function.namespace(), function.name()));
        }
        if (field < 0) {
            counters.count(Result.NO_CREDENTIAL);
            return NO_TOKEN;
        }
        byte[] bytes = head.bytes();
        int end = head.valueEnd(field);
        for (int i = head.find(FIELD, field + 1); i >= 0; i = head.find(FIELD, i + 1)) {
            if (!Arrays.equals(bytes, head.valueStart(field), end, bytes, head.valueStart(i), head.valueEnd(i))) {
                counters.count(Result.AMBIGUOUS);
                return TWO_TOKENS;
            }
        }
        int start = tokenStart(bytes, head.valueStart(field), end);
        if (start < 0) {
            counters.count(Result.NO_CREDENTIAL);
            return NO_TOKEN;
        }
        FunctionBearer known = recall(bytes, start, end);
        return known != null ? decide(known, function) : ask(bytes, start, end, peer, function, keepsToken);
    }

    private @Nullable FunctionBearer recall(byte[] bytes, int start, int end) {
        long now = nanoTime.getAsLong();
        VerifiedTokens<FunctionBearer> here = own.get();
        FunctionBearer known = here.find(bytes, start, end);
        if (known != null && counts(known, now)) {
            return known;
        }
        synchronized (shared) { // for as long as a look-up takes, and only for what is new on this loop
            known = shared.find(bytes, start, end);
        }
        if (known == null || !counts(known, now)) {
            return null;
        }
        here.put(bytes, start, end, known);
        return known;
    }

    private boolean counts(FunctionBearer known, long now) {
        return known.countsAt(now, denials) && denials.mayJudgeCalls();
    }

    private Decision decide(FunctionBearer bearer, FunctionName function) {
        Decision decision = bearer.mayCall(function);
        counters.count(decision instanceof Decision.Allow ? Result.ALLOWED : Result.NOT_PERMITTED);
        return decision;
    }

    private Decision ask(
            byte[] bytes, int start, int end, InetSocketAddress peer, FunctionName function, boolean keepsToken) {
        boolean isOfCluster = false;
        if (cluster != null && keepsToken && end - start <= maxTokenBytes) {
            String token = new String(bytes, start, end - start, StandardCharsets.ISO_8859_1);
            Decision known = cluster.recall(token, asked(peer, function));
            if (known != null) {
                return known;
            }
            isOfCluster = cluster.isFor(token);
        }
        int wait = budget.waitSeconds(peer);
        if (wait > 0) {
            counters.count(Result.THROTTLED);
            return new Decision.Deny(
                    Failure.OVERLOADED.in(Component.GATEWAY, "too many failed authentications"), "", wait);
        }
        if (end - start > maxTokenBytes) {
            budget.spend(peer);
            counters.count(Result.REFUSED);
            return deny(
                    Failure.HEAD_TOO_LARGE,
                    "the token is longer than " + maxTokenBytes + " bytes (SLUICE_AUTH_MAX_TOKEN_BYTES)",
                    "");
        }
        String token = new String(bytes, start, end - start, StandardCharsets.ISO_8859_1);
        if (cluster != null && isOfCluster) {
            return away(cluster.check(token, asked(peer, function)));
        }
        return new Decision.Ask(Mono.fromCallable(() -> decide(verified(token), function))
                .subscribeOn(scheduler)
                .onErrorResume(TokenRefused.class, e -> Mono.just(refused(e, peer)))
                .onErrorResume(FailureException.class, e -> Mono.just(unavailable(e)))
                .onErrorResume(RejectedExecutionException.class, e -> Mono.just(overloaded())));
    }

    /** The cluster is not asked from an event loop: to hand a question over may take a lock. */
    private Decision away(Decision decision) {
        return decision instanceof Decision.Ask ask
                ? new Decision.Ask(ask.answer()
                        .subscribeOn(scheduler)
                        .onErrorResume(RejectedExecutionException.class, e -> Mono.just(overloaded())))
                : decision;
    }

    private static ClusterGate.Asked asked(InetSocketAddress peer, FunctionName function) {
        return new ClusterGate.Asked(
                peer, Action.FUNCTION_INVOKE, function.namespace(), function.name(), Component.GATEWAY, REALM);
    }

    private FunctionBearer verified(String token) {
        CompactToken compact = CompactToken.parse(token, SystemIssuer.algorithms());
        if (system == null || !compact.claimedIssuer().equals(system.name())) {
            throw TokenRefused.unknownIssuer();
        }
        if (!denials.mayJudgeCalls()) {
            throw Failure.UNAVAILABLE.in(Component.GATEWAY, "authentication unavailable: revocations");
        }
        VerifiedToken verified = system.verify(compact);
        FunctionBearer bearer = FunctionBearer.of(verified, denials, until(verified.expires()));
        byte[] bytes = token.getBytes(StandardCharsets.ISO_8859_1);
        synchronized (shared) {
            shared.put(bytes, 0, bytes.length, bearer);
        }
        return bearer;
    }

    private long until(Instant expires) {
        Duration left = Duration.between(clock.instant(), expires);
        return nanoTime.getAsLong() + (left.compareTo(ttl) < 0 ? left : ttl).toNanos();
    }

    private Decision refused(TokenRefused why, InetSocketAddress peer) {
        budget.spend(peer);
        counters.count(Result.REFUSED);
        return deny(
                Failure.NOT_AUTHENTICATED,
                "failed to verify JWT token: " + why.description(),
                REALM + ", error=\"invalid_token\", error_description=\"" + why.description() + "\"");
    }

    private Decision overloaded() {
        return unavailable(
                Failure.UNAVAILABLE.in(Component.GATEWAY, "authentication unavailable: too many signatures to check"));
    }

    private Decision unavailable(FailureException why) {
        counters.count(Result.UNAVAILABLE);
        return new Decision.Deny(why, "", 5);
    }

    private static Decision.Deny deny(Failure failure, String text, String challenge) {
        return new Decision.Deny(
                failure.in(Component.GATEWAY, text),
                challenge.isEmpty() ? List.of() : List.of(challenge),
                0,
                Decision.Deny.NOBODY);
    }

    /** Where the token begins behind the scheme, in any case, and its spaces; -1 when it is another scheme or none. */
    static int tokenStart(byte[] bytes, int start, int end) {
        if (end - start <= SCHEME.length) {
            return -1;
        }
        for (int i = 0; i < SCHEME.length; i++) {
            byte b = bytes[start + i];
            if ((b >= 'A' && b <= 'Z' ? b | 0x20 : b) != SCHEME[i]) {
                return -1;
            }
        }
        int token = start + SCHEME.length;
        while (token < end && bytes[token] == ' ') {
            token++;
        }
        return token == end ? -1 : token;
    }
}
