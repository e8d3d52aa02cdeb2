package sluice.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static sluice.local.Workbench.function;
import static sluice.local.Workbench.name;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sluice.core.Endpoint;
import sluice.core.FunctionStatus;

/** Limits, as far as this machine can apply them. */
class LimitsTest {
    private static final String HUNGRY =
            "python3 -c 'import sys; len(bytearray(int(sys.stdin.read()))); print(\"fed\")'";

    @TempDir
    Path data;

    @Test
    void endsAProcessThatTakesTooMuchMemory() throws Exception {
        assumeTrue(Privileges.canMakeMemoryGroups());
        try (Workbench bench = Workbench.open(data)) {
            bench.deploy(function("hungry", HUNGRY).limits("64Mi", null));
            Endpoint endpoint = bench.ready("hungry");

            assertThat(bench.provider.info().capabilities())
                    .containsEntry("limits.memory", "applied per replica (control group)");
            assertThat(bench.post(endpoint, "/", "1000000").body()).isEqualTo("fed\n");
            assertThat(bench.post(endpoint, "/", "300000000").statusCode()).isEqualTo(500);
            assertThat(bench.post(endpoint, "/", "1000000").statusCode()).isEqualTo(200);
        }
        String id = Files.readString(data.resolve("local/id"));
        assertThat(Privileges.memoryHierarchy().resolve("sluice-" + id)).doesNotExist();
    }

    @Test
    void limitsProcessesOneByOne_whereThereAreNoControlGroups() throws Exception {
        try (Workbench bench = Workbench.open(data, Map.of("SLUICE_LOCAL_CGROUP", "no-such-group"))) {
            bench.deploy(function("hungry", HUNGRY).limits("64Mi", "100m"));
            Endpoint endpoint = bench.ready("hungry");

            assertThat(bench.post(endpoint, "/", "1000000").body()).isEqualTo("fed\n");
            assertThat(bench.post(endpoint, "/", "300000000").statusCode()).isEqualTo(500);
            assertThat(bench.provider.info().capabilities())
                    .containsEntry("limits.cpu", "not applied: no writable control group")
                    .containsEntry(
                            "limits.memory", "applied per process, to its data segment: no writable control group");
        }
    }

    @Test
    void slowsDownAProcessThatTakesTooMuchOfTheCpu() throws Exception {
        assumeTrue(Privileges.canMakeMemoryGroups());
        try (Workbench bench = Workbench.open(data)) {
            bench.deploy(function("burner", "sh -c 'while :; do :; done'")
                    .variables(Map.of("mode", "http"))
                    .limits(null, "100m"));
            Workbench.await(() -> bench.endpoints("burner"), endpoints -> !endpoints.isEmpty());

            FunctionStatus.Usage usage = Workbench.await(
                    () -> Objects.requireNonNull(Workbench.value(bench.provider.describe(name("burner"), true))
                            .usage()),
                    used -> used.cpuMilliCores() > 0);

            assertThat(usage.cpuMilliCores()).isLessThan(250); // without the limit some 1,000
        }
    }
}
