package sluice.access;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import sluice.access.AuthCounters.Result;
import sluice.access.cluster.AccessReviews;
import sluice.access.cluster.ReviewedRights;
import sluice.core.AccessGate.Decision;
import sluice.core.Action;
import sluice.core.ClusterIdentity.ClusterUser;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.Identity;
import sluice.core.Rights;

/**
 * What users with groups may: as the cluster says, or as roles say. Exactly one of the two is asked; when it cannot be, the
 * answer is neither yes nor no. Thread-safe.
 */
final class GroupedUsers {
    private static final int RETRY_SECONDS = 5;

    private final @Nullable AccessReviews reviews;
    private final @Nullable TrustedParties parties;

    /**
     * @param reviews the cluster, or null where roles count
     * @param parties with the roles; without both, nobody may anything
     */
    GroupedUsers(@Nullable AccessReviews reviews, @Nullable TrustedParties parties) {
        this.reviews = reviews;
        this.parties = parties;
    }

    /**
     * May {@code user} do {@code action}?
     *
     * @param issuer who vouches for him, for roles
     * @param name of the one thing that it is about, or empty
     */
    Decision decide(
            Identity identity,
            ClusterUser user,
            String issuer,
            AuthCounters counters,
            Action action,
            String namespace,
            String name) {
        if (reviews == null) {
            String function = action == Action.FUNCTION_INVOKE ? name : "";
            return Verdicts.of(identity, byRole(user, issuer), counters, action, namespace, function);
        }
        ReviewedRights rights = new ReviewedRights(user, reviews);
        if (action == Action.CONSOLE) {
            return Verdicts.allowed(identity, rights, "*", counters);
        }
        Boolean known = reviews.recall(user, action, namespace, name);
        if (known != null) {
            return reviewed(known, identity, rights, counters, action, namespace, name);
        }
        return new Decision.Ask(reviews.ask(user, action, namespace, name)
                .map(may -> reviewed(may, identity, rights, counters, action, namespace, name))
                .onErrorResume(FailureException.class, e -> Mono.just(unavailable(counters))));
    }

    /** Of a question that nobody answers now. */
    static Decision unavailable(AuthCounters counters) {
        counters.count(Result.UNAVAILABLE);
        return new Decision.Deny(
                Failure.UNAVAILABLE.in(Component.ACCESS, "authentication unavailable: the Kubernetes API"),
                List.of(),
                RETRY_SECONDS,
                Decision.Deny.NOBODY);
    }

    private static Decision reviewed(
            boolean may,
            Identity identity,
            ReviewedRights rights,
            AuthCounters counters,
            Action action,
            String namespace,
            String name) {
        return may
                ? Verdicts.allowed(identity, rights, ReviewedRights.GRANT, counters)
                : Verdicts.refused(AccessReviews.refusal(rights.user(), action, namespace, name), identity, counters);
    }

    private Rights byRole(ClusterUser user, String issuer) {
        if (parties == null) {
            return (action, namespace, function) -> null;
        }
        ObjectNode claims =
                JsonNodeFactory.instance.objectNode().put("iss", issuer).put("sub", user.name());
        user.groups().forEach(claims.putArray("groups")::add);
        return new RoleRights(claims, parties);
    }
}
