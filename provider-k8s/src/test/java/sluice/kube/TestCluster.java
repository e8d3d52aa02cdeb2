package sluice.kube;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A real API server with our definitions for all tests of a class, and a namespace for each. */
final class TestCluster implements BeforeAllCallback, AfterAllCallback, BeforeEachCallback, AfterEachCallback {
    private @Nullable Path directory;
    private @Nullable ApiServer server;
    private @Nullable KubernetesClient admin;
    private String namespace = "";

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        Path made = Files.createTempDirectory("cluster");
        directory = made;
        ApiServer started = ApiServer.start(made);
        server = started;
        KubernetesClient client = started.admin();
        admin = client;
        Definitions.apply(client);
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        namespace = "fn-" + UUID.randomUUID();
        admin().resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(namespace)
                        .endMetadata()
                        .build())
                .create();
    }

    @Override
    public void afterEach(ExtensionContext context) {
        admin().namespaces().withName(namespace).delete();
    }

    @Override
    public void afterAll(ExtensionContext context) throws IOException {
        if (admin != null) {
            admin.close();
        }
        if (server != null) {
            server.close();
        }
        if (directory != null) {
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    /** The namespace of the test that runs. */
    String namespace() {
        return namespace;
    }

    ApiServer server() {
        return Objects.requireNonNull(server);
    }

    /** A client with all rights. */
    KubernetesClient admin() {
        return Objects.requireNonNull(admin);
    }
}
