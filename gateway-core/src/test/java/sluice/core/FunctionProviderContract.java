package sluice.core;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import sluice.core.watch.FunctionWatch;
import sluice.core.watch.WatchModel;
import sluice.core.watch.WatchedFunction;

/**
 * What every {@link FunctionProvider} does, and the {@link RouteSource} beside it. A test of a provider extends this
 * and hands out one fresh, empty provider per test.
 */
public abstract class FunctionProviderContract {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** The provider under test, the same one throughout a test. */
    protected abstract FunctionProvider provider();

    /** Its feed. */
    protected abstract RouteSource routes();

    /** Its account of functions for those who follow them. */
    protected abstract FunctionWatch watch();

    /** The namespace that always exists. */
    protected abstract String defaultNamespace();

    /** A deployment under this name that the provider can run, without secrets, labels or annotations. */
    protected abstract FunctionDeployment runnable(FunctionName name);

    @Test
    void showsAFunction_asSoonAsItsDeployCompletes() {
        FunctionDeployment deployment = with(
                runnable(name("echo")), Map.of("team", "blue"), Map.of("topic", "news"), Map.of("KEY", "v"), List.of());
        Instant before = Instant.now().minusSeconds(1);

        run(provider().deploy(deployment));

        FunctionStatus status = get(provider().describe(name("echo"), false));
        assertThat(status.deployment()).isEqualTo(deployment);
        assertThat(status.replicas()).isEqualTo(1);
        assertThat(status.createdAt()).isBetween(before, Instant.now().plusSeconds(1));
        assertThat(status.usage()).isNull();
        assertThat(get(provider().list(defaultNamespace())))
                .extracting(FunctionStatus::name)
                .containsExactly(name("echo"));
    }

    @Test
    void startsWithTheLeastReplicas_thatItsLabelAsksFor() {
        run(provider().deploy(withLabels(runnable(name("wide")), Map.of("com.openfaas.scale.min", "2"))));

        assertThat(get(provider().describe(name("wide"), false)).replicas()).isEqualTo(2);
    }

    @Test
    void listsByName_oneNamespaceOnly() {
        run(provider().createNamespace(new FunctionNamespace("staging", Map.of(), Map.of())));
        for (String each : List.of("c", "a", "b")) {
            run(provider().deploy(runnable(name(each))));
        }
        run(provider().deploy(runnable(new FunctionName("elsewhere", "staging"))));

        assertThat(get(provider().list(defaultNamespace())))
                .extracting(status -> status.name().name())
                .containsExactly("a", "b", "c");
        assertThat(get(provider().list("staging")))
                .extracting(status -> status.name().name())
                .containsExactly("elsewhere");
    }

    @Test
    void replacesAnExistingFunction_whenItIsDeployedAgain() {
        run(provider().deploy(withLabels(runnable(name("echo")), Map.of("old", "1"))));
        Instant created = get(provider().describe(name("echo"), false)).createdAt();

        FunctionDeployment second = withLabels(runnable(name("echo")), Map.of("new", "1"));
        run(provider().deploy(second));

        FunctionStatus status = get(provider().describe(name("echo"), false));
        assertThat(status.deployment()).isEqualTo(second);
        assertThat(status.createdAt()).isEqualTo(created);
        assertThat(get(provider().list(defaultNamespace()))).hasSize(1);
    }

    @Test
    void replacesEverything_onUpdate() {
        run(provider()
                .deploy(with(runnable(name("echo")), Map.of("a", "1"), Map.of("b", "2"), Map.of("C", "3"), List.of())));

        FunctionDeployment second =
                with(runnable(name("echo")), Map.of("x", "1"), Map.of(), Map.of("Z", "3"), List.of());
        run(provider().update(second));

        assertThat(get(provider().describe(name("echo"), false)).deployment()).isEqualTo(second);
    }

    @Test
    void keepsTheReplicas_onUpdateWithoutAMinimum() {
        run(provider().deploy(runnable(name("echo"))));
        run(provider().scale(name("echo"), 3));

        run(provider().update(withLabels(runnable(name("echo")), Map.of("v", "2"))));
        assertThat(get(provider().describe(name("echo"), false)).replicas()).isEqualTo(3);
    }

    @Test
    void raisesTheReplicas_toAMinimumThatComesWithAnUpdate() {
        run(provider().deploy(runnable(name("echo"))));

        run(provider().update(withLabels(runnable(name("echo")), Map.of("com.openfaas.scale.min", "2"))));
        assertThat(get(provider().describe(name("echo"), false)).replicas()).isEqualTo(2);
    }

