package sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.http.RawSocket;

/** A client library of Kubernetes, and a WebSocket byte by byte, against a whole gateway with functions as processes. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class KubeClientsTest {
    private static final String NAMESPACE = "openfaas-fn";
    private static final ResourceDefinitionContext FUNCTION = new ResourceDefinitionContext.Builder()
            .withGroup("openfaas.com")
            .withVersion("v1")
            .withKind("Function")
            .withPlural("functions")
            .withNamespaced(true)
            .build();

    @TempDir
    Path directory;

    private TestGateway gateway;

    @BeforeEach
    void start() {
        gateway = new TestGateway(directory, Map.of());
    }

    @AfterEach
    void stop() {
        gateway.close();
    }

    @Test
    void aClientFindsTheGroup_listsAndReads() throws Exception {
        deploy("echo", "{\"team\":\"blue\"}");
        deploy("other", "{}");
        try (KubernetesClient client = client(true)) {
            assertThat(client.hasApiGroup("openfaas.com", true)).isTrue();
            assertThat(client.getApiResources("openfaas.com/v1").getResources()).hasSize(5);
            assertThat(client.getKubernetesVersion().getMajor()).isEqualTo("1");
            assertThat(client.genericKubernetesResources(FUNCTION)
                            .inAnyNamespace()
                            .withLabel("team", "blue")
                            .list()
                            .getItems())
                    .singleElement()
                    .extracting(function -> function.getMetadata().getName())
                    .isEqualTo("echo");
            GenericKubernetesResource one = one(client, "echo");
            assertThat(one.getMetadata().getGeneration()).isEqualTo(1);
            assertThat(one.<String>get("spec", "handler")).isEqualTo("cat");
            assertThat(client.genericKubernetesResources(FUNCTION)
                            .inNamespace(NAMESPACE)
                            .withName("nope")
                            .get())
                    .isNull();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anInformerFollows(boolean overHttp) throws Exception {
        deploy("echo", "{}");
        List<String> told = new CopyOnWriteArrayList<>();
        try (KubernetesClient client = client(overHttp);
                SharedIndexInformer<GenericKubernetesResource> informer = client.genericKubernetesResources(FUNCTION)
                        .inNamespace(NAMESPACE)
                        .inform(new Telling(told))) {
            await(() -> told.contains("+echo"));
            deploy("second", "{}");
            await(() -> told.contains("+second"));
            deploy("second", "{\"v\":\"2\"}");
            await(() -> informer.getStore().list().stream().anyMatch(KubeClientsTest::isSecondGeneration));
            send("DELETE", "/system/functions", "{\"functionName\":\"second\"}");
            await(() -> told.contains("-second"));
            assertThat(informer.getStore().list())
                    .extracting(function -> function.getMetadata().getName())
                    .containsExactly("echo");
        }
    }

    @Test
    void aWatchGoesOnFromItsVersion_butNotOverARestart() throws Exception {
        deploy("echo", "{}");
        String version;
        try (KubernetesClient client = client(true)) {
            version = client.genericKubernetesResources(FUNCTION)
                    .inNamespace(NAMESPACE)
                    .list()
                    .getMetadata()
                    .getResourceVersion();
            deploy("second", "{}");
            List<String> told = new CopyOnWriteArrayList<>();
            try (Watch watch = watch(client, version, told)) {
                assertThat(watch).isNotNull();
                await(() -> told.contains("ADDED second"));
                assertThat(told).doesNotContain("ADDED echo");
            }
        }
        gateway.close();
        gateway = new TestGateway(directory, Map.of());
        try (KubernetesClient client = client(true)) {
            List<String> told = new CopyOnWriteArrayList<>();
            try (Watch watch = watch(client, version, told)) {
                assertThat(watch).isNotNull();
                await(() -> told.contains("gone"));
            }
        }
    }

    @Test
    void aWrongPasswordIsAStatus() {
        Config config = new ConfigBuilder(config(true)).withPassword("wrong").build();
        try (KubernetesClient client =
                new KubernetesClientBuilder().withConfig(config).build()) {
            KubernetesClientException refused = assertThrows(
                    KubernetesClientException.class,
                    () -> client.genericKubernetesResources(FUNCTION)
                            .inNamespace(NAMESPACE)
                            .list());
            assertThat(refused.getCode()).isEqualTo(401);
            assertThat(refused.getStatus().getReason()).isEqualTo("Unauthorized");
        }
    }

    @Test
    void aWebSocketPassesTheStrictDoor_bothWays() throws Exception {
        try (RawSocket watcher = new RawSocket(
                gateway.port(), "/system/functions?watch=true", "Authorization: " + gateway.authorization())) {
            assertThat(watcher.status()).isEqualTo(101);
            watcher.sendText("not read by anybody");
            deploy("echo", "{}");
            assertThat(watcher.frame().text()).contains("\"ADDED\"", "\"name\":\"echo\"");
            watcher.send(8, new byte[] {3, (byte) 0xe8});
            RawSocket.Frame frame = watcher.frame();
            while (frame.closeCode() < 0) {
                frame = watcher.frame(); // replicas come up meanwhile
            }
            assertThat(frame.closeCode()).isEqualTo(1000);
            assertThat(watcher.isAtEnd()).isTrue();
        }
    }

    private static boolean isSecondGeneration(GenericKubernetesResource function) {
        return function.getMetadata().getName().equals("second")
                && function.getMetadata().getGeneration() == 2;
    }

    private static GenericKubernetesResource one(KubernetesClient client, String name) {
        return client.genericKubernetesResources(FUNCTION)
                .inNamespace(NAMESPACE)
                .withName(name)
                .get();
    }

    private static Watch watch(KubernetesClient client, String version, List<String> told) {
        return client.genericKubernetesResources(FUNCTION)
                .inNamespace(NAMESPACE)
                .watch(new ListOptionsBuilder().withResourceVersion(version).build(), new Watcher<>() {
                    @Override
                    public void eventReceived(Action action, GenericKubernetesResource function) {
                        told.add(action + " " + function.getMetadata().getName());
                    }

                    @Override
                    public void onClose(WatcherException cause) {
                        told.add(cause.isHttpGone() ? "gone" : String.valueOf(cause.getMessage()));
                    }
                });
    }

    private record Telling(List<String> told) implements ResourceEventHandler<GenericKubernetesResource> {
        @Override
        public void onAdd(GenericKubernetesResource function) {
            told.add("+" + function.getMetadata().getName());
        }

        @Override
        public void onUpdate(GenericKubernetesResource before, GenericKubernetesResource now) {}

        @Override
        public void onDelete(GenericKubernetesResource function, boolean isGuessed) {
            told.add("-" + function.getMetadata().getName());
        }
    }

    private KubernetesClient client(boolean overHttp) {
        return new KubernetesClientBuilder().withConfig(config(overHttp)).build();
    }

    private Config config(boolean overHttp) {
        Path credentials = directory.resolve("credentials");
        try {
            return new ConfigBuilder()
                    .withAutoConfigure(false)
                    .withMasterUrl("http://127.0.0.1:" + gateway.port())
                    .withUsername(Files.readString(credentials.resolve("basic-auth-user")))
                    .withPassword(Files.readString(credentials.resolve("basic-auth-password")))
                    .withOnlyHttpWatches(overHttp)
                    .build();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void deploy(String name, String labels) throws Exception {
        send(
                "POST",
                "/system/functions",
                "{\"service\":\"" + name + "\",\"image\":\"i\",\"envProcess\":\"cat\",\"labels\":" + labels + "}");
    }

    private void send(String method, String path, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.port() + path))
                .header("Authorization", gateway.authorization())
                .timeout(Duration.ofSeconds(20))
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build();
        HttpResponse<byte[]> answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofByteArray());
        assertThat(answer.statusCode()).as(new String(answer.body(), UTF_8)).isEqualTo(202);
    }

    private static void await(BooleanSupplier condition) throws Exception {
        Patience.until("what the client is told", condition::getAsBoolean);
    }
}
