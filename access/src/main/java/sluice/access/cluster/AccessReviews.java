package sluice.access.cluster;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.core.AccessGate;
import sluice.core.Action;
import sluice.core.ClusterIdentity;
import sluice.core.ClusterIdentity.AccessStatus;
import sluice.core.ClusterIdentity.Attributes;
import sluice.core.ClusterIdentity.ClusterUser;
import sluice.core.Failure;

/**
 * What users may, as the cluster says (SubjectAccessReview). Yes counts for ten seconds, no for five. Thread-safe; never
 * blocks.
 */
public final class AccessReviews {
    private static final Logger log = LoggerFactory.getLogger(AccessReviews.class);
    private static final int MOST = 10_000;
    private static final int MOST_NAMESPACES = 200;
    private static final int AT_ONCE = 16;
    private static final Duration YES = Duration.ofSeconds(10);
    private static final Duration NO = Duration.ofSeconds(5);

    private final ClusterIdentity cluster;
    private final Mono<List<String>> namespaces;
    private final Answers<Question, Boolean> answers;

    /** @param namespaces those that there are, for whoever asks for any */
    public AccessReviews(ClusterIdentity cluster, Mono<List<String>> namespaces, LongSupplier nanoTime) {
        this.cluster = cluster;
        this.namespaces = namespaces;
        this.answers = new Answers<>("access_review", MOST, may -> may ? YES : NO, nanoTime);
    }

    private record Question(ClusterUser user, Attributes attributes) {}

    /** Whether {@code user} may, as far as it is known without asking; null when it is not. */
    public @Nullable Boolean recall(ClusterUser user, Action action, String namespace, String name) {
        Boolean known = answers.recall(new Question(user, ReviewedAction.of(action, namespace, name)));
        boolean asksForAny = namespace.equals(AccessGate.ANYWHERE);
        return (asksForAny && Boolean.FALSE.equals(known))
                ? null
                : known; // the single namespaces are still to be asked
    }

    /**
     * Whether {@code user} may. Fails with {@link Failure#UNAVAILABLE} when there is no answer within two seconds.
     *
     * @param namespace {@link AccessGate#CLUSTER} for all, {@link AccessGate#ANYWHERE} for any one
     */
    public Mono<Boolean> ask(ClusterUser user, Action action, String namespace, String name) {
        Mono<Boolean> there = ask(user, ReviewedAction.of(action, namespace, name));
        return namespace.equals(AccessGate.ANYWHERE)
                ? there.flatMap(everywhere -> everywhere
                        ? Mono.just(true)
                        : namespaces
                                .flatMapMany(names -> single(user, names, action))
                                .hasElements())
                : there;
    }

    /** Those of {@code names} in which {@code user} may, in the same order; of very many, only the first are asked about. */
    Mono<List<String>> among(ClusterUser user, List<String> names, Action action) {
        return ask(user, ReviewedAction.of(action, AccessGate.CLUSTER, ""))
                .flatMap(everywhere -> everywhere
                        ? Mono.just(names)
                        : single(user, names, action).collectList());
    }

    /** How such a refusal reads. */
    public static String refusal(ClusterUser user, Action action, String namespace, String name) {
        return ReviewedAction.refusal(user.name(), ReviewedAction.of(action, namespace, name));
    }

    Answers<?, ?> answers() {
        return answers;
    }

    private Flux<String> single(ClusterUser user, List<String> names, Action action) {
        return Flux.fromIterable(names)
                .take(MOST_NAMESPACES)
                .flatMapSequential(
                        name -> ask(user, ReviewedAction.of(action, name, name))
                                .filter(may -> may)
                                .map(may -> name),
                        AT_ONCE);
    }

    private Mono<Boolean> ask(ClusterUser user, Attributes attributes) {
        return answers.ask(
                new Question(user, attributes),
                () -> cluster.reviewAccess(user, attributes)
                        .timeout(ClusterTokens.PATIENCE)
                        .onErrorMap(TimeoutException.class, e -> ClusterTokens.unanswered())
                        .map(AccessReviews::may));
    }

    private static boolean may(AccessStatus status) {
        if (!status.evaluationError().isEmpty()) {
            log.warn("the cluster could not look at all of its rules: {}", status.evaluationError());
        }
        return status.allowed() && !status.denied();
    }
}
