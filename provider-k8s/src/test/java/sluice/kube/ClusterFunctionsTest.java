package sluice.kube;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import sluice.core.ClusterIdentity;
import sluice.core.ClusterIdentity.AccessStatus;
import sluice.core.ClusterIdentity.Attributes;
import sluice.core.ClusterIdentity.TokenStatus;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionName;
import sluice.core.FunctionStatus;
import sluice.core.Secret;

/** What only a real API server proves: ownership of fields, pruning, owners, both doors, reviews. */
@Tag("cluster")
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ClusterFunctionsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(25);
    private static final PatchContext AUTOSCALER = new PatchContext.Builder()
            .withPatchType(PatchType.JSON_MERGE)
            .withFieldManager("autoscaler")
            .build();

    @RegisterExtension
    static final TestCluster CLUSTER = new TestCluster();

    private KubernetesClient admin;
    private String namespace;
    private @Nullable KubeProvider opened;

    @BeforeEach
    void enter() {
        admin = CLUSTER.admin();
        namespace = CLUSTER.namespace();
    }

    @AfterEach
    void close() {
        if (opened != null) {
            opened.close();
        }
    }

    @Test
    void leavesReplicasToWhoeverScales_whenItUpdates() throws Exception {
        KubeProvider provider = open(Map.of());
        run(provider.deploy(function("echo").build()));
        deployments("echo").patch(AUTOSCALER, "{\"spec\":{\"replicas\":4}}");

        run(provider.update(function("echo").environment("A", "1").build()));

        assertThat(deployment("echo").getSpec().getReplicas()).isEqualTo(4);
        assertThat(deployment("echo").getMetadata().getManagedFields())
                .filteredOn(entry -> entry.getManager().equals("autoscaler"))
                .hasSize(1);
    }

    @Test
    void leavesWhatPeopleAdded_andTakesAwayWhatItAddedItself() throws Exception {
        KubeProvider provider = open(Map.of());
        run(provider.deploy(function("echo")
                .environment("A", "1")
                .readOnly()
                .label("x", "y")
                .build()));
        deployments("echo")
                .patch(
                        AUTOSCALER,
                        "{\"spec\":{\"template\":{\"metadata\":{\"annotations\":{\"person\":\"was here\"}}}}}");

        run(provider.update(function("echo").build()));

        Deployment now = deployment("echo");
        assertThat(now.getSpec().getTemplate().getMetadata().getAnnotations()).containsEntry("person", "was here");
        assertThat(now.getSpec().getTemplate().getMetadata().getLabels())
                .doesNotContainKey("x")
                .containsKey("uid");
        assertThat(now.getSpec().getTemplate().getSpec().getVolumes()).isEmpty();
        assertThat(now.getSpec().getTemplate().getSpec().getContainers().get(0).getEnv())
                .noneMatch(variable -> variable.getName().equals("A"));
    }

    @Test
    void takesOverADeployment_thatAnotherProviderMade() throws Exception {
        Deployment foreign = new FunctionObjects(config(Map.of()))
                .deployment(
                        function("echo").environment("OLD", "1").build(),
                        new FunctionObjects.Surroundings(SecretUse.NONE, List.of(), Map.of(), null, null));
        foreign.getMetadata().getAnnotations().remove(Marks.SPEC);
        foreign.getSpec().setReplicas(3);
        admin.resource(foreign).create();
        KubeProvider provider = open(Map.of());
        assertThat(Objects.requireNonNull(describe(provider, "echo"))
                        .deployment()
                        .envVars())
                .containsExactly(Map.entry("OLD", "1"));

        run(provider.update(function("echo").environment("NEW", "1").build()));

        assertThat(deployment("echo").getSpec().getReplicas()).isEqualTo(3);
        assertThat(deployment("echo")
                        .getSpec()
                        .getTemplate()
                        .getSpec()
                        .getContainers()
                        .get(0)
                        .getEnv())
                .extracting(variable -> variable.getName())
                .contains("NEW")
                .doesNotContain("OLD");
    }

    @Test
    void losesNoUpdate_ofManyAtOnce() throws Exception {
        KubeProvider provider = open(Map.of());
        run(provider.deploy(function("echo").build()));

        run(Flux.range(0, 20)
                .flatMap(
                        i -> provider.update(function("echo")
                                        .environment("N", "" + i)
                                        .build())
                                .subscribeOn(Schedulers.boundedElastic()),
                        20)
                .then());

        FunctionDeployment last = describe(provider, "echo").deployment();
        assertThat(deployment("echo")
                        .getSpec()
                        .getTemplate()
                        .getSpec()
                        .getContainers()
                        .get(0)
                        .getEnv())
                .anyMatch(variable -> variable.getName().equals("N")
                        && variable.getValue().equals(last.envVars().get("N")));
    }

    @Test
    void usesSecretsByTheirType() throws Exception {
        KubeProvider provider = open(Map.of());
        run(provider.createSecret(new Secret(new Secret.Id("s3-key", namespace), new byte[] {0, (byte) 0xff})));
        admin.resource(new io.fabric8.kubernetes.api.model.SecretBuilder()
                        .withNewMetadata()
                        .withName("regcred")
                        .withNamespace(namespace)
                        .endMetadata()
                        .withType("kubernetes.io/dockerconfigjson")
                        .withStringData(Map.of(".dockerconfigjson", "{\"auths\":{}}"))
                        .build())
                .create();

        run(provider.deploy(function("echo").secret("s3-key").secret("regcred").build()));

        assertThat(admin.secrets()
                        .inNamespace(namespace)
                        .withName("s3-key")
                        .get()
                        .getData())
                .containsExactly(Map.entry("s3-key", "AP8="));
        assertThat(deployment("echo").getSpec().getTemplate().getSpec().getImagePullSecrets())
                .extracting(each -> each.getName())
                .containsExactly("regcred");
        assertThat(Objects.requireNonNull(provider.secrets(namespace).block(PATIENCE)))
                .extracting(Secret.Id::name)
                .containsExactly("s3-key");
        run(provider.update(function("echo").build()));
        assertThat(deployment("echo").getSpec().getTemplate().getSpec().getImagePullSecrets())
                .isEmpty();
    }

    @Test
    void appliesProfiles_andTakesThemAwayWithoutATrace() throws Exception {
        admin.resource(generic(
                        "openfaas.com/v1",
                        "Profile",
                        "gpu",
                        Map.of(
                                "runtimeClassName",
                                "nvidia",
                                "tolerations",
                                List.of(Map.of("key", "gpu", "operator", "Exists")),
                                "resources",
                                Map.of("limits", Map.of("nvidia.com/gpu", "1")))))
                .create();
        KubeProvider provider = open(Map.of("profiles_namespace", namespace));

        run(provider.deploy(
                function("echo").annotation("com.openfaas.profile", "gpu").build()));
        run(provider.update(
                function("echo").annotation("com.openfaas.profile", "gpu").build()));

        var pod = deployment("echo").getSpec().getTemplate().getSpec();
        assertThat(pod.getRuntimeClassName()).isEqualTo("nvidia");
        assertThat(pod.getTolerations()).hasSize(1);
        assertThat(pod.getContainers().get(0).getResources().getLimits()).containsKey("nvidia.com/gpu");
        run(provider.update(function("echo").build()));
        pod = deployment("echo").getSpec().getTemplate().getSpec();
        assertThat(pod.getRuntimeClassName()).isNull();
        assertThat(pod.getTolerations()).isEmpty();
        assertThat(pod.getContainers().get(0).getResources().getLimits()).isEmpty();
    }

    @Test
    void showsThroughOneDoor_whatCameThroughTheOther() throws Exception {
        KubeProvider provider = open(Map.of("SLUICE_KUBE_FUNCTIONS", "true", "profiles_namespace", namespace));

        run(provider.deploy(function("rest").environment("A", "1").build()));
        GenericKubernetesResource made = Objects.requireNonNull(custom("rest"));
        assertThat(spec(made)).containsEntry("environment", Map.of("A", "1"));
        assertThat(deployment("rest").getMetadata().getOwnerReferences())
                .extracting(owner -> owner.getUid())
                .containsExactly(made.getMetadata().getUid());
        Routes.await("the status", () -> condition("rest", "Ready").equals("True"));

        admin.resource(generic(
                        "openfaas.com/v1",
                        "Function",
                        "kubectl",
                        Map.of("name", "kubectl", "image", "registry.example.com/a:1")))
                .create();
        Routes.await("the function", () -> exists(provider, "kubectl"));
        Routes.await("the status", () -> condition("kubectl", "Ready").equals("True"));
        run(provider.update(function("kubectl")
                .image("registry.example.com/a:2")
                .process(null)
                .build()));
        assertThat(spec(Objects.requireNonNull(custom("kubectl")))).containsEntry("image", "registry.example.com/a:2");

        admin.genericKubernetesResources("openfaas.com/v1", "Function")
                .inNamespace(namespace)
                .withName("kubectl")
                .patch(AUTOSCALER, "{\"spec\":{\"image\":\"registry.example.com/a:3\"}}");
        Routes.await(
                "the change",
                () -> describe(provider, "kubectl").deployment().image().endsWith("a:3"));

        run(provider.remove(new FunctionName("rest", namespace)));
        assertThat(custom("rest")).isNull();
        admin.genericKubernetesResources("openfaas.com/v1", "Function")
                .inNamespace(namespace)
                .withName("kubectl")
                .delete();
        Routes.awaitCollected(() -> !exists(provider, "kubectl"));
    }

    @Test
    void saysInTheStatusWhatIsMissing_andGoesOnWhenItIsThere() throws Exception {
        KubeProvider provider = open(Map.of("SLUICE_KUBE_FUNCTIONS", "true", "profiles_namespace", namespace));
        admin.resource(generic(
                        "openfaas.com/v1",
                        "Function",
                        "echo",
                        Map.of("name", "echo", "image", "registry.example.com/a:1", "secrets", List.of("s3-key"))))
                .create();
        Routes.await("it to stall", () -> condition("echo", "Stalled").equals("True"));
        assertThat(exists(provider, "echo")).isFalse();

        run(provider.createSecret(
                new Secret(new Secret.Id("s3-key", namespace), "v".getBytes(StandardCharsets.UTF_8))));

        Routes.await("it to be ready", () -> condition("echo", "Ready").equals("True"));
        assertThat(condition("echo", "Stalled")).isEmpty();
        assertThat(exists(provider, "echo")).isTrue();
    }

    @Test
    void letsAnotherGatewayFollow_whenTheFirstOneLeaves() throws Exception {
        Map<String, String> settings =
                Map.of("SLUICE_KUBE_FUNCTIONS", "true", "leader_election", "true", "profiles_namespace", namespace);
        try (KubeProvider first = KubeProvider.open(config(settings))) {
            create("one");
            Routes.await("the first to follow", () -> condition("one", "Ready").equals("True"));
            assertThat(exists(first, "one")).isTrue();
            KubeProvider second = open(settings);
            assertThat(exists(second, "one")).isTrue();
        }

        create("two");

        Routes.await("the second to follow", () -> condition("two", "Ready").equals("True"));
    }

    private void create(String name) {
        admin.resource(generic(
                        "openfaas.com/v1", "Function", name, Map.of("name", name, "image", "registry.example.com/a:1")))
                .create();
    }

    @Test
    void asksWhoATokenIs_andWhatTheyMay() throws Exception {
        ClusterIdentity identity = open(Map.of()).identity();

        TokenStatus known = Objects.requireNonNull(
                identity.reviewToken(ApiServer.TOKEN, List.of()).block(PATIENCE));
        assertThat(known.authenticated()).isTrue();
        assertThat(Objects.requireNonNull(known.user()).groups()).contains("system:masters");
        TokenStatus unknown =
                Objects.requireNonNull(identity.reviewToken("nobody", List.of()).block(PATIENCE));
        assertThat(unknown.authenticated()).isFalse();
        assertThat(unknown.user()).isNull();

        Attributes scale = new Attributes.Resource("openfaas.com", "functions", "scale", "update", namespace, "echo");
        AccessStatus master = Objects.requireNonNull(
                identity.reviewAccess(known.user(), scale).block(PATIENCE));
        assertThat(master.allowed()).isTrue();
        AccessStatus stranger = Objects.requireNonNull(
                identity.reviewAccess(new ClusterIdentity.ClusterUser("stranger", "", List.of(), Map.of()), scale)
                        .block(PATIENCE));
        assertThat(stranger.allowed()).isFalse();
    }

    @Test
    void needsNoMoreRights_thanTheManifestsGive() throws Exception {
        Path kubeconfig = CLUSTER.server()
                .kubeconfig(
                        "gateway", ManifestRights.token(admin, namespace, Path.of("../deploy/manifests/sluice.yaml")));
        opened = KubeProvider.open(
                KubeProviderContract.config(kubeconfig.toString(), namespace, Map.of("profiles_namespace", namespace)));
        KubeProvider provider = Objects.requireNonNull(opened);

        Secret secret = new Secret(new Secret.Id("s3-key", namespace), new byte[] {1});
        run(provider.createSecret(secret));
        run(provider.deploy(function("echo").secret("s3-key").build()));
        run(provider.update(
                function("echo").label("com.openfaas.scale.min", "2").build()));
        run(provider.scale(new FunctionName("echo", namespace), 0));
        run(provider.updateSecret(secret));
        assertThat(describe(provider, "echo").replicas()).isZero();
        run(provider.remove(new FunctionName("echo", namespace)));
        run(provider.removeSecret(secret.id()));
        assertThat(provider.namespaces().block(PATIENCE)).containsExactly(namespace);
        ManifestRights.assertNothingWasForbidden(provider);
        assertThat(Objects.requireNonNull(provider.namespace(namespace).block(PATIENCE))
                        .name())
                .isEqualTo(namespace); // which it may not even look at
    }

    private KubeProvider open(Map<String, String> settings) throws Exception {
        KubeProvider provider = KubeProvider.open(config(settings));
        opened = provider;
        return provider;
    }

    private KubeConfig config(Map<String, String> settings) throws Exception {
        return KubeProviderContract.config(
                CLUSTER.server().kubeconfig().toString(), namespace, new HashMap<>(settings));
    }

    private Functions function(String name) {
        return Functions.named(new FunctionName(name, namespace));
    }

    private io.fabric8.kubernetes.client.dsl.RollableScalableResource<Deployment> deployments(String name) {
        return admin.apps().deployments().inNamespace(namespace).withName(name);
    }

    private Deployment deployment(String name) {
        return Objects.requireNonNull(deployments(name).get());
    }

    private @Nullable GenericKubernetesResource custom(String name) {
        return admin.genericKubernetesResources("openfaas.com/v1", "Function")
                .inNamespace(namespace)
                .withName(name)
                .get();
    }

    /** Empty when there is none. */
    private String condition(String name, String type) {
        GenericKubernetesResource function = custom(name);
        Object status =
                function == null ? null : function.getAdditionalProperties().get("status");
        if (status instanceof Map<?, ?> map && map.get("conditions") instanceof List<?> conditions) {
            for (Object each : conditions) {
                if (each instanceof Map<?, ?> condition && type.equals(condition.get("type"))) {
                    return String.valueOf(condition.get("status"));
                }
            }
        }
        return "";
    }

    private FunctionStatus describe(KubeProvider provider, String name) {
        return Objects.requireNonNull(
                provider.describe(new FunctionName(name, namespace), false).block(PATIENCE));
    }

    private boolean exists(KubeProvider provider, String name) {
        return Boolean.TRUE.equals(provider.describe(new FunctionName(name, namespace), false)
                .map(found -> true)
                .onErrorReturn(false)
                .block(PATIENCE));
    }

    private GenericKubernetesResource generic(String version, String kind, String name, Map<String, Object> spec) {
        return new GenericKubernetesResourceBuilder()
                .withApiVersion(version)
                .withKind(kind)
                .withNewMetadata()
                .withName(name)
                .withNamespace(namespace)
                .endMetadata()
                .addToAdditionalProperties("spec", spec)
                .build();
    }

    @SuppressWarnings("unchecked") // the API's JSON
    private static Map<String, Object> spec(GenericKubernetesResource object) {
        return (Map<String, Object>)
                Objects.requireNonNull(object.getAdditionalProperties().get("spec"));
    }

    private static void run(Mono<Void> change) {
        change.block(PATIENCE);
    }
}
