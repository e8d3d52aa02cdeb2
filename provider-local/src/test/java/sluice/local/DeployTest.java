package sluice.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static sluice.local.Workbench.await;
import static sluice.local.Workbench.function;
import static sluice.local.Workbench.name;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sluice.core.Endpoint;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.FunctionNamespace;
import sluice.core.FunctionStatus;
import sluice.core.LogLine;
import sluice.core.LogQuery;
import sluice.local.process.ProcessTable;

/** What can be deployed here, what becomes of it over restarts, and how replicas come and go. */
class DeployTest {
    @TempDir
    Path data;

    @TempDir
    Path scratch;

    @Test
    void refusesWhatItCannotRun_andNamesTheField() {
        try (Workbench bench = Workbench.open(data)) {
            refuses(bench, function("f", ""), "envProcess: is required");
            refuses(bench, function("f", "no-such-command -x"), "envProcess: (no-such-command) cannot be found");
            refuses(bench, function("f", "./handler"), "envProcess: (./handler) cannot be found");
            refuses(bench, function("f", "sh").variables(Map.of("PATH", "/nowhere")), "envProcess: (sh)");
            refuses(bench, function("f", "sh -c 'open"), "envProcess: (sh -c 'open) has an unfinished quote");
            refuses(bench, function("f", "cat").variables(Map.of("mode", "static")), "envVars.mode: (static)");
            refuses(
                    bench,
                    function("f", "cat").variables(Map.of("exec_timeout", "soon")),
                    "envVars.exec_timeout: (soon)");
            refuses(bench, function("f", "cat").variables(Map.of("max_inflight", "x")), "envVars.max_inflight: (x)");
            refuses(
                    bench,
                    function("f", "cat").variables(Map.of("upstream_url", "http://127.0.0.1")),
                    "envVars.upstream_url: (http://127.0.0.1) must name a port");
            refuses(bench, function("f", "cat").variables(Map.of("a=b", "c")), "envVars.a=b");
            refuses(bench, function("f", "cat").image("../../etc"), "image: (../../etc)");
            refuses(bench, function("f", "cat").image("file:/no/such/directory"), "image: (file:/no/such/directory)");
            refuses(bench, function("f", "cat").limits("much", null), "limits.memory: (much)");
            refuses(
                    bench,
                    function("f", "cat").labels(Map.of("com.openfaas.scale.min", "21")),
                    "labels.com.openfaas.scale.min: (21) must be from 0 to 20");
            refuses(
                    bench,
                    function("f", "cat").annotations(Map.of("com.openfaas.ready.http.path", "no-slash")),
                    "annotations.com.openfaas.ready.http.path: (no-slash)");

            assertThat(Workbench.value(bench.provider.list(Workbench.NAMESPACE)))
                    .isEmpty();
            assertThat(data.resolve("functions")).isEmptyDirectory();
        }
    }

    @Test
    void refusesTheSystemsOwnNamespace() {
        try (Workbench bench = Workbench.open(data)) {
            assertThatThrownBy(() -> bench.provider
                            .createNamespace(new FunctionNamespace("kube-system", Map.of(), Map.of()))
                            .block())
                    .isInstanceOfSatisfying(
                            FailureException.class,
                            refusal -> assertThat(refusal.failure()).isEqualTo(Failure.INVALID_REQUEST));
        }
    }

    @Test
    void runsTheCommandOfTheVariable_whenThereIsOne() throws Exception {
        try (Workbench bench = Workbench.open(data)) {
            bench.deploy(function("f", "").variables(Map.of("fprocess", "echo from the variable")));

            assertThat(bench.get(bench.ready("f"), "/").body()).isEqualTo("from the variable\n");
        }
    }

    @Test
    void bringsEverythingBack_afterARestart() throws Exception {
        List<FunctionStatus> before;
        try (Workbench bench = Workbench.open(data)) {
            bench.provider
                    .createNamespace(new FunctionNamespace("staging", Map.of("openfaas", "1"), Map.of()))
                    .block();
            bench.deploy(function("wide", "cat").labels(Map.of("team", "blue")));
            bench.deploy(function("asleep", "cat"));
            bench.provider.scale(name("wide"), 3).block();
            bench.provider.scale(name("asleep"), 0).block();
            before = Workbench.value(bench.provider.list(Workbench.NAMESPACE));
        }

        try (Workbench bench = Workbench.open(data)) {
            assertThat(bench.ready("wide", 3)).hasSize(3);
            assertThat(bench.endpoints("asleep")).isEmpty();
            assertThat(Workbench.value(bench.provider.list(Workbench.NAMESPACE)))
                    .usingRecursiveFieldByFieldElementComparatorIgnoringFields("availableReplicas")
                    .isEqualTo(before);
            assertThat(Workbench.value(bench.provider.namespaces())).containsExactly(Workbench.NAMESPACE, "staging");
        }
    }