    @Test
    void forgetsAFunction_onceItIsRemoved() {
        run(provider().deploy(runnable(name("echo"))));

        run(provider().remove(name("echo")));

        assertThat(failure(provider().describe(name("echo"), false))).isEqualTo(Failure.UNKNOWN_FUNCTION);
        assertThat(get(provider().list(defaultNamespace()))).isEmpty();
    }

    @Test
    void knowsNoFunction_thatWasNotDeployed() {
        assertThat(failure(provider().describe(name("nobody"), true))).isEqualTo(Failure.UNKNOWN_FUNCTION);
        assertThat(failure(provider().update(runnable(name("nobody"))))).isEqualTo(Failure.UNKNOWN_FUNCTION);
        assertThat(failure(provider().remove(name("nobody")))).isEqualTo(Failure.UNKNOWN_FUNCTION);
        assertThat(failure(provider().scale(name("nobody"), 1))).isEqualTo(Failure.UNKNOWN_FUNCTION);
        assertThat(failure(provider().logs(logsOf("nobody", false)).then())).isEqualTo(Failure.UNKNOWN_FUNCTION);
    }

    @Test
    void scales_toZeroAndBack() {
        run(provider().deploy(runnable(name("echo"))));

        run(provider().scale(name("echo"), 0));
        assertThat(get(provider().describe(name("echo"), false)).replicas()).isZero();

        run(provider().scale(name("echo"), 2));
        assertThat(get(provider().describe(name("echo"), false)).replicas()).isEqualTo(2);
    }

    @Test
    void refusesMoreReplicasThanItCanHold() {
        run(provider().deploy(runnable(name("echo"))));

        assertThat(failure(provider().scale(name("echo"), 1_000_000))).isEqualTo(Failure.INVALID_REQUEST);
        assertThat(get(provider().describe(name("echo"), false)).replicas()).isEqualTo(1);
    }

    @Test
    void refusesToDeploy_withASecretThatDoesNotExist_andNamesIt() {
        FunctionDeployment deployment = withSecrets(runnable(name("echo")), List.of("s3-key"));

        FailureException refusal = refusal(provider().deploy(deployment));

        assertThat(refusal.failure()).isEqualTo(Failure.INVALID_REQUEST);
        assertThat(refusal.text()).contains("s3-key");
        assertThat(failure(provider().describe(name("echo"), false))).isEqualTo(Failure.UNKNOWN_FUNCTION);
    }

    @Test
    void deploysWithASecret_ofItsOwnNamespaceOnly() {
        run(provider().createNamespace(new FunctionNamespace("staging", Map.of(), Map.of())));
        run(provider().createSecret(secret("s3-key", "staging")));

        assertThat(failure(provider().deploy(withSecrets(runnable(name("echo")), List.of("s3-key")))))
                .isEqualTo(Failure.INVALID_REQUEST);
        FunctionName there = new FunctionName("echo", "staging");
        run(provider().deploy(withSecrets(runnable(there), List.of("s3-key"))));
        assertThat(get(provider().describe(there, false)).deployment().secrets())
                .containsExactly("s3-key");
    }

    @Test
    void refusesAnUnknownNamespace() {
        FunctionName nowhere = new FunctionName("echo", "nowhere");

        assertThat(failure(provider().deploy(runnable(nowhere)))).isEqualTo(Failure.INVALID_REQUEST);
        assertThat(failure(provider().list("nowhere"))).isEqualTo(Failure.INVALID_REQUEST);
    }

    @Test
    void keepsSecretsByName_perNamespace() {
        run(provider().createNamespace(new FunctionNamespace("staging", Map.of(), Map.of())));
        run(provider().createSecret(secret("b", defaultNamespace())));
        run(provider().createSecret(secret("a", defaultNamespace())));
        run(provider().createSecret(secret("c", "staging")));

        assertThat(get(provider().secrets(defaultNamespace())))
                .extracting(Secret.Id::name)
                .containsExactly("a", "b");
        assertThat(failure(provider().createSecret(secret("a", defaultNamespace()))))
                .isEqualTo(Failure.CONFLICT);

        run(provider().updateSecret(secret("a", defaultNamespace())));
        run(provider().removeSecret(new Secret.Id("a", defaultNamespace())));
        assertThat(get(provider().secrets(defaultNamespace())))
                .extracting(Secret.Id::name)
                .containsExactly("b");
    }

