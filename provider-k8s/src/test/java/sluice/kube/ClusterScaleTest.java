package sluice.kube;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import sluice.core.FunctionName;

/** Five thousand functions with three replicas each, read in pages from a real API server without controllers. */
@Tag("cluster")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class ClusterScaleTest {
    private static final Logger log = LoggerFactory.getLogger(ClusterScaleTest.class);
    private static final int FUNCTIONS = 5_000;
    private static final int CHANGES = 50;
    private static final Duration FILLING = Duration.ofMinutes(8);

    @TempDir
    static Path directory;

    private static ApiServer server;
    private static KubernetesClient admin;

    @BeforeAll
    @Timeout(value = 8, unit = TimeUnit.MINUTES)
    static void fill() throws Exception {
        server = ApiServer.startWithoutControllers(directory);
        admin = server.admin();
        admin.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(Functions.NAMESPACE)
                        .endMetadata()
                        .build())
                .create();
        FunctionObjects objects = new FunctionObjects(KubeProviderContract.config("", Functions.NAMESPACE, Map.of()));
        Flux.range(0, FUNCTIONS)
                .flatMap(
                        i -> Mono.fromRunnable(() -> {
                                    Deployment deployment = objects.deployment(
                                            Functions.named("fn-" + i)
                                                    .environment("write_timeout", "60s")
                                                    .label("com.openfaas.scale.min", "3")
                                                    .annotation("topic", "scans")
                                                    .build(),
                                            new FunctionObjects.Surroundings(
                                                    SecretUse.NONE, List.of(), Map.of(), null, null));
                                    admin.resource(deployment)
                                            .fieldManager(Marks.FIELD_MANAGER)
                                            .serverSideApply();
                                    admin.resource(slice(i, 3)).create();
                                })
                                .subscribeOn(Schedulers.boundedElastic()),
                        16)
                .then()
                .block(FILLING);
    }

    @AfterAll
    static void end() {
        admin.close();
        server.close();
    }

    @Test
    void opensWithinALittleHeap() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:+ExitOnOutOfMemoryError",
                        "-cp",
                        System.getProperty("java.class.path"),
                        OpenOnce.class.getName(),
                        server.kubeconfig().toString(),
                        Functions.NAMESPACE)
                .redirectError(directory.resolve("open.log").toFile())
                .start();
        String told = lastLine(process);
        assertThat(process.waitFor()).as("exit code, see %s", told).isZero();
        log.info("functions, endpoints, ms, heap: {}", told);
        assertThat(told).startsWith(FUNCTIONS + " " + FUNCTIONS * 3 + " ");
    }

    @Test
    void hearsOfAChange_amongAllOfThem() throws Exception {
        try (KubeProvider provider = KubeProvider.open(
                        KubeProviderContract.config(server.kubeconfig().toString(), Functions.NAMESPACE, Map.of()));
                Routes routes = new Routes(provider)) {
            List<Long> micros = new ArrayList<>();
            for (int i = 0; i < CHANGES; i++) {
                FunctionName name = new FunctionName("fn-" + i, Functions.NAMESPACE);
                long start = System.nanoTime();
                admin.resource(slice(i, 2)).update();
                Routes.await("two endpoints", () -> routes.endpoints(name).size() == 2);
                micros.add((System.nanoTime() - start) / 1_000);
                admin.resource(slice(i, 3)).update();
            }
            Collections.sort(micros);
            log.info(
                    "from the write to the route, µs: median {}, worst of {} {}",
                    micros.get(CHANGES / 2),
                    CHANGES,
                    micros.get(CHANGES - 1));
        }
    }

    private static String lastLine(Process process) throws IOException {
        String out =
                new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8).strip();
        return out.substring(out.lastIndexOf('\n') + 1);
    }

    private static EndpointSlice slice(int function, int replicas) {
        List<Endpoint> endpoints = IntStream.range(0, replicas)
                .mapToObj(replica -> new EndpointBuilder()
                        .withAddresses("10." + replica + "." + function / 250 + "." + (1 + function % 250))
                        .withNewConditions()
                        .withReady(true)
                        .withServing(true)
                        .withTerminating(false)
                        .endConditions()
                        .withTargetRef(new ObjectReferenceBuilder()
                                .withKind("Pod")
                                .withNamespace(Functions.NAMESPACE)
                                .withName("fn-" + function + "-" + replica)
                                .withUid(new UUID(function, replica).toString())
                                .build())
                        .build())
                .toList();
        return new EndpointSliceBuilder()
                .withNewMetadata()
                .withName("fn-" + function + "-slice")
                .withNamespace(Functions.NAMESPACE)
                .withLabels(Map.of(SliceEndpoints.SERVICE, "fn-" + function))
                .endMetadata()
                .withAddressType("IPv4")
                .withEndpoints(endpoints)
                .addNewPort()
                .withName("http")
                .withPort(8080)
                .withProtocol("TCP")
                .endPort()
                .build();
    }
}
