package sluice.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.kube.StubbedProvider.name;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import sluice.core.watch.WatchModel;
import sluice.core.watch.WatchSignal;
import sluice.core.watch.WatchedFunction;

/** The account of functions under the versions of the cluster, on the stub. */
class KubeWatchTest {
    @TempDir
    Path directory;

    private StubbedProvider bench;

    @BeforeEach
    void open() throws IOException {
        bench = StubbedProvider.open(directory, Map.of());
    }

    @AfterEach
    void close() {
        bench.close();
    }

    @Test
    void tellsDeployments_underTheirOwnVersions() throws IOException {
        try (WatchModel model = new WatchModel(bench.provider)) {
            bench.run(bench.provider.deploy(Functions.named("echo").build()));
            WatchedFunction told = model.await(name("echo"), function -> true);

            ObjectNode kept = bench.api.objects.get(path("apps", "deployments", "echo"));
            assertThat(told.uid()).isEqualTo(kept.path("metadata").path("uid").asText());
            assertThat(Long.toString(told.version()))
                    .isEqualTo(kept.path("metadata").path("resourceVersion").asText());
            model.assertByTheRules();
        }
    }

    @Test
    void tellsFunctionsAsTheyAreWritten_whereThoseAreKept() throws IOException {
        bench.close();
        bench = StubbedProvider.open(directory, Map.of("SLUICE_KUBE_FUNCTIONS", "true"));
        try (WatchModel model = new WatchModel(bench.provider)) {
            bench.run(bench.provider.deploy(
                    Functions.named("echo").environment("A", "1").build()));
            WatchedFunction told =
                    model.await(name("echo"), function -> function.condition().containsKey("conditions"));

            ObjectNode kept = bench.api.objects.get(path("openfaas.com", "functions", "echo"));
            assertThat(told.uid()).isEqualTo(kept.path("metadata").path("uid").asText());
            assertThat(told.version())
                    .isLessThanOrEqualTo(
                            kept.path("metadata").path("resourceVersion").asLong());
            assertThat(told.function().deployment().envVars()).containsEntry("A", "1");
            bench.run(bench.provider.remove(name("echo")));
            model.awaitGone(name("echo"));
            model.assertByTheRules();
        }
    }

    @Test
    void goesOnWithTheClustersBookmarks() throws IOException {
        try (WatchModel model = new WatchModel(bench.provider)) {
            model.awaitGone(name("nobody")); // it has begun
            long before = model.version();
            bench.admin.resource(StubbedProvider.pod("other", "other-1")).create(); // of no concern, but a new version

            Routes.await("a bookmark", () -> model.version() > before);
            model.assertByTheRules();
        }
    }

    @Test
    void beginsWithWhatTheCallsGoBy_withoutAListOfItsOwn() throws IOException {
        bench.run(bench.provider.deploy(Functions.named("echo").build()));
        long version = bench.api
                .objects
                .get(path("apps", "deployments", "echo"))
                .path("metadata")
                .path("resourceVersion")
                .asLong();
        long before = bench.api.lists("apps/deployments");
        try (KubeProvider other = KubeProvider.open(KubeProviderContract.config(
                        bench.api.kubeconfig(directory).toString(), Functions.NAMESPACE, Map.of()));
                WatchModel model = new WatchModel(other)) {
            assertThat(model.await(name("echo"), function -> true).version()).isEqualTo(version);
            bench.run(bench.provider.remove(name("echo")));
            model.awaitGone(name("echo"));
            bench.run(bench.provider.deploy(Functions.named("later").build()));
            assertThat(model.await(name("later"), function -> true).version()).isGreaterThan(version);
            model.assertByTheRules();
        }
        assertThat(bench.api.lists("apps/deployments") - before)
                .as("the version, and what calls go by")
                .isEqualTo(2);
    }

    @Test
    void beginsAnew_whenChangesWereMissed() throws IOException {
        List<WatchSignal> told = new CopyOnWriteArrayList<>();
        Disposable following = bench.provider.signals().subscribe(told::add);
        bench.run(bench.provider.deploy(Functions.named("echo").build()));
        Routes.await("the function", () -> told.stream().anyMatch(WatchSignal.Changed.class::isInstance));
        bench.api.stop();
        bench.api.objects.delete(path("apps", "deployments", "echo"));
        bench.api.objects.compact();
        bench.api.startAgain();

        Routes.await("a second snapshot", () -> snapshots(told) == 2);
        WatchSignal.Snapshot last = (WatchSignal.Snapshot) told.stream()
                .filter(WatchSignal.Snapshot.class::isInstance)
                .reduce((one, other) -> other)
                .orElseThrow();
        assertThat(last.functions()).isEmpty();
        following.dispose();
    }

    @Test
    void goesOnFromWhereItWas_afterTheApiWasAway() throws IOException {
        try (WatchModel model = new WatchModel(bench.provider)) {
            bench.run(bench.provider.deploy(Functions.named("echo").build()));
            long version = model.await(name("echo"), function -> true).version();
            bench.api.stop();
            scale(3);
            bench.api.startAgain();

            assertThat(model.await(name("echo"), function -> function.function().replicas() == 3)
                            .version())
                    .isGreaterThan(version);
            model.assertByTheRules(); // one snapshot only
        }
    }

    @Test
    void neverTellsAVersion_thatAListDoesNotKnow() throws IOException {
        try (WatchModel model = new WatchModel(bench.provider)) {
            bench.run(bench.provider.deploy(Functions.named("echo").build()));
            for (int i = 2; i < 30; i++) {
                int replicas = i;
                scale(i);
                model.await(name("echo"), function -> function.function().replicas() == replicas);
                assertThat(bench.provider.list(Functions.NAMESPACE).block(StubbedProvider.PATIENCE))
                        .singleElement()
                        .satisfies(status -> assertThat(status.replicas()).isGreaterThanOrEqualTo(replicas));
            }
        }
    }

    /** As somebody else would, past the provider. */
    private void scale(int replicas) {
        ObjectNode patch = StubObjects.JSON.createObjectNode();
        patch.putObject("spec").put("replicas", replicas);
        var unused = bench.api.objects.merge(path("apps", "deployments", "echo"), patch);
    }

    private static long snapshots(List<WatchSignal> told) {
        return told.stream().filter(WatchSignal.Snapshot.class::isInstance).count();
    }

    private static StubPath path(String group, String resource, String name) {
        return new StubPath(group, "v1", Functions.NAMESPACE, resource, name, "");
    }
}
