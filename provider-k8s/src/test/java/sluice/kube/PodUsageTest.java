package sluice.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.kube.StubbedProvider.PATIENCE;
import static sluice.kube.StubbedProvider.name;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sluice.core.FunctionStatus;

class PodUsageTest {
    @TempDir
    Path directory;

    @Test
    void sumsWhatTheFunctionsContainersUse_butNotTheirSidecars() throws IOException {
        try (StubbedProvider bench = StubbedProvider.open(directory, Map.of())) {
            bench.run(bench.provider.deploy(Functions.named("echo").build()));
            measured(bench, "echo-a", "280765n", "12Mi");
            measured(bench, "echo-b", "2m", "1048576");

            FunctionStatus.Usage usage = Objects.requireNonNull(Objects.requireNonNull(
                            bench.provider.describe(name("echo"), true).block(PATIENCE))
                    .usage());

            assertThat(usage.cpuMilliCores()).isEqualTo(2.280765);
            assertThat(usage.totalMemoryBytes()).isEqualTo(13L << 20);
        }
    }

    private static void measured(StubbedProvider bench, String pod, String cpu, String memory)
            throws JsonProcessingException {
        bench.api.objects.create(
                new StubPath("metrics.k8s.io", "v1beta1", Functions.NAMESPACE, "pods", "", ""),
                (ObjectNode) StubObjects.JSON.readTree("""
                        {"metadata": {"name": "%s", "labels": {"faas_function": "echo"}}, "containers": [
                          {"name": "echo", "usage": {"cpu": "%s", "memory": "%s"}},
                          {"name": "istio-proxy", "usage": {"cpu": "1", "memory": "1Gi"}}]}
                        """.formatted(pod, cpu, memory)));
    }
}
