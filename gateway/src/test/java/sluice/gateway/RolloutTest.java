package sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;
import sluice.core.FunctionCatalog;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionName;
import sluice.core.FunctionStatus;
import sluice.core.InMemoryProvider;

final class RolloutTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final InMemoryProvider provider = new InMemoryProvider();
    private final FunctionCatalog functions = new FunctionCatalog(provider, 0);
    private final Rollout rollout = new Rollout(provider, functions);

    @AfterEach
    void close() {
        functions.dispose();
    }

    @Test
    void deploysEveryFunction() {
        StepVerifier.create(rollout.run(List.of(function("a"), function("b")), PATIENCE))
                .expectNext(List.of())
                .verifyComplete();

        assertThat(functions.all()).extracting(status -> status.name().name()).containsExactly("a", "b");
    }

    @Test
    void hasNothingToWaitFor_withoutStacks() {
        StepVerifier.create(rollout.run(List.of(), PATIENCE))
                .expectNext(List.of())
                .verifyComplete();
    }

    @Test
    void reportsWhatIsRefused_andDeploysTheRest() {
        StepVerifier.create(rollout.run(List.of(function("a", "no-such-secret"), function("b")), PATIENCE))
                .assertNext(problems -> assertThat(problems)
                        .singleElement()
                        .asString()
                        .startsWith("a was not deployed: ")
                        .contains("no-such-secret"))
                .verifyComplete();

        assertThat(functions.all()).extracting(status -> status.name().name()).containsExactly("b");
    }

    @Test
    void leavesAFunctionAlone_thatIsDeployedLikeThis() {
        FunctionStatus scaled = new FunctionStatus(function("a"), 3, 3, Instant.EPOCH, null);
        provider.put(scaled, List.of());

        StepVerifier.create(rollout.run(List.of(function("a")), PATIENCE))
                .expectNext(List.of())
                .verifyComplete();

        assertThat(functions.find(scaled.name())).isEqualTo(scaled);
    }

    @Test
    void doesNotWaitForAFunction_thatSleeps() {
        provider.put(new FunctionStatus(function("a"), 0, 0, Instant.EPOCH, null), List.of());

        StepVerifier.create(rollout.run(List.of(function("a")), PATIENCE))
                .expectNext(List.of())
                .verifyComplete();
    }

    @Test
    void waitsUntilEveryFunctionIsReady() {
        provider.put(new FunctionStatus(function("a"), 1, 0, Instant.EPOCH, null), List.of());

        StepVerifier.withVirtualTime(() -> rollout.run(List.of(function("a"), function("b")), PATIENCE))
                .expectSubscription()
                .expectNoEvent(PATIENCE.minusSeconds(1))
                .then(() -> provider.put(new FunctionStatus(function("a"), 1, 1, Instant.EPOCH, null), List.of()))
                .expectNext(List.of())
                .verifyComplete();
        provider.put(new FunctionStatus(function("c"), 1, 1, Instant.EPOCH, null), List.of());
        assertThat(functions.find(function("c").name())).as("the feed goes on").isNotNull();
    }

    @Test
    void reportsWhatIsNotReadyInTime() {
        provider.put(new FunctionStatus(function("a"), 1, 0, Instant.EPOCH, null), List.of());

        StepVerifier.withVirtualTime(() -> rollout.run(List.of(function("a")), PATIENCE))
                .expectSubscription()
                .thenAwait(PATIENCE)
                .assertNext(problems ->
                        assertThat(problems).singleElement().asString().startsWith("a is not ready after 30 s"))
                .verifyComplete();
    }

    private static FunctionDeployment function(String name, String... secrets) {
        return new FunctionDeployment(
                new FunctionName(name, InMemoryProvider.DEFAULT_NAMESPACE),
                "image",
                "cat",
                Map.of(),
                List.of(),
                List.of(secrets),
                Map.of(),
                Map.of(),
                null,
                null,
                false);
    }
}
