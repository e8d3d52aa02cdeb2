package sluice.core;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * What a cluster says about its own users: whose a token is, and what somebody may. Only carries questions and answers;
 * what follows from them, and how long they count, is for {@code access} to decide. Thread-safe; never blocks.
 *
 * <p>An answer that cannot be had fails with {@link Failure#UNAVAILABLE}, whatever the cause: no connection, a status
 * above 299 (also 401 and 403, which say that this process lacks a right, never that the caller does), or no answer
 * within the caller's patience. Nobody is told a token or a reason from which it could be guessed.
 */
public interface ClusterIdentity {
    /**
     * Whose token is this (authentication.k8s.io/v1, TokenReview)? The token is kept nowhere.
     *
     * @param audiences {@code spec.audiences}; when empty the member is left out, which asks about the audience of the
     *     API server itself
     */
    Mono<TokenStatus> reviewToken(String token, List<String> audiences);

    /** The name of whoever signs the cluster's service-account tokens, their {@code iss} (OpenID Connect Discovery). */
    Mono<String> issuer();

    /** May this user do that (authorization.k8s.io/v1, SubjectAccessReview)? */
    Mono<AccessStatus> reviewAccess(ClusterUser user, Attributes attributes);

    /**
     * {@code status} of a TokenReview, as it came.
     *
     * @param authenticated absent in the document counts as false
     * @param user null when the document has none, or one without {@code username}
     * @param audiences empty also when the server knows no audiences
     * @param error empty when absent; for the log of this process only
     */
    record TokenStatus(boolean authenticated, @Nullable ClusterUser user, List<String> audiences, String error) {
        public TokenStatus {
            audiences = List.copyOf(audiences);
        }
    }

    /** A user of the cluster; handed back unchanged when it is asked what they may. */
    record ClusterUser(String name, String uid, List<String> groups, Map<String, List<String>> extra) {
        public ClusterUser {
            groups = List.copyOf(groups);
            extra = Map.copyOf(extra);
        }
    }

    /**
     * {@code status} of a SubjectAccessReview, as it came; absent members count as false.
     *
     * @param evaluationError empty when absent; for the log of this process only
     */
    record AccessStatus(boolean allowed, boolean denied, String evaluationError) {}

    /** What is asked about. */
    sealed interface Attributes {
        /**
         * {@code spec.resourceAttributes}.
         *
         * @param group empty for the core group
         * @param subresource empty for none
         * @param namespace empty for all namespaces
         * @param name empty for any name
         */
        record Resource(String group, String resource, String subresource, String verb, String namespace, String name)
                implements Attributes {}

        /** {@code spec.nonResourceAttributes}. */
        record Path(String path, String verb) implements Attributes {}
    }
}