    @Test
    void knowsNoSecret_thatWasNotMade() {
        assertThat(failure(provider().updateSecret(secret("none", defaultNamespace()))))
                .isEqualTo(Failure.NOT_FOUND);
        assertThat(failure(provider().removeSecret(new Secret.Id("none", defaultNamespace()))))
                .isEqualTo(Failure.NOT_FOUND);
    }

    @Test
    void keepsNamespaces() {
        FunctionNamespace staging = new FunctionNamespace("staging", Map.of("openfaas", "1"), Map.of("team", "blue"));
        run(provider().createNamespace(staging));

        assertThat(get(provider().namespaces()))
                .contains(defaultNamespace(), "staging")
                .isSorted();
        FunctionNamespace made = get(provider().namespace("staging"));
        assertThat(made.labels()).containsEntry("openfaas", "1"); // a cluster adds marks of its own
        assertThat(made.annotations()).containsEntry("team", "blue");
        assertThat(failure(provider().createNamespace(staging))).isEqualTo(Failure.CONFLICT);

        FunctionNamespace changed = new FunctionNamespace("staging", Map.of("openfaas", "1", "tier", "2"), Map.of());
        run(provider().updateNamespace(changed));
        FunctionNamespace now = get(provider().namespace("staging"));
        assertThat(now.labels()).containsEntry("openfaas", "1").containsEntry("tier", "2");
        assertThat(now.annotations()).doesNotContainKey("team");

        run(provider().removeNamespace("staging"));
        assertThat(get(provider().namespaces())).doesNotContain("staging");
    }

    @Test
    void knowsNoNamespace_thatWasNotMade() {
        FunctionNamespace none = new FunctionNamespace("none", Map.of(), Map.of());

        assertThat(failure(provider().namespace("none"))).isEqualTo(Failure.NOT_FOUND);
        assertThat(failure(provider().updateNamespace(none))).isEqualTo(Failure.NOT_FOUND);
        assertThat(failure(provider().removeNamespace("none"))).isEqualTo(Failure.NOT_FOUND);
    }

    @Test
    void keepsTheDefaultNamespace() {
        assertThat(failure(provider().removeNamespace(defaultNamespace()))).isEqualTo(Failure.INVALID_REQUEST);
        assertThat(get(provider().namespaces())).contains(defaultNamespace());
        assertThat(get(provider().namespace(defaultNamespace())).name()).isEqualTo(defaultNamespace());
    }

    @Test
    void takesFunctionsAndSecretsAlong_whenTheirNamespaceGoes() {
        FunctionNamespace staging = new FunctionNamespace("staging", Map.of(), Map.of());
        run(provider().createNamespace(staging));
        run(provider().createSecret(secret("s3-key", "staging")));
        run(provider().deploy(runnable(new FunctionName("echo", "staging"))));

        run(provider().removeNamespace("staging"));
        run(provider().createNamespace(staging));

        assertThat(get(provider().list("staging"))).isEmpty();
        assertThat(get(provider().secrets("staging"))).isEmpty();
    }

    @Test
    void tellsWhatExists_thenThatThisWasAll_thenEachChange() {
        run(provider().deploy(runnable(name("first"))));
        try (Feed feed = new Feed(routes())) {
            feed.awaitSynced();
            assertThat(feed.functionsBeforeSynced()).contains("first");

            run(provider().deploy(runnable(name("second"))));
            assertThat(feed.names()).contains("second"); // told before the deploy completed

            run(provider().scale(name("second"), 0));
            assertThat(feed.last("second").status().replicas()).isZero();

            run(provider().remove(name("second")));
            assertThat(feed.changes.stream().filter(RouteChange.Removed.class::isInstance))
                    .extracting(change -> ((RouteChange.Removed) change).last().name())
                    .containsExactly(name("second"));
            assertThat(feed.changes.stream().filter(RouteChange.Synced.class::isInstance))
                    .hasSize(1);
        }
    }

    @Test
    void tellsEverySubscriberTheSame() {
        run(provider().deploy(runnable(name("echo"))));
        try (Feed early = new Feed(routes());
                Feed late = new Feed(routes())) {
            early.awaitSynced();
            late.awaitSynced();
            run(provider().remove(name("echo")));

            assertThat(early.changes).anyMatch(RouteChange.Removed.class::isInstance);
            assertThat(late.changes).anyMatch(RouteChange.Removed.class::isInstance);
        }
    }

