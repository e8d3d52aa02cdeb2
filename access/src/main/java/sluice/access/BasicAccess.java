package sluice.access;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import sluice.core.AccessGate;
import sluice.core.Action;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.MetricFamily;
import sluice.core.MetricSource;

/**
 * The gate of {@code basic_auth=true}: users who may do everything (OpenFaaS gateway, HTTP Basic). Answers on the
 * event loop: a decision is at most two digests of a kilobyte. The files are followed by a thread of its own, so that
 * a rotated password counts within a second.
 *
 * <p>A source that failed too often is answered 429 before its credential is looked at, even if that is right: the
 * answer must not tell a guesser that he has arrived. Who sends no credential guesses nothing and spends nothing.
 */
public final class BasicAccess implements AccessGate, MetricSource, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(BasicAccess.class);
    static final String CHALLENGE = "Basic realm=\"Restricted\"";
    private static final Duration FOLLOW_EVERY = Duration.ofMillis(500);

    private final CredentialFiles files;
    private final FailureBudget budget;
    private final AuthCounters counters = new AuthCounters("basic");
    private final Scheduler follower;
    private volatile Users users;
    private String lastProblem = "";

    BasicAccess(CredentialFiles files, Users users, FailureBudget budget) {
        this.files = files;
        this.users = users;
        this.budget = budget;
        this.follower = Schedulers.newBoundedElastic(1, 1, "access-credentials", 60, true);
    }

    /**
     * Reads the credentials, or makes them up where {@code config} says so, and follows their files until closed.
     *
     * @throws IOException one line with the remedy
     */
    public static BasicAccess open(AccessConfig config) throws IOException {
        CredentialFiles files = new CredentialFiles(config.credentials());
        BasicAccess access = new BasicAccess(
                files, config.isGenerated() ? files.readOrGenerate() : files.read(), FailureBudget.standard());
        long period = FOLLOW_EVERY.toMillis();
        access.follower.schedulePeriodically(access::reload, period, period, TimeUnit.MILLISECONDS);
        return access;
    }

    /** The name of the first user, whose files have OpenFaaS's names. */
    public String user() {
        return users.first();
    }

    @Override
    public Decision check(HttpHeaders headers, InetSocketAddress peer, Action action, String namespace) {
        List<String> values = headers.getAll(HttpHeaderNames.AUTHORIZATION);
        if (values.isEmpty()) {
            return deny(AuthCounters.Result.NO_CREDENTIAL, invalidCredentials());
        }
        int wait = budget.waitSeconds(peer);
        if (wait > 0) {
            return deny(AuthCounters.Result.THROTTLED, tooManyFailures(wait));
        }
        if (values.stream().distinct().count() > 1) {
            budget.spend(peer);
            return deny(AuthCounters.Result.AMBIGUOUS, ambiguous());
        }
        String user = userOf(values.get(0));
        if (user == null) {
            budget.spend(peer);
            return deny(AuthCounters.Result.REFUSED, invalidCredentials());
        }
        counters.count(AuthCounters.Result.ALLOWED);
        return new Decision.Allow(user);
    }

    /** Whose credential {@code authorization} is, or null when it is nobody's. */
    @Nullable String userOf(String authorization) {
        Users now = users;
        byte[] pair = BasicToken.decode(authorization);
        try {
            return now.find(pair);
        } finally {
            Arrays.fill(pair, (byte) 0);
        }
    }

    @Override
    public boolean isOwnCredential(CharSequence authorization) {
        return users.hasToken(authorization);
    }

    @Override
    public Mono<List<MetricFamily>> collect() {
        return Mono.fromSupplier(() -> List.of(AuthCounters.family(counters)));
    }

    AuthCounters counters() {
        return counters;
    }

    @Override
    public void close() {
        follower.dispose();
    }

    @Override
    public String toString() {
        return "BasicAccess[" + users + "]";
    }

    /** Takes over what the files say now; files that cannot be used leave the old pair in force. */
    void reload() {
        try {
            Users fresh = files.read();
            if (!fresh.equals(users)) {
                users = fresh;
                log.info("credentials have changed; the old ones no longer count");
            }
            lastProblem = "";
        } catch (IOException | RuntimeException e) {
            String problem = String.valueOf(e.getMessage());
            if (!problem.equals(lastProblem)) {
                log.warn("keeping the credentials read before: {}", problem);
            }
            lastProblem = problem;
        }
    }

    private Decision deny(AuthCounters.Result result, Decision denial) {
        counters.count(result);
        return denial;
    }

    private static Decision invalidCredentials() {
        return new Decision.Deny(Failure.NOT_AUTHENTICATED.in(Component.ACCESS, "invalid credentials"), CHALLENGE, 0);
    }

    private static Decision ambiguous() {
        return new Decision.Deny(
                Failure.INVALID_REQUEST.in(Component.ACCESS, "more than one Authorization header"), "", 0);
    }

    private static Decision tooManyFailures(int retryAfterSeconds) {
        return new Decision.Deny(
                Failure.OVERLOADED.in(Component.ACCESS, "too many failed authentications"), "", retryAfterSeconds);
    }
}
