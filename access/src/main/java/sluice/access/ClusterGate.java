package sluice.access;

import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import sluice.access.AuthCounters.Result;
import sluice.access.cluster.ClusterTokens;
import sluice.access.cluster.ClusterTokens.Outcome;
import sluice.access.token.TokenRefused;
import sluice.core.AccessGate.Decision;
import sluice.core.Action;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.Identity;

/**
 * The gate of those who come with a token of the cluster. What was answered a moment ago is answered at once, all else
 * when the cluster has. A token that it does not know costs its sender as much as any other guess.
 */
final class ClusterGate {
    static final String MECHANISM = "k8s";

    private final ClusterTokens tokens;
    private final GroupedUsers users;
    private final String issuer;
    private final FailureBudget budget;
    private final AuthCounters counters = new AuthCounters(MECHANISM);

    /** @param issuer what the cluster is called in roles */
    ClusterGate(ClusterTokens tokens, GroupedUsers users, String issuer, FailureBudget budget) {
        this.tokens = tokens;
        this.users = users;
        this.issuer = issuer;
        this.budget = budget;
    }

    /**
     * What is asked, and how those are told no who are nobody.
     *
     * @param component that says it
     * @param realm beginning of the challenge
     */
    record Asked(
            InetSocketAddress peer, Action action, String namespace, String name, Component component, String realm) {}

    AuthCounters counters() {
        return counters;
    }

    ClusterTokens tokens() {
        return tokens;
    }

    /** Whether {@code token} is one that the cluster has to be asked about. */
    boolean isFor(String token) {
        return tokens.isFor(token);
    }

    /** The decision, if it is known whose {@code token} is; else null. Neither asks nor counts as a guess. */
    @Nullable Decision recall(String token, Asked asked) {
        return tokens.recall(token) instanceof Outcome.Known known ? decide(known, asked) : null;
    }

    /** May the holder of {@code token}? */
    Decision check(String token, Asked asked) {
        Outcome outcome = tokens.recall(token);
        return outcome != null
                ? concluded(outcome, asked)
                : new Decision.Ask(tokens.identify(token)
                        .flatMap(answer -> Verdicts.settled(concluded(answer, asked)))
                        .onErrorResume(FailureException.class, e -> Mono.just(GroupedUsers.unavailable(counters))));
    }

    private Decision concluded(Outcome outcome, Asked asked) {
        return outcome instanceof Outcome.Known known
                ? decide(known, asked)
                : refused(((Outcome.Refused) outcome).why(), asked);
    }

    private Decision decide(Outcome.Known known, Asked asked) {
        Identity identity = new Identity(MECHANISM, known.user().name(), issuer, "", "", known.expires());
        return users.decide(identity, known.user(), issuer, counters, asked.action(), asked.namespace(), asked.name());
    }

    private Decision refused(TokenRefused why, Asked asked) {
        budget.spend(asked.peer());
        counters.count(Result.REFUSED);
        return new Decision.Deny(
                Failure.NOT_AUTHENTICATED.in(asked.component(), why.description()),
                List.of(asked.realm() + ", error=\"invalid_token\", error_description=\"" + why.description() + "\""),
                0,
                Decision.Deny.NOBODY);
    }
}
