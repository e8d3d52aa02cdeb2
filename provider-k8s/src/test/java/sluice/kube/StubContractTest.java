package sluice.kube;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The provider contract against the stub. */
class StubContractTest extends KubeProviderContract {
    @TempDir
    static Path directory;

    private static StubApi api;
    private static KubernetesClient admin;

    @BeforeAll
    static void start() throws IOException {
        api = StubApi.start();
        admin = api.admin();
    }

    @AfterAll
    static void end() {
        admin.close();
        api.close();
    }

    @Override
    String kubeconfig() throws IOException {
        return api.kubeconfig(directory).toString();
    }

    @Override
    KubernetesClient admin() {
        return admin;
    }
}
