package sluice.access;

import io.netty.util.concurrent.FastThreadLocal;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
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
import sluice.access.privacy.NamespaceTokens;
import sluice.access.privacy.PrivateVerifier;
import sluice.access.privacy.TokenBook;
import sluice.access.revocation.DenyList;
import sluice.access.token.CompactToken;
import sluice.access.token.TokenRefused;
import sluice.access.token.VerifiedTokens;
import sluice.core.AccessGate.Decision;
import sluice.core.CallHead;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FunctionName;
import sluice.core.Identity;

/**
 * The gate of private functions. Without a token there is no such function. A token that this event loop has seen costs one
 * look-up and no allocation, as long as nothing of its namespace was revoked since; any other is checked away from the loop.
 *
 * <p>The token is in {@code SCW_FUNCTIONS_TOKEN} or its spelling with dashes, else in {@code X-Sluice-Token}, else in
 * {@code Authorization: Bearer} if that claims to be of the function's namespace; other credentials there are the function's.
 */
final class PrivateGate {
    private static final List<String> SCALEWAY = List.of("scw_functions_token", "scw-functions-token");
    private static final List<String> OURS = List.of("x-sluice-token");
    private static final List<String> STANDARD = List.of("authorization");
    private static final String REALM = "Bearer realm=\"private function\"";
    private static final int NONE = -1;
    private static final int TWO = -2;
    private static final Decision.Deny UNKNOWN = deny(Failure.UNKNOWN_FUNCTION, "no such function", "", nobody());
    private static final Decision.Deny TWO_TOKENS =
            deny(Failure.INVALID_REQUEST, "more than one token", REALM + ", error=\"invalid_request\"", nobody());

    private final TokenBook book;
    private final DenyList denials;
    private final PrivateVerifier verifier;
    private final boolean hidesExistence;
    private final int maxTokenBytes;
    private final Duration ttl;
    private final Scheduler scheduler;
    private final FailureBudget budget;
    private final Clock clock;
    private final LongSupplier nanoTime;
    private final AuthCounters counters = new AuthCounters("private");
    private final VerifiedTokens<PrivateBearer> shared;
    private final FastThreadLocal<VerifiedTokens<PrivateBearer>> own;

    PrivateGate(
            AccessConfig config,
            TokenBook book,
            DenyList denials,
            Scheduler scheduler,
            FailureBudget budget,
            Clock clock,
            LongSupplier nanoTime) {
        this.book = book;
        this.denials = denials;
        this.verifier =
                new PrivateVerifier(config.iam().ownSkew(), config.privacy().maxLifetime(), clock);
        this.hidesExistence = config.privacy().hidesExistence();
        this.maxTokenBytes = config.iam().maxTokenBytes();
        this.ttl = config.iam().cacheTtl();
        this.scheduler = scheduler;
        this.budget = budget;
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.shared = new VerifiedTokens<>(config.iam().cacheEntries());
        int each = config.iam().cacheEntries() / Runtime.getRuntime().availableProcessors();
        this.own = new FastThreadLocal<>() {
            @Override
            protected VerifiedTokens<PrivateBearer> initialValue() {
                return new VerifiedTokens<>(each);
            }
        };
    }

    AuthCounters counters() {
        return counters;
    }

    /** May a call with this head go to {@code function}? On an event loop. */
    Decision admit(CallHead head, InetSocketAddress peer, FunctionName function) {
        NamespaceTokens namespace = book.find(function.namespace());
        byte[] bytes = head.bytes();
        int field = carrier(head, SCALEWAY);
        if (field == NONE) {
            field = carrier(head, OURS);
        }
        if (field >= 0) {
            return admit(bytes, head.valueStart(field), head.valueEnd(field), peer, namespace, function);
        }
        int start = NONE;
        if (field == NONE) {
            field = carrier(head, STANDARD);
            start = field < 0 ? NONE : FunctionGate.tokenStart(bytes, head.valueStart(field), head.valueEnd(field));
        }
        if (field == TWO) {
            counters.count(Result.AMBIGUOUS);
            return hidesExistence ? UNKNOWN : TWO_TOKENS;
        }
        if (start < 0 || namespace == null || !namespace.isClaimedBy(bytes, start, head.valueEnd(field))) {
            counters.count(Result.NO_CREDENTIAL);
            return UNKNOWN;
        }
        return admit(bytes, start, head.valueEnd(field), peer, namespace, function);
    }

    /** Whether the value of an {@code Authorization} field was meant for this gate. */
    boolean isPrivateToken(CharSequence authorization, String namespace) {
        NamespaceTokens known = book.find(namespace);
        int start = OwnToken.tokenStart(authorization);
        return known != null && start >= 0 && known.isClaimedBy(authorization, start);
    }

    /** The field with the token under any of these names; all that are there must say the same. */
    private static int carrier(CallHead head, List<String> names) {
        int found = NONE;
        for (int n = 0; n < names.size(); n++) {
            for (int i = head.find(names.get(n), 0); i >= 0; i = head.find(names.get(n), i + 1)) {
                if (found == NONE) {
                    found = i;
                } else if (!isSame(head, found, i)) {
                    return TWO;
                }
            }
        }
        return found;
    }

