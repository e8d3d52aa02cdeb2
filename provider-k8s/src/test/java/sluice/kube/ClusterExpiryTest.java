package sluice.kube;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceBuilder;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import sluice.core.FunctionName;
import sluice.core.HostRoute;

/**
 * A real API server that has forgotten what happened while it was away: it answers a watch from where it was by 410, and all
 * kinds have to be listed anew. What happens meanwhile goes through another server on the same etcd.
 */
@Tag("cluster")
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class ClusterExpiryTest {
    private static final String DEPLOYMENTS =
            "/apis/apps/v1/namespaces/" + Functions.NAMESPACE + "/deployments?labelSelector=faas_function";

    @TempDir
    Path directory;

    private ApiServer server;
    private KubernetesClient admin;
    private volatile List<HostRoute> mapped = List.of();

    @BeforeEach
    @Timeout(value = 2, unit = TimeUnit.MINUTES)
    void start() throws Exception {
        server = ApiServer.start(directory);
        admin = server.admin();
        Definitions.apply(admin);
        admin.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(Functions.NAMESPACE)
                        .endMetadata()
                        .build())
                .create();
    }

    @AfterEach
    void end() {
        admin.close();
        server.close();
    }

    @Test
    void listsAgain_andConverges() throws Exception {
        write(admin, function("stays"), function("goes"));
        write(admin, ingress("stays"), ingress("goes"));
        admin.resource(slice("stays", "10.0.0.1", "10.0.0.2")).create();
        Map<String, String> settings = Map.of("SLUICE_KUBE_FUNCTIONS", "true", "SLUICE_KUBE_INGRESSES", "true");
        try (KubeProvider provider = KubeProvider.open(
                        KubeProviderContract.config(server.kubeconfig().toString(), Functions.NAMESPACE, settings));
                Routes routes = new Routes(provider)) {
            Disposable feed = provider.hostRoutes().hostRoutes().subscribe(all -> mapped = all);
            Routes.await("both", () -> routes.has(name("stays")) && routes.has(name("goes")) && mapped.size() == 2);
            Routes.await("endpoints", () -> routes.endpoints(name("stays")).size() == 2);
            String known = admin.apps()
                    .deployments()
                    .inNamespace(Functions.NAMESPACE)
                    .list()
                    .getMetadata()
                    .getResourceVersion();

            server.stop();
            Routes.await("the watches to notice", () -> !connected(provider));
            Path elsewhere = Files.createDirectory(directory.resolve("other"));
            try (ApiServer other = server.another(elsewhere);
                    KubernetesClient client = other.admin()) {
                write(client, function("comes"));
                write(client, ingress("comes"));
                remove(client, CustomFunctions.KIND, "goes");
                remove(client, FunctionIngress.KIND, "goes");
                client.apps()
                        .deployments()
                        .inNamespace(Functions.NAMESPACE)
                        .withName("goes")
                        .delete();
                client.resource(slice("stays", "10.0.0.2")).update();
            }
            server.startAgain();

            assertThat(watchFrom(known)).contains("\"code\":410").contains("Expired");
            Routes.awaitCollected(() -> !routes.has(name("goes"))); // if it was made anew before its end was heard of
            Routes.await("what came", () -> routes.has(name("comes"))); // made by the controller, of its Function
            Routes.await("endpoints", () -> routes.endpoints(name("stays")).size() == 1);
            Routes.await(
                    "the mapping",
                    () -> mapped.stream()
                            .map(route -> route.function().name())
                            .sorted()
                            .toList()
                            .equals(List.of("comes", "stays")));
            Routes.await("the watches to run", () -> connected(provider));
            feed.dispose();
        }
    }

    private static boolean connected(KubeProvider provider) {
        return provider.watches().values().stream().allMatch(isConnected -> isConnected);
    }

    /** What the server says to a watch from this version on; it ends after a second. */
    private String watchFrom(String version) {
        try {
            return String.valueOf(admin.raw(DEPLOYMENTS + "&watch=true&timeoutSeconds=1&resourceVersion=" + version));
        } catch (KubernetesClientException e) {
            return "\"code\":" + e.getCode() + " " + e.getMessage();
        }
    }

    private static void write(KubernetesClient client, GenericKubernetesResource... objects) {
        for (GenericKubernetesResource object : objects) {
            client.genericKubernetesResources(object.getApiVersion(), object.getKind())
                    .inNamespace(Functions.NAMESPACE)
                    .resource(object)
                    .create();
        }
    }

    private static void remove(KubernetesClient client, String kind, String name) {
        client.genericKubernetesResources(CustomFunctions.API_VERSION, kind)
                .inNamespace(Functions.NAMESPACE)
                .withName(name)
                .delete();
    }

    private static GenericKubernetesResource function(String name) {
        return new GenericKubernetesResourceBuilder()
                .withApiVersion(CustomFunctions.API_VERSION)
                .withKind(CustomFunctions.KIND)
                .withNewMetadata()
                .withName(name)
                .withNamespace(Functions.NAMESPACE)
                .endMetadata()
                .addToAdditionalProperties("spec", Map.of("name", name, "image", "registry.example.com/a:1"))
                .build();
    }

    private static GenericKubernetesResource ingress(String name) {
        GenericKubernetesResource object = FunctionIngressObjects.named(name)
                .in(Functions.NAMESPACE)
                .spec("domain", name + ".example.com")
                .spec("function", name)
                .build();
        object.getMetadata().setUid(null);
        return object;
    }

    private static EndpointSlice slice(String function, String... addresses) {
        return Slices.of(
                Functions.NAMESPACE,
                function,
                List.of(addresses).stream()
                        .map(address -> Slices.ready(Functions.NAMESPACE, "pod-" + address, address))
                        .toList());
    }

    private static FunctionName name(String name) {
        return new FunctionName(name, Functions.NAMESPACE);
    }
}
