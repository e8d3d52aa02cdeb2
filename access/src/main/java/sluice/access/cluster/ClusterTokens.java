package sluice.access.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import sluice.access.token.CompactToken;
import sluice.access.token.TokenRefused;
import sluice.core.ClusterIdentity;
import sluice.core.ClusterIdentity.ClusterUser;
import sluice.core.ClusterIdentity.TokenStatus;
import sluice.core.Component;
import sluice.core.Failure;

/**
 * Whose a token is that the cluster has given out (TokenReview). The gateway looks at the claims only to know whom to ask;
 * what it believes is the cluster's word. Known by their SHA-256, never kept themselves. Thread-safe; never blocks.
 */
public final class ClusterTokens {
    private static final Logger log = LoggerFactory.getLogger(ClusterTokens.class);
    private static final int MOST = 10_000;
    private static final Duration REFUSED = Duration.ofSeconds(5);
    static final Duration PATIENCE = Duration.ofSeconds(2);

    private final ClusterIdentity cluster;
    private final Terms terms;
    private final Clock clock;
    private final Answers<ByteBuffer, Outcome> answers;

    public ClusterTokens(ClusterIdentity cluster, Terms terms, Clock clock, LongSupplier nanoTime) {
        this.cluster = cluster;
        this.terms = terms;
        this.clock = clock;
        this.answers = new Answers<>("token_review", MOST, this::lifetime, nanoTime);
    }

    /**
     * Which tokens the cluster is asked about.
     *
     * @param issuers whose JWTs; texts that are none are always its business
     * @param audiences one of which a JWT must be for
     * @param takesApiServerTokens whether one for the API server itself, or for nobody in particular, is taken as well
     * @param ttl how long its word counts, at most
     */
    public record Terms(Set<String> issuers, Set<String> audiences, boolean takesApiServerTokens, Duration ttl) {
        public Terms {
            issuers = Set.copyOf(issuers);
            audiences = Set.copyOf(audiences);
        }
    }

    /** What the cluster said. */
    public sealed interface Outcome {
        /**
         * It knows the holder.
         *
         * @param expires when the token ends, if it says so
         */
        record Known(ClusterUser user, @Nullable Instant expires) implements Outcome {}

        /** It does not, or the token is for somebody else. */
        record Refused(TokenRefused why) implements Outcome {}
    }

    /** Whether the cluster is the one to ask about {@code token}. */
    public boolean isFor(String token) {
        if (!CompactToken.isCompact(token)) {
            return true;
        }
        ObjectNode claims = CompactToken.unverifiedPayload(token);
        return claims != null
                && claims.path("iss").isTextual()
                && terms.issuers().contains(claims.path("iss").textValue());
    }

    /** What is known of {@code token} without asking, or null. */
    public @Nullable Outcome recall(String token) {
        return answers.recall(key(token));
    }

    /** Asks; fails with {@link Failure#UNAVAILABLE} when there is no answer within two seconds. */
    public Mono<Outcome> identify(String token) {
        return answers.ask(key(token), () -> review(token));
    }

    private Mono<Outcome> review(String token) {
        ObjectNode claims = CompactToken.isCompact(token) ? CompactToken.unverifiedPayload(token) : null;
        if (claims == null) {
            return asked(token, List.of(), null);
        }
        Instant expires = expires(claims);
        if (intersect(texts(claims.path("aud")), terms.audiences())) {
            return asked(token, List.copyOf(terms.audiences()), expires);
        }
        return terms.takesApiServerTokens()
                ? asked(token, List.of(), expires)
                : Mono.just(new Outcome.Refused(TokenRefused.audience()));
    }

    private Mono<Outcome> asked(String token, List<String> audiences, @Nullable Instant expires) {
        return cluster.reviewToken(token, audiences)
                .timeout(PATIENCE)
                .onErrorMap(TimeoutException.class, e -> unanswered())
                .map(status -> judged(status, audiences, expires));
    }

    private static Outcome judged(TokenStatus status, List<String> audiences, @Nullable Instant expires) {
        ClusterUser user = status.user();
        if (!status.authenticated() || user == null) {
            log.debug("the cluster does not know a token: {}", status.error());
            return new Outcome.Refused(TokenRefused.unknownToCluster());
        }
        // A server that has not heard of audiences says nothing of them, also for a token that somebody else was meant
        // to get.
        return audiences.isEmpty() || intersect(new HashSet<>(status.audiences()), Set.copyOf(audiences))
                ? new Outcome.Known(user, expires)
                : new Outcome.Refused(TokenRefused.audience());
    }

    private Duration lifetime(Outcome outcome) {
        if (!(outcome instanceof Outcome.Known known)) {
            return REFUSED;
        }
        Instant expires = known.expires();
        Duration left = expires == null ? terms.ttl() : Duration.between(clock.instant(), expires);
        return left.isNegative() ? Duration.ZERO : left.compareTo(terms.ttl()) < 0 ? left : terms.ttl();
    }

    private static @Nullable Instant expires(ObjectNode claims) {
        JsonNode exp = claims.path("exp");
        return exp.isIntegralNumber() && exp.canConvertToLong() && Math.abs(exp.longValue()) < 1L << 40
                ? Instant.ofEpochSecond(exp.longValue())
                : null;
    }

    private static Set<String> texts(JsonNode audience) {
        Set<String> texts = new HashSet<>();
        if (audience.isTextual()) {
            texts.add(audience.textValue());
        } else if (audience.isArray()) {
            audience.forEach(each -> texts.add(each.asText()));
        }
        return texts;
    }

    private static boolean intersect(Set<String> some, Set<String> others) {
        return some.stream().anyMatch(others::contains);
    }

    static RuntimeException unanswered() {
        return Failure.UNAVAILABLE.in(Component.ACCESS, "authentication unavailable: the Kubernetes API");
    }

    private static ByteBuffer key(String token) {
        try {
            return ByteBuffer.wrap(
                    MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.ISO_8859_1)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    Answers<ByteBuffer, Outcome> answers() {
        return answers;
    }
}