    private static boolean isSame(CallHead head, int one, int other) {
        return Arrays.equals(
                head.bytes(),
                head.valueStart(one),
                head.valueEnd(one),
                head.bytes(),
                head.valueStart(other),
                head.valueEnd(other));
    }

    private Decision admit(
            byte[] bytes,
            int start,
            int end,
            InetSocketAddress peer,
            @Nullable NamespaceTokens namespace,
            FunctionName function) {
        long now = nanoTime.getAsLong();
        PrivateBearer known = recall(bytes, start, end, namespace, now);
        return known != null && denials.mayJudgeCalls()
                ? decide(known, function, now)
                : ask(bytes, start, end, peer, namespace, function);
    }

    private @Nullable PrivateBearer recall(
            byte[] bytes, int start, int end, @Nullable NamespaceTokens namespace, long now) {
        VerifiedTokens<PrivateBearer> here = own.get();
        PrivateBearer known = here.find(bytes, start, end);
        if (known != null && known.counts(namespace, now)) {
            return known;
        }
        synchronized (shared) { // for as long as a look-up takes, and only for what is new on this loop
            known = shared.find(bytes, start, end);
        }
        if (known == null || !known.counts(namespace, now)) {
            return null;
        }
        here.put(bytes, start, end, known);
        return known;
    }

    private Decision decide(PrivateBearer bearer, FunctionName function, long now) {
        Decision decision = bearer.mayCall(function, now);
        counters.count(decision instanceof Decision.Allow ? Result.ALLOWED : Result.NOT_PERMITTED);
        return decision;
    }

    private Decision ask(
            byte[] bytes,
            int start,
            int end,
            InetSocketAddress peer,
            @Nullable NamespaceTokens namespace,
            FunctionName function) {
        int wait = budget.waitSeconds(peer);
        if (wait > 0) {
            counters.count(Result.THROTTLED);
            return hidesExistence
                    ? UNKNOWN
                    : new Decision.Deny(
                            Failure.OVERLOADED.in(Component.GATEWAY, "too many failed authentications"), "", wait);
        }
        if (!book.isReady()) {
            return unavailable("keys and tokens have not been read yet");
        }
        if (!denials.mayJudgeCalls()) {
            return unavailable("revocations");
        }
        if (namespace == null || end - start > maxTokenBytes) {
            return invalid(peer);
        }
        String token = new String(bytes, start, end - start, StandardCharsets.ISO_8859_1);
        return new Decision.Ask(Mono.fromCallable(() -> verified(token, peer, namespace, function))
                .subscribeOn(scheduler)
                .onErrorResume(
                        RejectedExecutionException.class, e -> Mono.just(unavailable("too many signatures to check"))));
    }

    private Decision verified(String token, InetSocketAddress peer, NamespaceTokens namespace, FunctionName function) {
        int epoch = namespace.epoch(); // before anything is looked at: whatever is revoked meanwhile counts
        CompactToken compact;
        try {
            compact = CompactToken.parse(token, PrivateVerifier.ALGORITHMS);
            verifier.requireSignature(compact, namespace);
        } catch (TokenRefused e) {
            return invalid(peer);
        }
        try {
            PrivateVerifier.PrivateToken known = verifier.claims(compact, namespace);
            PrivateBearer bearer = new PrivateBearer(
                    namespace, known, epoch, until(known.token().expires()));
            byte[] bytes = token.getBytes(StandardCharsets.ISO_8859_1);
            synchronized (shared) {
                shared.put(bytes, 0, bytes.length, bearer);
            }
            return decide(bearer, function, nanoTime.getAsLong());
        } catch (TokenRefused e) { // its holder has shown that he had a token of this namespace
            budget.spend(peer);
            counters.count(Result.REFUSED);
            return deny(Failure.NOT_AUTHENTICATED, e.description(), challenge(e.description()), nobody());
        }
    }

    private long until(Instant expires) {
        Duration left = Duration.between(clock.instant(), expires);
        return nanoTime.getAsLong() + (left.compareTo(ttl) < 0 ? left : ttl).toNanos();
    }

    /** Of what no key of the namespace has signed. */
    private Decision invalid(InetSocketAddress peer) {
        budget.spend(peer);
        counters.count(Result.REFUSED);
        return hidesExistence
                ? UNKNOWN
                : deny(
                        Failure.NOT_AUTHENTICATED,
                        "authorization token not valid",
                        challenge("authorization token not valid"),
                        nobody());
    }

    private Decision unavailable(String what) {
        counters.count(Result.UNAVAILABLE);
        return hidesExistence
                ? UNKNOWN
                : new Decision.Deny(
                        Failure.UNAVAILABLE.in(Component.GATEWAY, "authentication unavailable: " + what), "", 5);
    }

    private static String challenge(String description) {
        return REALM + ", error=\"invalid_token\", error_description=\"" + description + "\"";
    }

    static Decision.Deny deny(Failure failure, String text, String challenge, Identity identity) {
        return new Decision.Deny(
                failure.in(Component.GATEWAY, text), challenge.isEmpty() ? List.of() : List.of(challenge), 0, identity);
    }

    private static Identity nobody() {
        return Decision.Deny.NOBODY;
    }
}
