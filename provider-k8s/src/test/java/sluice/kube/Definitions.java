package sluice.kube;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Our CustomResourceDefinitions on a real API server. */
public final class Definitions {
    private Definitions() {}

    /** Returns once the kinds are served. */
    public static void apply(KubernetesClient admin) throws IOException {
        try (Stream<Path> files = Files.list(Path.of("../deploy/crds"))) {
            for (Path file : files.toList()) {
                admin.load(Files.newInputStream(file)).serverSideApply();
            }
        }
        for (String kind : List.of("Function", "FunctionIngress", "Profile")) {
            awaitServed(admin, "openfaas.com/v1", kind);
        }
        awaitServed(admin, "iam.openfaas.com/v1", "Policy");
    }

    static void awaitServed(KubernetesClient admin, String version, String kind) {
        Routes.await(kind + " to be served", () -> isServed(admin, version, kind));
    }

    private static boolean isServed(KubernetesClient admin, String version, String kind) {
        try {
            admin.genericKubernetesResources(version, kind).inAnyNamespace().list();
            return true;
        } catch (KubernetesClientException e) {
            return false;
        }
    }
}
