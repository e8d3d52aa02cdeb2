package sluice.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

class FunctionCatalogTest {
    private final InMemoryProvider provider = new InMemoryProvider();
    private final FunctionCatalog catalog = new FunctionCatalog(provider, 100);

    @AfterEach
    void stop() {
        catalog.dispose();
    }

    @Test
    void findsWhatTheProviderPushed_untilItIsGone() {
        put("b", 1);
        put("a", 1);

        assertThat(catalog.find(name("a"))).isNotNull();
        assertThat(catalog.all()).extracting(status -> status.name().name()).containsExactly("a", "b");
        provider.drop(name("a"));
        assertThat(catalog.find(name("a"))).isNull();
    }

    @Test
    void countsAVersion_forEachVisibleChangeOnly() {
        put("a", 1);
        put("a", 1);
        assertThat(catalog.version()).isEqualTo(101);

        put("a", 2);
        provider.drop(name("a"));
        provider.drop(name("a"));
        assertThat(catalog.version()).isEqualTo(103);
    }

    @Test
    void tellsWhatExists_inTheOrderOfVersions_thenWhatChanges() {
        put("b", 1);
        put("a", 1);

        StepVerifier.create(catalog.watch(-1).map(FunctionCatalogTest::text))
                .expectNext("ADDED 101 b", "ADDED 102 a")
                .then(() -> put("b", 2))
                .expectNext("MODIFIED 103 b")
                .then(() -> provider.drop(name("b")))
                .expectNext("DELETED 104 b")
                .then(() -> put("b", 1))
                .expectNext("ADDED 105 b")
                .thenCancel()
                .verify();
    }

    @Test
    void tellsWhatHappenedSince_andNothingTwice() {
        put("a", 1);
        put("b", 1);
        put("a", 2);

        StepVerifier.create(catalog.watch(101).map(FunctionCatalogTest::text))
                .expectNext("ADDED 102 b", "MODIFIED 103 a")
                .then(() -> put("c", 1))
                .expectNext("ADDED 104 c")
                .thenCancel()
                .verify();
        StepVerifier.create(catalog.watch(104).map(FunctionCatalogTest::text))
                .then(() -> put("d", 1))
                .expectNext("ADDED 105 d")
                .thenCancel()
                .verify();
    }

    @Test
    void refusesAVersion_olderThanTheEventsItKeeps() {
        assertThat(failure(catalog.watch(99))).isEqualTo(Failure.NOT_FOUND);

        for (int i = 0; i <= 1_024; i++) {
            put("a", i);
        }
        assertThat(failure(catalog.watch(100))).isEqualTo(Failure.NOT_FOUND);
        StepVerifier.create(catalog.watch(101))
                .expectNextCount(1_024)
                .thenCancel()
                .verify();
    }

    @Test
    void failsAWatcherThatDoesNotRead_andNobodyElse() {
        StepVerifier.create(catalog.watch(-1), 0)
                .expectSubscription()
                .then(() -> {
                    for (int i = 0; i <= 256; i++) {
                        put("a", i);
                    }
                })
                .thenRequest(1_000)
                .expectNextCount(256)
                .expectErrorMatches(e -> e instanceof FailureException f && f.failure() == Failure.OVERLOADED)
                .verify();

        StepVerifier.create(catalog.watch(-1)).expectNextCount(1).thenCancel().verify();
    }

    @Test
    void stopsFollowing_onceDisposedOf() {
        catalog.dispose();
        put("late", 1);

        assertThat(catalog.find(name("late"))).isNull();
    }

    private void put(String name, int replicas) {
        FunctionDeployment deployment = new FunctionDeployment(
                name(name), "i", null, Map.of(), List.of(), List.of(), Map.of(), Map.of(), null, null, false);
        provider.put(new FunctionStatus(deployment, replicas, replicas, Instant.EPOCH, null), List.of());
    }

    private static FunctionName name(String name) {
        return new FunctionName(name, InMemoryProvider.DEFAULT_NAMESPACE);
    }

    private static String text(FunctionEvent event) {
        return event.type() + " " + event.version() + " "
                + event.status().name().name();
    }

    private static Failure failure(Flux<?> watch) {
        FailureException[] seen = new FailureException[1];
        StepVerifier.create(watch)
                .expectErrorSatisfies(e -> seen[0] = (FailureException) e)
                .verify();
        return seen[0].failure();
    }
}
