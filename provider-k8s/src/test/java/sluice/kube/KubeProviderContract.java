package sluice.kube;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import reactor.core.publisher.Mono;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionName;
import sluice.core.FunctionProvider;
import sluice.core.FunctionProviderContract;
import sluice.core.RouteSource;
import sluice.core.Settings;
import sluice.core.watch.FunctionWatch;

/** The provider contract against some Kubernetes API; each test has a default namespace of its own. */
abstract class KubeProviderContract extends FunctionProviderContract {
    private final String namespace = "fn-" + UUID.randomUUID();
    private KubeProvider provider;

    /** The file that says where the API is. */
    abstract String kubeconfig() throws Exception;

    /** With all rights; not closed by who asks. */
    abstract KubernetesClient admin();

    @BeforeEach
    void open() throws Exception {
        admin().resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(namespace)
                        .endMetadata()
                        .build())
                .create();
        provider = KubeProvider.open(config(kubeconfig(), namespace, Map.of("cluster_role", "true")));
    }

    @AfterEach
    void close() {
        provider.removeNamespace("staging")
                .onErrorResume(e -> Mono.empty()) // most tests have none
                .block(Duration.ofSeconds(20));
        provider.close();
        admin().namespaces().withName(namespace).delete();
    }

    static KubeConfig config(String kubeconfig, String namespace, Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(settings);
        all.put("KUBECONFIG", kubeconfig);
        all.put("function_namespace", namespace);
        return KubeConfig.from(new Settings(all));
    }

    KubeProvider kube() {
        return provider;
    }

    @Override
    protected FunctionProvider provider() {
        return provider;
    }

    @Override
    protected RouteSource routes() {
        return provider;
    }

    @Override
    protected FunctionWatch watch() {
        return provider;
    }

    @Override
    protected String defaultNamespace() {
        return namespace;
    }

    @Override
    protected FunctionDeployment runnable(FunctionName name) {
        return new FunctionDeployment(
                name,
                "registry.example.com/cat:latest",
                "cat",
                Map.of(),
                List.of(),
                List.of(),
                Map.of(),
                Map.of(),
                null,
                null,
                false);
    }
}
