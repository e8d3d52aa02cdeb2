package sluice.access.cluster;

import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import sluice.core.Action;
import sluice.core.ClusterIdentity.ClusterUser;
import sluice.core.Rights;

/** What a user of the cluster may, as the cluster says. */
public record ReviewedRights(ClusterUser user, AccessReviews reviews) implements Rights {
    /** What the audit says that permits something. */
    public static final String GRANT = "SubjectAccessReview";

    @Override
    public @Nullable String grant(Action action, String namespace, String function) {
        return Boolean.TRUE.equals(reviews.recall(user, action, namespace, function)) ? GRANT : null;
    }

    @Override
    public Mono<String> ask(Action action, String namespace, String function) {
        return reviews.ask(user, action, namespace, function).filter(may -> may).map(may -> GRANT);
    }

    @Override
    public Mono<List<String>> among(List<String> namespaces, Action action) {
        return reviews.among(user, namespaces, action);
    }
}
