package sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sluice.kube.ApiServer;
import sluice.kube.ManyFunctions;

/**
 * A whole gateway on a cluster with many functions: {@code -Dsluice.functions=N}, 5,000 unless told otherwise. What it takes is
 * in the log.
 */
@Tag("cluster")
@Timeout(value = 12, unit = TimeUnit.MINUTES)
class ClusterStartTest {
    private static final Logger log = LoggerFactory.getLogger(ClusterStartTest.class);
    private static final int FUNCTIONS = Integer.getInteger("sluice.functions", 5_000);
    private static final int STARTS = 3;
    private static final Pattern USED = Pattern.compile("used (\\d+)K");

    @TempDir
    Path directory;

    @Test
    void becomesReady_withinALittleHeap() throws Exception {
        try (ApiServer server = ApiServer.startWithoutControllers(directory);
                KubernetesClient admin = server.admin()) {
            ManyFunctions.fill(admin, FUNCTIONS);
            Map<String, String> settings =
                    Map.of("KUBECONFIG", server.kubeconfig().toString(), "function_namespace", ManyFunctions.NAMESPACE);
            for (int i = 0; i < STARTS; i++) {
                long begin = System.nanoTime();
                try (GatewayProcess gateway = GatewayProcess.start(directory, settings, "--provider", "k8s")
                        .awaitReady()) {
                    long ready = (System.nanoTime() - begin) / 1_000_000;
                    String functions = gateway.expect("GET", "/system/functions", "");
                    assertThat(functions.split("\"name\":\"fn-", -1)).hasSize(FUNCTIONS + 1);
                    log.info(
                            "{} functions: ready after {} ms, processor {} ms, heap after a collection {} KiB of 256 MiB",
                            FUNCTIONS,
                            ready,
                            gateway.processorTime().toMillis(),
                            heapAfterCollection(gateway.pid()));
                }
            }
        }
    }

    private static long heapAfterCollection(long pid) throws Exception {
        String unused = jcmd(pid, "GC.run");
        Matcher used = USED.matcher(jcmd(pid, "GC.heap_info"));
        long sum = 0;
        int spaces = 0;
        while (used.find() && spaces < 2) { // young and old; what follows is no heap
            sum += Long.parseLong(used.group(1));
            spaces++;
        }
        assertThat(spaces).isEqualTo(2);
        return sum;
    }

    private static String jcmd(long pid, String command) throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(), Long.toString(pid), command)
                .redirectErrorStream(true)
                .start();
        return new String(process.getInputStream().readAllBytes(), UTF_8);
    }
}
