package sluice.kube;

import com.fasterxml.jackson.core.type.TypeReference;
import io.fabric8.kubernetes.api.model.authentication.TokenReview;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewStatus;
import io.fabric8.kubernetes.api.model.authentication.UserInfo;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReview;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewStatus;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import sluice.core.ClusterIdentity;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;

/** Asks the cluster whose a token is and what somebody may; keeps nothing. */
final class KubeIdentity implements ClusterIdentity {
    private static final Logger log = LoggerFactory.getLogger(KubeIdentity.class);

    private final KubernetesClient client;
    private final ControlThreads threads;

    KubeIdentity(KubernetesClient client, ControlThreads threads) {
        this.client = client;
        this.threads = threads;
    }

    @Override
    public Mono<TokenStatus> reviewToken(String token, List<String> audiences) {
        return ask("TokenReview", () -> {
            TokenReview review = new TokenReviewBuilder()
                    .withNewSpec()
                    .withToken(token)
                    .withAudiences(audiences)
                    .endSpec()
                    .build();
            return status(client.tokenReviews().create(review).getStatus());
        });
    }

    @Override
    public Mono<String> issuer() {
        return ask("discovery of the issuer", () -> {
            String document = client.raw("/.well-known/openid-configuration");
            return document == null ? "" : issuer(document);
        });
    }

    private static String issuer(String document) {
        Map<String, Object> discovered = Serialization.unmarshal(document, new TypeReference<>() {});
        return discovered.get("issuer") instanceof String issuer ? issuer : "";
    }

    @Override
    public Mono<AccessStatus> reviewAccess(ClusterUser user, Attributes attributes) {
        return ask("SubjectAccessReview", () -> {
            SubjectAccessReview review =
                    client.authorization().v1().subjectAccessReview().create(review(user, attributes));
            SubjectAccessReviewStatus status = review.getStatus();
            return status == null
                    ? new AccessStatus(false, false, "")
                    : new AccessStatus(
                            Boolean.TRUE.equals(status.getAllowed()),
                            Boolean.TRUE.equals(status.getDenied()),
                            Objects.requireNonNullElse(status.getEvaluationError(), ""));
        });
    }

    private static SubjectAccessReview review(ClusterUser user, Attributes attributes) {
        SubjectAccessReviewBuilder review = new SubjectAccessReviewBuilder()
                .withNewSpec()
                .withUser(user.name())
                .withUid(user.uid().isEmpty() ? null : user.uid())
                .withGroups(user.groups())
                .withExtra(user.extra())
                .endSpec();
        if (attributes instanceof Attributes.Resource asked) {
            return review.editSpec()
                    .withNewResourceAttributes()
                    .withGroup(asked.group())
                    .withResource(asked.resource())
                    .withSubresource(asked.subresource())
                    .withVerb(asked.verb())
                    .withNamespace(asked.namespace())
                    .withName(asked.name())
                    .endResourceAttributes()
                    .endSpec()
                    .build();
        }
        Attributes.Path asked = (Attributes.Path) attributes;
        return review.editSpec()
                .withNewNonResourceAttributes()
                .withPath(asked.path())
                .withVerb(asked.verb())
                .endNonResourceAttributes()
                .endSpec()
                .build();
    }

    private static TokenStatus status(@Nullable TokenReviewStatus status) {
        if (status == null) {
            return new TokenStatus(false, null, List.of(), "");
        }
        return new TokenStatus(
                Boolean.TRUE.equals(status.getAuthenticated()),
                user(status.getUser()),
                Objects.requireNonNullElse(status.getAudiences(), List.of()),
                Objects.requireNonNullElse(status.getError(), ""));
    }

    private static @Nullable ClusterUser user(@Nullable UserInfo user) {
        if (user == null || user.getUsername() == null || user.getUsername().isEmpty()) {
            return null;
        }
        return new ClusterUser(
                user.getUsername(),
                Objects.requireNonNullElse(user.getUid(), ""),
                Objects.requireNonNullElse(user.getGroups(), List.of()),
                Objects.requireNonNullElse(user.getExtra(), Map.of()));
    }

    /** Why there is no answer is for our log; it says nothing of the caller. */
    private <T> Mono<T> ask(String what, Callable<T> question) {
        return threads.ask(() -> {
                    try {
                        return question.call();
                    } catch (KubernetesClientException e) {
                        log.warn("no answer to a {}: status {}", what, e.getCode());
                        throw unanswered();
                    }
                })
                .onErrorMap(FailureException.class, e -> unanswered());
    }

    private static FailureException unanswered() {
        return Failure.UNAVAILABLE.in(Component.PROVIDER, "the cluster cannot be asked who is calling now");
    }
}
