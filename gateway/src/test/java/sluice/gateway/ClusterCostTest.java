package sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sluice.kube.ApiServer;
import sluice.kube.ManyFunctions;
import sluice.kube.Slices;

/**
 * Processor time of a call with many functions in the cluster beside that with ten: two gateways over two namespaces of one API
 * server, called in turns, pods being processes in a network namespace. {@code -Dsluice.functions=N} (5,000),
 * {@code -Dsluice.pairs=N} (30), {@code -Dsluice.millis=N} (2,000) for each half of a pair. What it comes to is in the log; needs root.
 */
@Tag("cluster")
@Timeout(value = 12, unit = TimeUnit.MINUTES)
class ClusterCostTest {
    private static final Logger log = LoggerFactory.getLogger(ClusterCostTest.class);
    private static final int FUNCTIONS = Integer.getInteger("sluice.functions", 5_000);
    private static final int FEW = 10;
    private static final int PAIRS = Integer.getInteger("sluice.pairs", 30);
    private static final long HALF_NANOS = TimeUnit.MILLISECONDS.toNanos(Integer.getInteger("sluice.millis", 2_000));
    private static final long WARM_UP_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final String CALLED = "fn-0"; // there in both namespaces
    private static final String FEW_NAMESPACE = "few";

    @TempDir
    Path directory;

    @Test
    void isCalledInPairs() throws Exception {
        try (ApiServer server = ApiServer.startWithoutControllers(directory);
                KubernetesClient admin = server.admin();
                PodNetwork network = PodNetwork.open()) {
            ManyFunctions.fill(admin, ManyFunctions.NAMESPACE, FUNCTIONS);
            ManyFunctions.fill(admin, FEW_NAMESPACE, FEW);
            List<Endpoint> pods = new ArrayList<>();
            for (int pod = 2; pod < 5; pod++) {
                network.start(pod);
                pods.add(Slices.ready(ManyFunctions.NAMESPACE, "pod-" + pod, PodNetwork.address(pod)));
            }
            admin.resource(Slices.of(ManyFunctions.NAMESPACE, CALLED, pods)).update();
            admin.resource(Slices.of(FEW_NAMESPACE, CALLED, pods)).update();
            try (Called many = Called.in(directory, server, ManyFunctions.NAMESPACE, FUNCTIONS);
                    Called few = Called.in(directory, server, FEW_NAMESPACE, FEW)) {
                many.warmUp();
                few.warmUp();
                report(IntStream.range(0, PAIRS)
                        .mapToObj(pair -> Pair.of(many, few, pair % 2 == 0))
                        .toList());
            }
        }
    }

    private static void report(List<Pair> pairs) {
        pairs.forEach(pair -> log.info("µs per call: {} of many, {} of few", pair.many, pair.few));
        List<Double> ratios =
                new ArrayList<>(pairs.stream().map(pair -> pair.many / pair.few).toList());
        Collections.sort(ratios);
        assertThat(ratios).hasSize(PAIRS);
        // By order statistics of the median (binomial, normal approximation).
        int rank = (int) Math.max(0, Math.floor((PAIRS - 1.96 * Math.sqrt(PAIRS)) / 2));
        log.info(
                "{} functions beside {}: median ratio of {} pairs {} ({} to {} with 95 % of confidence)",
                FUNCTIONS, FEW, PAIRS, ratios.get(PAIRS / 2), ratios.get(rank), ratios.get(PAIRS - 1 - rank));
    }

    /** Microseconds of processor time per call of each, one measured right after the other. */
    private record Pair(double many, double few) {
        static Pair of(Called many, Called few, boolean isManyFirst) {
            try {
                double first = (isManyFirst ? many : few).microsPerCall(HALF_NANOS);
                double second = (isManyFirst ? few : many).microsPerCall(HALF_NANOS);
                return isManyFirst ? new Pair(first, second) : new Pair(second, first);
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
    }

    /** A gateway that is called. */
    private record Called(GatewayProcess gateway, ClosedLoop load) implements AutoCloseable {
        static Called in(Path directory, ApiServer server, String namespace, int functions) throws Exception {
            GatewayProcess gateway = GatewayProcess.start(
                            Files.createDirectory(directory.resolve("gateway-" + namespace)),
                            Map.of("KUBECONFIG", server.kubeconfig().toString(), "function_namespace", namespace),
                            "--provider",
                            "k8s")
                    .awaitReady();
            assertThat(gateway.expect("GET", "/system/functions", "").split("\"name\":\"fn-", -1))
                    .hasSize(functions + 1);
            Patience.until("the pods answer", () -> {
                HttpResponse<String> answer =
                        gateway.send("GET", "/function/" + CALLED, "").get();
                return answer.statusCode() == 200;
            });
            return new Called(gateway, new ClosedLoop(gateway.url().getPort(), "/function/" + CALLED));
        }

        void warmUp() throws Exception {
            assertThat(load.run(WARM_UP_NANOS)).isPositive();
        }

        double microsPerCall(long nanos) throws Exception {
            long before = processorNanos(gateway.pid());
            long calls = load.run(nanos);
            return (processorNanos(gateway.pid()) - before) / 1_000.0 / calls;
        }

        /** Of all its threads, by the scheduler's own account (Linux, proc_pid_schedstat). */
        private static long processorNanos(long pid) throws IOException {
            long sum = 0;
            try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
                for (Path thread : threads.toList()) {
                    sum += Long.parseLong(
                            Files.readString(thread.resolve("schedstat")).split(" ", 2)[0]);
                }
            }
            return sum;
        }

        @Override
        public void close() throws IOException {
            load.close();
            gateway.close();
        }
    }
}
