package sluice.access.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.access.cluster.StubCluster.jwt;
import static sluice.access.cluster.StubCluster.robot;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;
import sluice.access.cluster.ClusterTokens.Outcome;
import sluice.core.ClusterIdentity.TokenStatus;
import sluice.core.Failure;
import sluice.core.FailureException;

class ClusterTokensTest {
    private static final String GATEWAY = "https://gw.example.net";
    private static final Instant NOW = Instant.parse("2030-01-01T00:00:00Z");
    private static final String OURS =
            jwt("{\"iss\":\"https://kubernetes.default.svc\",\"aud\":[\"" + GATEWAY + "\"]}");

    private final StubCluster cluster = new StubCluster();
    private final AtomicLong nanos = new AtomicLong();

    private ClusterTokens tokens(boolean takesApiServerTokens) {
        return new ClusterTokens(
                cluster,
                new ClusterTokens.Terms(
                        Set.of(StubCluster.ISSUER, "kubernetes/serviceaccount"),
                        Set.of(GATEWAY),
                        takesApiServerTokens,
                        Duration.ofSeconds(60)),
                Clock.fixed(NOW, ZoneOffset.UTC),
                nanos::get);
    }

    @CanIgnoreReturnValue
    private static String outcome(ClusterTokens tokens, String token) {
        Outcome outcome = Objects.requireNonNull(tokens.identify(token).block(Duration.ofSeconds(5)));
        return outcome instanceof Outcome.Known known
                ? known.user().name()
                : ((Outcome.Refused) outcome).why().description();
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    @ParameterizedTest
    @CsvSource({
        "sha256~abcdef, true",
        "a.b, true",
        "opaque, true",
        "a.b.c, false",
    })
    void isAskedAboutTextsThatSayNothingOfThemselves(String token, boolean isFor) {
        assertThat(tokens(false).isFor(token)).isEqualTo(isFor);
    }

    @ParameterizedTest
    @CsvSource({
        "https://kubernetes.default.svc, true",
        "kubernetes/serviceaccount, true",
        "https://kubernetes.default.svc/, false",
        "https://idp.example.net, false",
    })
    void isAskedAboutJwtsOfItsIssuersOnly(String issuer, boolean isFor) {
        assertThat(tokens(false).isFor(jwt("{\"iss\":\"" + issuer + "\"}"))).isEqualTo(isFor);
        assertThat(tokens(false).isFor(jwt("{\"iss\":[\"" + issuer + "\"]}"))).isFalse();
    }

    /** Claim and setting, what the server says it checked, whether it is asked about audiences, what comes of it. */
    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "\"https://gw.example.net\",         false, https://gw.example.net, asked, taken",
                "[\"x\" \"https://gw.example.net\"], false, https://gw.example.net, asked, taken",
                "\"https://gw.example.net\",         false, '',                     asked, wrong audience",
                "\"https://gw.example.net\",         false, https://other,          asked, wrong audience",
                "\"https://gw.example.net.evil\",    false, https://gw.example.net, -,     wrong audience",
                "\"https://kubernetes.default.svc\", false, '',                     -,     wrong audience",
                "-,                                  false, '',                     -,     wrong audience",
                "17,                                 false, '',                     -,     wrong audience",
                "\"https://kubernetes.default.svc\", true,  '',                     '',    taken",
                "-,                                  true,  '',                     '',    taken",
            })
    void takesATokenOnlyForWhomItIsMeant(
            String audience, boolean takesApiServerTokens, String checked, String asked, String result) {
        String claim = audience == null ? "" : ",\"aud\":" + audience.replace("\" \"", "\",\"");
        String token = jwt("{\"iss\":\"kubernetes/serviceaccount\"" + claim + "}");
        cluster.knows(token, robot(), checked.isEmpty() ? new String[0] : new String[] {checked});

        assertThat(outcome(tokens(takesApiServerTokens), token))
                .isEqualTo(result.equals("taken") ? robot().name() : result);
        if (asked == null) {
            assertThat(cluster.reviewed)
                    .as("a token for somebody else is shown to nobody")
                    .isEmpty();
        } else {
            assertThat(cluster.audiences).containsExactly(asked.isEmpty() ? List.of() : List.of(GATEWAY));
        }
    }

    @Test
    void asksAboutASessionTokenAsTheApiServerKnowsIt() {
        cluster.knows("sha256~abc", robot());
        assertThat(outcome(tokens(false), "sha256~abc")).isEqualTo(robot().name());
        assertThat(cluster.audiences).containsExactly(List.of());
    }

    @Test
    void refusesWhomTheClusterDoesNotKnow() {
        cluster.tokens.put("half", Mono.just(new TokenStatus(true, null, List.of(), "")));
        cluster.tokens.put("said", Mono.just(new TokenStatus(false, robot(), List.of(), "expired")));
        for (String token : List.of("nobody", "half", "said")) {
            assertThat(outcome(tokens(false), token)).isEqualTo("not a valid token of the cluster");
        }
    }

    @Test
    void remembersAHolderForAMinute_andAStrangerForFiveSeconds() {
        ClusterTokens tokens = tokens(false);
        cluster.knows(OURS, robot(), GATEWAY);
        assertThat(tokens.recall(OURS)).isNull();
        outcome(tokens, OURS);
        outcome(tokens, "nobody");
        pass(Duration.ofMillis(4_999));
        outcome(tokens, OURS);
        outcome(tokens, "nobody");
        assertThat(tokens.recall(OURS)).isInstanceOf(Outcome.Known.class);
        assertThat(cluster.reviewed).hasSize(2);
        pass(Duration.ofMillis(1));
        outcome(tokens, "nobody");
        assertThat(cluster.reviewed).hasSize(3);
        pass(Duration.ofMillis(54_999));
        outcome(tokens, OURS);
        assertThat(cluster.reviewed).hasSize(3);
        pass(Duration.ofMillis(1));
        assertThat(tokens.recall(OURS)).isNull();
        outcome(tokens, OURS);
        assertThat(cluster.reviewed).hasSize(4);
    }

    @Test
    void forgetsAHolderWhenTheTokenEnds() {
        String brief = jwt("{\"iss\":\"https://kubernetes.default.svc\",\"aud\":\"" + GATEWAY + "\",\"exp\":"
                + (NOW.getEpochSecond() + 10) + "}");
        cluster.knows(brief, robot(), GATEWAY);
        ClusterTokens tokens = tokens(false);
        outcome(tokens, brief);
        pass(Duration.ofMillis(9_999));
        assertThat(tokens.recall(brief)).isInstanceOf(Outcome.Known.class);
        pass(Duration.ofMillis(1));
        assertThat(tokens.recall(brief)).isNull();
    }

    @Test
    void asksOnceForAllWhoBringTheSameToken() {
        Sinks.One<TokenStatus> later = Sinks.one();
        cluster.tokens.put("sha256~abc", later.asMono());
        ClusterTokens tokens = tokens(false);
        StepVerifier.create(Mono.zip(
                        tokens.identify("sha256~abc"), tokens.identify("sha256~abc"), tokens.identify("sha256~abc")))
                .then(() -> assertThat(cluster.reviewed).hasSize(1))
                .then(() -> later.tryEmitValue(new TokenStatus(true, robot(), List.of(), ""))
                        .orThrow())
                .expectNextCount(1)
                .verifyComplete();
        assertThat(cluster.reviewed).hasSize(1);
    }

    @Test
    void answersNeitherYesNorNo_whenTheClusterDoesNot() {
        ClusterTokens tokens = tokens(false);
        cluster.knows("sha256~abc", robot());
        cluster.trouble = Mono.error(Failure.UNAVAILABLE.in(sluice.core.Component.PROVIDER, "away"));
        StepVerifier.create(tokens.identify("sha256~abc")).verifyErrorSatisfies(ClusterTokensTest::isUnavailable);
        cluster.trouble = Mono.never();
        StepVerifier.withVirtualTime(() -> tokens.identify("sha256~abc"))
                .expectSubscription()
                .expectNoEvent(Duration.ofMillis(1_999))
                .thenAwait(Duration.ofMillis(1))
                .verifyErrorSatisfies(ClusterTokensTest::isUnavailable);
        cluster.trouble = Mono.empty();
        assertThat(outcome(tokens, "sha256~abc"))
                .as("a failure is not remembered")
                .isEqualTo(robot().name());
    }

    private static void isUnavailable(Throwable thrown) {
        assertThat(thrown).isInstanceOf(FailureException.class);
        assertThat(((FailureException) thrown).failure()).isEqualTo(Failure.UNAVAILABLE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"soon\"", "-1", "1e300", "9223372036854775807", "[]"})
    void takesNoNonsenseForAnEnd(String exp) {
        String token =
                jwt("{\"iss\":\"https://kubernetes.default.svc\",\"aud\":\"" + GATEWAY + "\",\"exp\":" + exp + "}");
        cluster.knows(token, robot(), GATEWAY);
        assertThat(outcome(tokens(false), token)).isEqualTo(robot().name());
    }
}
