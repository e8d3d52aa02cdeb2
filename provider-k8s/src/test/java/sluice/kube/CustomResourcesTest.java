package sluice.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.kube.StubbedProvider.name;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sluice.core.Secret;

/** Functions as custom resources, on the stub; {@link ClusterFunctionsTest} does the same with real validation. */
class CustomResourcesTest {
    @TempDir
    Path directory;

    private StubbedProvider bench;

    @BeforeEach
    void open() throws IOException {
        bench = StubbedProvider.open(directory, Map.of("SLUICE_KUBE_FUNCTIONS", "true"));
    }

    @AfterEach
    void close() {
        bench.close();
    }

    @Test
    void makesAFunctionOfWhatIsDeployed_andForgetsBoth() {
        bench.run(bench.provider.deploy(
                Functions.named("echo").environment("A", "1").build()));

        GenericKubernetesResource made = Objects.requireNonNull(function("echo"));
        assertThat(made.<Map<String, Object>>get("spec", "environment")).isEqualTo(Map.of("A", "1"));
        Routes.await("the status", () -> condition("echo", "Ready").equals("True"));

        bench.run(bench.provider.remove(name("echo")));
        assertThat(function("echo")).isNull();
    }

    @Test
    void runsWhatSomebodyElseWrote_andFollowsIt() {
        create("echo", Map.of("name", "echo", "image", "example/a:1"));
        Routes.await("the function", () -> bench.routes.has(name("echo")));
        Routes.await("the status", () -> condition("echo", "Ready").equals("True"));
        assertThat(condition("echo", "Healthy")).isEqualTo("False");

        bench.admin
                .genericKubernetesResources(CustomKinds.FUNCTION)
                .inNamespace(Functions.NAMESPACE)
                .withName("echo")
                .delete();
        Routes.await("garbage collection", () -> !bench.routes.has(name("echo")));
    }

    @Test
    void stalls_whileASecretIsMissing() {
        create("echo", Map.of("name", "echo", "image", "example/a:1", "secrets", List.of("s3-key")));
        Routes.await("it to stall", () -> condition("echo", "Stalled").equals("True"));
        assertThat(bench.routes.has(name("echo"))).isFalse();

        bench.run(bench.provider.createSecret(
                new Secret(new Secret.Id("s3-key", Functions.NAMESPACE), "v".getBytes(StandardCharsets.UTF_8))));

        Routes.await("it to be ready", () -> condition("echo", "Ready").equals("True"));
        assertThat(condition("echo", "Stalled")).isEmpty();
    }

    @Test
    void makesPodsAnew_whenTheirProfileChanges() {
        GenericKubernetesResource profile = new GenericKubernetesResourceBuilder()
                .withApiVersion("openfaas.com/v1")
                .withKind("Profile")
                .withNewMetadata()
                .withName("slow")
                .withNamespace(Functions.NAMESPACE)
                .endMetadata()
                .addToAdditionalProperties("spec", Map.of("priorityClassName", "low"))
                .build();
        bench.admin
                .genericKubernetesResources(CustomKinds.PROFILE)
                .inNamespace(Functions.NAMESPACE)
                .resource(profile)
                .create();
        bench.run(bench.provider.deploy(Functions.named("echo")
                .annotation("com.openfaas.profile", "slow")
                .build()));
        assertThat(priority()).isEqualTo("low");

        profile.setAdditionalProperty("spec", Map.of("priorityClassName", "lowest"));
        bench.admin
                .genericKubernetesResources(CustomKinds.PROFILE)
                .inNamespace(Functions.NAMESPACE)
                .resource(profile)
                .update();

        Routes.await("the change", () -> "lowest".equals(priority()));
    }

    @Test
    void leavesADeploymentAlone_thatIsNoFunction() {
        bench.admin
                .resource(new io.fabric8.kubernetes.api.model.apps.DeploymentBuilder()
                        .withNewMetadata()
                        .withName("database")
                        .withNamespace(Functions.NAMESPACE)
                        .endMetadata()
                        .withNewSpec()
                        .endSpec()
                        .build())
                .create();

        create("database", Map.of("name", "database", "image", "example/a:1"));

        Routes.await("it to stall", () -> condition("database", "Stalled").equals("True"));
        assertThat(bench.routes.has(name("database"))).isFalse();
    }

    private @Nullable String priority() {
        return bench.admin
                .apps()
                .deployments()
                .inNamespace(Functions.NAMESPACE)
                .withName("echo")
                .get()
                .getSpec()
                .getTemplate()
                .getSpec()
                .getPriorityClassName();
    }

    private void create(String name, Map<String, Object> spec) {
        bench.admin
                .genericKubernetesResources(CustomKinds.FUNCTION)
                .inNamespace(Functions.NAMESPACE)
                .resource(new GenericKubernetesResourceBuilder()
                        .withApiVersion("openfaas.com/v1")
                        .withKind("Function")
                        .withNewMetadata()
                        .withName(name)
                        .withNamespace(Functions.NAMESPACE)
                        .endMetadata()
                        .addToAdditionalProperties("spec", spec)
                        .build())
                .create();
    }

    private @Nullable GenericKubernetesResource function(String name) {
        return bench.admin
                .genericKubernetesResources(CustomKinds.FUNCTION)
                .inNamespace(Functions.NAMESPACE)
                .withName(name)
                .get();
    }

    /** Empty when there is none. */
    private String condition(String name, String type) {
        GenericKubernetesResource function = function(name);
        if (function != null && function.get("status", "conditions") instanceof List<?> conditions) {
            for (Object each : conditions) {
                if (each instanceof Map<?, ?> condition && type.equals(condition.get("type"))) {
                    return String.valueOf(condition.get("status"));
                }
            }
        }
        return "";
    }
}