    @Test
    void agreesWithItsFeed_whenManyChangeThingsAtOnce() {
        try (Feed feed = new Feed(routes())) {
            feed.awaitSynced();
            run(Flux.range(0, 12)
                    .flatMap(i -> change(i).subscribeOn(Schedulers.boundedElastic()), 6)
                    .then());

            Map<FunctionName, Integer> listed = get(provider().list(defaultNamespace())).stream()
                    .collect(toMap(FunctionStatus::name, FunctionStatus::replicas));
            assertThat(feed.replicas()).isEqualTo(listed);
        }
    }

    @Test
    void endsItsLog_unlessItIsFollowed() {
        run(provider().deploy(runnable(name("echo"))));

        StepVerifier.create(provider().logs(logsOf("echo", false)))
                .thenConsumeWhile(line -> true)
                .expectComplete()
                .verify(PATIENCE);
        StepVerifier.create(provider().logs(logsOf("echo", true)).ignoreElements())
                .expectSubscription()
                .expectNoEvent(Duration.ofMillis(200))
                .thenCancel()
                .verify(PATIENCE);
    }

    @Test
    void saysWhoItIs() {
        ProviderInfo info = provider().info();

        assertThat(info.provider()).isNotEmpty();
        assertThat(info.orchestration()).isNotEmpty();
        assertThat(info.version().release()).isNotEmpty();
        assertThat(info.version().sha()).isNotEmpty();
    }

    /** Deploys and scales, or now and then removes, one of three functions. */
    private Mono<Void> change(int i) {
        FunctionName name = name("fn-" + i % 3);
        Mono<Void> change = i % 4 == 3
                ? provider().remove(name)
                : provider().deploy(runnable(name)).then(provider().scale(name, i % 3));
        return change.onErrorComplete(e -> isFailure(e, Failure.UNKNOWN_FUNCTION)); // another was quicker
    }

    private FunctionName name(String name) {
        return new FunctionName(name, defaultNamespace());
    }

    private LogQuery logsOf(String function, boolean follow) {
        return new LogQuery(name(function), null, 0, null, follow);
    }

    private static Secret secret(String name, String namespace) {
        return new Secret(new Secret.Id(name, namespace), "hidden".getBytes(StandardCharsets.UTF_8));
    }

    private static FunctionDeployment withLabels(FunctionDeployment of, Map<String, String> labels) {
        return with(of, labels, of.annotations(), of.envVars(), of.secrets());
    }

    private static FunctionDeployment withSecrets(FunctionDeployment of, List<String> secrets) {
        return with(of, of.labels(), of.annotations(), of.envVars(), secrets);
    }

    private static FunctionDeployment with(
            FunctionDeployment of,
            Map<String, String> labels,
            Map<String, String> annotations,
            Map<String, String> envVars,
            List<String> secrets) {
        return new FunctionDeployment(
                of.name(),
                of.image(),
                of.envProcess(),
                envVars,
                of.constraints(),
                secrets,
                labels,
                annotations,
                of.limits(),
                of.requests(),
                of.readOnlyRootFilesystem());
    }

    @Test
    void tellsWatchers_eachChangeUnderAVersionThatGrows() {
        try (WatchModel model = new WatchModel(watch())) {
            model.awaitGone(name("echo"));
            run(provider().deploy(runnable(name("echo"))));
            WatchedFunction made = model.await(name("echo"), function -> true);
            assertThat(made.function().deployment()).isEqualTo(runnable(name("echo")));
            assertThat(made.uid()).isNotEmpty();

            run(provider().scale(name("echo"), 2));
            WatchedFunction scaled =
                    model.await(name("echo"), function -> function.function().replicas() == 2);
            assertThat(scaled.version()).isGreaterThan(made.version());
            assertThat(scaled.uid()).isEqualTo(made.uid());

            FunctionDeployment second = withLabels(runnable(name("echo")), Map.of("v", "2"));
            run(provider().update(second));
            WatchedFunction updated = model.await(
                    name("echo"), function -> function.function().deployment().equals(second));
            assertThat(updated.version()).isGreaterThan(scaled.version());
            assertThat(updated.generation()).isGreaterThan(made.generation());

            run(provider().remove(name("echo")));
            model.awaitGone(name("echo"));
            assertThat(model.version()).isGreaterThan(updated.version());
            model.assertByTheRules();
        }
    }