    @Test
    void keepsAFunctionThatCannotRunAnyMore_andRunsTheOthers() throws Exception {
        Path image = Files.createDirectories(data.resolve("images/own"));
        Path handler = Files.writeString(image.resolve("handler"), "#!/bin/sh\necho own\n");
        assertThat(handler.toFile().setExecutable(true)).isTrue();
        try (Workbench bench = Workbench.open(data)) {
            bench.deploy(function("own", "./handler").image("own:1"));
            bench.deploy(function("cat", "cat"));
            assertThat(bench.get(bench.ready("own"), "/").body()).isEqualTo("own\n");
        }
        Files.delete(handler);

        try (Workbench bench = Workbench.open(data)) {
            bench.ready("cat");
            FunctionStatus status = Workbench.value(bench.provider.describe(name("own"), false));
            assertThat(status.replicas()).isEqualTo(1);
            assertThat(status.availableReplicas()).isZero();
        }
    }

    @Test
    void keepsReplicasThatWouldNotNoticeAnUpdate() throws Exception {
        try (Workbench bench = Workbench.open(data)) {
            bench.deploy(function("f", "cat"));
            Endpoint before = bench.ready("f");

            bench.provider
                    .update(function("f", "cat").labels(Map.of("team", "blue")).build())
                    .block();
            assertThat(bench.readyNow("f")).containsExactly(before);

            bench.provider.update(function("f", "cat -").build()).block();
            await(() -> bench.readyNow("f"), ready -> ready.size() == 1 && !ready.contains(before));
        }
    }

    @Test
    void finishesItsCalls_beforeAReplicaGoes() throws Exception {
        try (Workbench bench = Workbench.open(data)) {
            Path gate = Files.createFile(scratch.resolve("gate"));
            bench.deploy(function("f", "sh -c 'while [ -e " + gate + " ]; do sleep 0.05; done; echo done'"));
            Endpoint endpoint = bench.ready("f");
            var call = bench.client()
                    .sendAsync(
                            HttpRequest.newBuilder(Workbench.uri(endpoint, "/")).build(),
                            HttpResponse.BodyHandlers.ofString());
            await(() -> bench.log("f"), log -> !log.isEmpty());

            bench.provider.remove(name("f")).block();
            assertThat(bench.endpoints("f")).isEmpty();
            Files.delete(gate);

            assertThat(call.join().body()).isEqualTo("done\n");
        }
    }

    @Test
    void asksProcessesToEnd_thenMakesThem() throws Exception {
        Path said = Files.createFile(scratch.resolve("said"));
        try (Workbench bench = Workbench.open(data, Map.of("SLUICE_LOCAL_STOP_GRACE", "1s"))) {
            bench.deploy(function(
                            "polite", "sh -c 'trap \"echo bye > " + said + "; exit\" TERM; echo up; sleep 1000 & wait'")
                    .variables(Map.of("mode", "http")));
            bench.deploy(function("deaf", "sh -c 'trap \"\" TERM; echo up; while :; do sleep 0.1; done'")
                    .variables(Map.of("mode", "http")));
            await(() -> bench.log("polite"), log -> log.contains("up"));
            await(() -> bench.log("deaf"), log -> log.contains("up"));
        }

        assertThat(said).hasContent("bye");
        assertThat(ProcessTable.snapshot()
                        .carrying("SLUICE_REPLICA=" + Files.readString(data.resolve("local/id")) + "/"))
                .isEmpty();
    }

    @Test
    void tellsWhichReplicaWroteALine() throws Exception {
        try (Workbench bench = Workbench.open(data)) {
            bench.deploy(function("f", "sh -c 'echo written >&2'"));
            Endpoint endpoint = bench.ready("f");
            bench.get(endpoint, "/");
            await(() -> bench.log("f"), log -> log.contains("written"));

            LogQuery query = new LogQuery(name("f"), endpoint.replica(), 0, null, false);
            assertThat(Objects.requireNonNull(
                            bench.provider.logs(query).collectList().block()))
                    .extracting(LogLine::instance)
                    .containsOnly(endpoint.replica());
        }
    }

    private static void refuses(Workbench bench, Workbench.Deployment deployment, String text) {
        assertThatThrownBy(() -> bench.deploy(deployment)).isInstanceOfSatisfying(FailureException.class, refusal -> {
            assertThat(refusal.failure()).isEqualTo(Failure.INVALID_REQUEST);
            assertThat(refusal.text()).contains(text);
        });
    }
}
