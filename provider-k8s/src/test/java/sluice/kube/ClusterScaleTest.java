package sluice.kube;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sluice.core.FunctionName;
import sluice.core.MetricFamily;

/** Five thousand functions with three replicas each, read in pages from a real API server without controllers. */
@Tag("cluster")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class ClusterScaleTest {
    private static final Logger log = LoggerFactory.getLogger(ClusterScaleTest.class);
    private static final int FUNCTIONS = 5_000;
    private static final int CHANGES = 50;

    @TempDir
    static Path directory;

    private static ApiServer server;
    private static KubernetesClient admin;

    @BeforeAll
    @Timeout(value = 8, unit = TimeUnit.MINUTES)
    static void fill() throws Exception {
        server = ApiServer.startWithoutControllers(directory);
        admin = server.admin();
        ManyFunctions.fill(admin, FUNCTIONS);
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
        assertThat(told).startsWith(FUNCTIONS + " " + FUNCTIONS * ManyFunctions.REPLICAS + " ");
    }

    @Test
    void hearsOfAChange_amongAllOfThem() throws Exception {
        try (KubeProvider provider = KubeProvider.open(
                        KubeProviderContract.config(server.kubeconfig().toString(), Functions.NAMESPACE, Map.of()));
                Routes routes = new Routes(provider)) {
            assertThat(answeredReads(provider))
                    .as("a page has 500 objects, and there are two kinds")
                    .isGreaterThanOrEqualTo(2 * FUNCTIONS / 500);
            List<Long> micros = new ArrayList<>();
            for (int i = 0; i < CHANGES; i++) {
                FunctionName name = new FunctionName("fn-" + i, Functions.NAMESPACE);
                long start = System.nanoTime();
                admin.resource(ManyFunctions.slice(i, 2)).update();
                Routes.await("two endpoints", () -> routes.endpoints(name).size() == 2);
                micros.add((System.nanoTime() - start) / 1_000);
                admin.resource(ManyFunctions.slice(i, ManyFunctions.REPLICAS)).update();
            }
            Collections.sort(micros);
            log.info(
                    "from the write to the route, µs: median {}, worst of {} {}",
                    micros.get(CHANGES / 2),
                    CHANGES,
                    micros.get(CHANGES - 1));
        }
    }

    private static double answeredReads(KubeProvider provider) {
        return Objects.requireNonNull(provider.collect().block()).stream()
                .filter(family -> family.name().equals("sluice_kube_requests_total"))
                .flatMap(family -> family.samples().stream())
                .filter(sample -> sample.labels().equals(Map.of("method", "GET", "code", "200")))
                .mapToDouble(MetricFamily.Sample::value)
                .sum();
    }

    private static String lastLine(Process process) throws IOException {
        String out =
                new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8).strip();
        return out.substring(out.lastIndexOf('\n') + 1);
    }
}
