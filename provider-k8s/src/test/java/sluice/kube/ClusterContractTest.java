package sluice.kube;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The provider contract against a real API server. */
@Tag("cluster")
class ClusterContractTest extends KubeProviderContract {
    @TempDir
    static Path directory;

    private static ApiServer server;
    private static KubernetesClient admin;

    @BeforeAll
    @Timeout(value = 2, unit = TimeUnit.MINUTES)
    static void start() throws Exception {
        server = ApiServer.start(directory);
        admin = server.admin();
    }

    @AfterAll
    static void end() {
        admin.close();
        server.close();
    }

    @Override
    String kubeconfig() throws Exception {
        return server.kubeconfig().toString();
    }

    @Override
    KubernetesClient admin() {
        return admin;
    }
}
