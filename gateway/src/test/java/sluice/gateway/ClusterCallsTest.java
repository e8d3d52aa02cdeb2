package sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.GenericKubernetesResourceBuilder;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sluice.kube.ApiServer;
import sluice.kube.Definitions;
import sluice.kube.Slices;

/**
 * Calls to pods of a cluster: real processes behind addresses of their own, a real API server that says where they are. How
 * long the API stays away is {@code -Dsluice.away=SECONDS}, 20 unless told otherwise.
 */
@Tag("cluster")
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class ClusterCallsTest {
    private static final Logger log = LoggerFactory.getLogger(ClusterCallsTest.class);
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final String NAMESPACE = "openfaas-fn";
    private static final int CALLS_PER_SECOND = 500;
    private static final Duration SETTLING = Duration.ofSeconds(2);

    @TempDir
    static Path directory;

    private static ApiServer server;
    private static KubernetesClient admin;
    private static PodNetwork network;
    private static TestGateway gateway;

    @BeforeAll
    @Timeout(value = 2, unit = TimeUnit.MINUTES)
    static void start() throws Exception {
        server = ApiServer.startWithoutControllers(directory);
        admin = server.admin();
        admin.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(NAMESPACE)
                        .endMetadata()
                        .build())
                .create();
        Definitions.apply(admin);
        network = PodNetwork.open();
        gateway = new TestGateway(
                directory.resolve("data"),
                Map.of(
                        "SLUICE_PROVIDER",
                        "k8s",
                        "KUBECONFIG",
                        server.kubeconfig().toString(),
                        "function_namespace",
                        NAMESPACE,
                        "SLUICE_KUBE_INGRESSES",
                        "true"));
    }

    @AfterAll
    static void end() throws Exception {
        gateway.close();
        network.close();
        admin.close();
        server.close();
    }

    @Test
    void losesNoCall_whileTheApiIsAway_andConvergesAfterIt() throws Exception {
        deploy("steady");
        network.start(2);
        network.start(3);
        admin.resource(slice("steady", ready(2), ready(3))).create();
        awaitAnswer("steady");

        SteadyLoad load = new SteadyLoad(url("/function/steady"), CALLS_PER_SECOND);
        try (load) {
            settle(SETTLING);
            server.stop();
            settle(Duration.ofSeconds(Integer.getInteger("sluice.away", 20)));
            assertThat(send("POST", "/system/scale-function/steady", "{\"serviceName\":\"steady\",\"replicas\":3}"))
                    .isEqualTo(503);
            assertThat(send("GET", "/system/function/steady", "")).isEqualTo(200);
            server.startAgain();
            settle(SETTLING);
        }
        log.info("API away: {} calls answered, failures {}", load.answered, load.failures);
        assertThat(load.failures).isEmpty();
        assertThat(load.answered.get()).isGreaterThan(CALLS_PER_SECOND);
        assertThat(load.answers).containsExactlyInAnyOrder(PodNetwork.address(2), PodNetwork.address(3));

        Patience.until(
                "changes are taken again",
                () -> send("POST", "/system/scale-function/steady", "{\"serviceName\":\"steady\",\"replicas\":3}")
                        == 202);
        admin.resource(slice("steady", ready(3))).update();
        Patience.until("the route follows", () -> answers("steady", 20).equals(List.of(PodNetwork.address(3))));
    }

    @Test
    void losesNoCall_whileAllPodsAreReplaced() throws Exception {
        deploy("rolling");
        List<Process> old = new ArrayList<>();
        for (int pod = 10; pod < 13; pod++) {
            old.add(network.start(pod));
        }
        admin.resource(slice("rolling", ready(10), ready(11), ready(12))).create();
        awaitAnswer("rolling");

        SteadyLoad load = new SteadyLoad(url("/function/rolling"), CALLS_PER_SECOND);
        try (load) {
            settle(SETTLING);
            for (int i = 0; i < 3; i++) { // a new one is ready before an old one leaves, as maxUnavailable 0 has it
                network.start(20 + i);
                List<Endpoint> now = new ArrayList<>();
                for (int each = 0; each < 3; each++) {
                    if (each <= i) {
                        now.add(ready(20 + each));
                    }
                    if (each == i) {
                        now.add(terminating(10 + each));
                    } else if (each > i) {
                        now.add(ready(10 + each));
                    }
                }
                admin.resource(slice("rolling", now.toArray(Endpoint[]::new))).update();
                settle(Duration.ofSeconds(1)); // of the grace period that a pod has
                old.get(i).destroy();
                admin.resource(slice(
                                "rolling",
                                now.stream()
                                        .filter(each -> !each.getConditions().getTerminating())
                                        .toArray(Endpoint[]::new)))
                        .update();
            }
            settle(SETTLING);
        }
        log.info("pods replaced: {} calls answered, failures {}", load.answered, load.failures);
        assertThat(load.failures).isEmpty();
        assertThat(load.answers).hasSize(6);
        assertThat(answers("rolling", 20)).noneMatch(address -> address.startsWith(PodNetwork.address(1)));
    }

    @Test
    void callsByHostAndPath_whatAFunctionIngressMaps() throws Exception {
        deploy("mapped");
        network.start(30);
        admin.resource(slice("mapped", ready(30))).create();
        awaitAnswer("mapped");
        assertThat(statusOf("api.example.com", "/v1/mapped/a")).isEqualTo(404);

        admin.genericKubernetesResources("openfaas.com/v1", "FunctionIngress")
                .inNamespace(NAMESPACE)
                .resource(new GenericKubernetesResourceBuilder()
                        .withApiVersion("openfaas.com/v1")
                        .withKind("FunctionIngress")
                        .withNewMetadata()
                        .withName("mapped")
                        .withNamespace(NAMESPACE)
                        .endMetadata()
                        .addToAdditionalProperties(
                                "spec",
                                Map.of(
                                        "domain",
                                        "api.example.com",
                                        "path",
                                        "/v1/mapped/(.*)",
                                        "function",
                                        "mapped",
                                        "ingressType",
                                        "gateway"))
                        .build())
                .create();

        Patience.until("the mapping", () -> statusOf("api.example.com", "/v1/mapped/a") == 200);
        assertThat(statusOf("other.example.com", "/v1/mapped/a")).isEqualTo(404);
    }

    /** Of a GET with a Host field of its own, which the JDK's client does not allow. */
    private static int statusOf(String host, String path) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port())) {
            socket.getOutputStream()
                    .write(("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            return Integer.parseInt(answer.split(" ", 3)[1]);
        }
    }

    private static void deploy(String name) throws Exception {
        assertThat(send(
                        "POST",
                        "/system/functions",
                        "{\"service\":\"" + name + "\",\"image\":\"registry.example.com/a:1\"}"))
                .isEqualTo(202);
    }

    private static void awaitAnswer(String function) throws Exception {
        Patience.until("the function answers", () -> !answers(function, 1).isEmpty());
    }

    /** Which pods answered, of so many calls. */
    private static List<String> answers(String function, int calls) throws Exception {
        List<String> answers = new ArrayList<>();
        for (int i = 0; i < calls; i++) {
            HttpResponse<String> answer = CLIENT.send(
                    HttpRequest.newBuilder(url("/function/" + function)).build(), HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() == 200 && !answers.contains(answer.body())) {
                answers.add(answer.body());
            }
        }
        return answers;
    }

    private static int send(String method, String path, String body) throws Exception {
        return CLIENT.send(
                        HttpRequest.newBuilder(url(path))
                                .header("Authorization", gateway.authorization())
                                .method(method, HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    private static URI url(String path) {
        return URI.create("http://127.0.0.1:" + gateway.port() + path);
    }

    /** The load goes on meanwhile: this is the length of the experiment, not a wait for something to happen. */
    private static void settle(Duration duration) {
        long end = System.nanoTime() + duration.toNanos();
        while (System.nanoTime() < end) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
    }

    private static Endpoint ready(int pod) {
        return Slices.ready(NAMESPACE, "pod-" + pod, PodNetwork.address(pod));
    }

    private static Endpoint terminating(int pod) {
        return Slices.terminating(NAMESPACE, "pod-" + pod, PodNetwork.address(pod));
    }

    private static EndpointSlice slice(String function, Endpoint... endpoints) {
        return Slices.of(NAMESPACE, function, List.of(endpoints));
    }
}
