package sluice.kube;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** FunctionIngresses on the stub, which can also be away. */
class StubIngressesTest extends FunctionIngressesContract {
    @TempDir
    Path directory;

    private StubApi api;
    private KubernetesClient admin;

    @BeforeEach
    @Override
    void open() throws Exception {
        api = StubApi.start();
        admin = api.admin();
        admin.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(Functions.NAMESPACE)
                        .endMetadata()
                        .build())
                .create();
        super.open();
    }

    @AfterEach
    @Override
    void close() {
        super.close();
        admin.close();
        api.close();
    }

    @Test
    void keepsItsMapping_whileTheApiIsAway_andConvergesAfterIt() throws IOException {
        create(ingress("scans").spec("ingressType", "gateway"));
        Routes.await("the mapping", () -> isMapped("/"));

        api.stop();
        api.objects.delete(new StubPath("openfaas.com", "v1", Functions.NAMESPACE, "functioningresses", "scans", ""));
        api.objects.compact(); // a watch from where it was is answered by 410
        assertThat(isMapped("/")).isTrue();

        api.startAgain();
        Routes.await("the mapping to go", () -> !isMapped("/"));
    }

    @Override
    KubernetesClient admin() {
        return admin;
    }

    @Override
    String namespace() {
        return Functions.NAMESPACE;
    }

    @Override
    KubeConfig config(Map<String, String> settings) throws IOException {
        return KubeProviderContract.config(api.kubeconfig(directory).toString(), Functions.NAMESPACE, settings);
    }
}