    @Test
    void tellsWatchersThatComeLater_theSameStateUnderTheSameVersions() {
        run(provider().deploy(runnable(name("a"))));
        run(provider().deploy(runnable(name("b"))));
        try (WatchModel first = new WatchModel(watch())) {
            first.await(name("a"), function -> true);
            first.await(name("b"), function -> true);
            run(provider().scale(name("a"), 0));
            WatchedFunction scaled =
                    first.await(name("a"), function -> function.function().replicas() == 0);
            try (WatchModel second = new WatchModel(watch())) {
                WatchedFunction seen =
                        second.await(name("a"), function -> function.function().replicas() == 0);

                assertThat(seen.uid()).isEqualTo(scaled.uid());
                assertThat(second.functions().keySet()).contains(name("a"), name("b"));
                assertThat(second.version()).isGreaterThanOrEqualTo(scaled.version());
                second.assertByTheRules();
            }
            first.assertByTheRules();
        }
    }

    @Test
    void tellsWatchers_thatAFunctionMadeAgainIsAnotherOne() {
        try (WatchModel model = new WatchModel(watch())) {
            run(provider().deploy(runnable(name("echo"))));
            String uid = model.await(name("echo"), function -> true).uid();
            run(provider().remove(name("echo")));
            model.awaitGone(name("echo"));
            run(provider().deploy(runnable(name("echo"))));

            assertThat(model.await(name("echo"), function -> true).uid()).isNotEqualTo(uid);
            model.assertByTheRules();
        }
    }

    private static void run(Mono<Void> change) {
        change.block(PATIENCE);
    }

    private static <T> T get(Mono<T> question) {
        return Objects.requireNonNull(question.block(PATIENCE), "completed without a value");
    }

    private static Failure failure(Mono<?> refused) {
        return refusal(refused).failure();
    }

    private static FailureException refusal(Mono<?> refused) {
        Throwable error =
                refused.then(Mono.<Throwable>empty()).onErrorResume(Mono::just).block(PATIENCE);
        assertThat(error).isInstanceOf(FailureException.class);
        return (FailureException) Objects.requireNonNull(error);
    }

    private static boolean isFailure(Throwable error, Failure failure) {
        return error instanceof FailureException known && known.failure() == failure;
    }

    /** A subscriber that keeps everything it was told. */
    private static final class Feed implements AutoCloseable {
        private final List<RouteChange> changes = new CopyOnWriteArrayList<>();
        private final Disposable subscription;

        Feed(RouteSource source) {
            subscription = source.changes().subscribe(changes::add);
        }

        void awaitSynced() {
            long start = System.nanoTime();
            while (changes.stream().noneMatch(RouteChange.Synced.class::isInstance)) {
                assertThat(System.nanoTime() - start).as("waiting for Synced").isLessThan(PATIENCE.toNanos());
                Thread.onSpinWait();
            }
        }

        List<String> functionsBeforeSynced() {
            int synced = IntStream.range(0, changes.size())
                    .filter(i -> changes.get(i) instanceof RouteChange.Synced)
                    .findFirst()
                    .orElse(0);
            return names(changes.subList(0, synced));
        }

        List<String> names() {
            return names(changes);
        }

        RouteChange.Changed last(String name) {
            RouteChange.@Nullable Changed last = null;
            for (RouteChange change : changes) {
                if (change instanceof RouteChange.Changed changed
                        && changed.status().name().name().equals(name)) {
                    last = changed;
                }
            }
            return Objects.requireNonNull(last, "nothing was told of " + name);
        }

        Map<FunctionName, Integer> replicas() {
            Map<FunctionName, Integer> replicas = new HashMap<>();
            for (RouteChange change : changes) {
                if (change instanceof RouteChange.Changed changed) {
                    replicas.put(changed.status().name(), changed.status().replicas());
                } else if (change instanceof RouteChange.Removed removed) {
                    replicas.remove(removed.last().name());
                }
            }
            return replicas;
        }

        @Override
        public void close() {
            subscription.dispose();
        }

        private static List<String> names(List<RouteChange> changes) {
            return changes.stream()
                    .filter(RouteChange.Changed.class::isInstance)
                    .map(change ->
                            ((RouteChange.Changed) change).status().name().name())
                    .toList();
        }
    }
}
