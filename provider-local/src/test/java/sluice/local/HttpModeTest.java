package sluice.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static sluice.local.Workbench.await;
import static sluice.local.Workbench.function;
import static sluice.local.Workbench.name;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;
import sluice.core.Endpoint;
import sluice.core.FunctionStatus;
import sluice.core.RouteChange;
import sluice.local.process.ProcessTable;

/** Functions that are servers of their own. */
class HttpModeTest {
    private static final String SERVER = """
            import http.server, os, signal, sys, threading, time

            class Handler(http.server.BaseHTTPRequestHandler):
                protocol_version = 'HTTP/1.1'

                def do_GET(self):
                    if self.path == '/exit':
                        os._exit(7)
                    if self.path == '/slow':
                        time.sleep(1)
                    status = 503 if self.path == '/check' and os.path.exists(os.environ.get('SICK', '/nowhere')) else 200
                    body = (str(os.getpid()) + ' ' + os.environ.get('VERSION', '')).encode()
                    self.send_response(status)
                    self.send_header('Content-Length', str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

                def log_message(self, text, *values):
                    pass

            print('serving', flush=True)
            http.server.ThreadingHTTPServer(('127.0.0.1', int(os.environ['PORT'])), Handler).serve_forever()
            """;

    @TempDir
    Path data;

    @TempDir
    Path scratch;

    private Workbench bench;

    @BeforeEach
    void open() throws IOException {
        Files.writeString(scratch.resolve("server.py"), SERVER);
        bench = Workbench.open(data);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    @Test
    void servesFromOneProcessPerReplica() throws Exception {
        bench.deploy(server("web", Map.of()));
        Endpoint endpoint = bench.ready("web");

        String first = bench.get(endpoint, "/").body();

        assertThat(bench.get(endpoint, "/").body()).isEqualTo(first);
        assertThat(bench.log("web")).contains("serving");
    }

    @Test
    void startsAgain_whenTheProcessCrashes() throws Exception {
        bench.deploy(server("web", Map.of()));
        Endpoint first = bench.ready("web");

        assertThatThrownBy(() -> bench.get(first, "/exit")).isInstanceOf(IOException.class);

        await(() -> bench.readyNow("web"), List::isEmpty);
        Endpoint second = bench.ready("web");
        assertThat(second.replica()).isNotEqualTo(first.replica());
        assertThat(bench.get(second, "/").statusCode()).isEqualTo(200);
        assertThat(bench.log("web")).contains("exited with code 7, starts again in 1 s");
    }

    @Test
    void isNotReady_whenSomebodyElseListensOnItsPort() throws Exception {
        try (ServerSocket other = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            String url = "http://127.0.0.1:" + other.getLocalPort();

            bench.deploy(function("web", "sh -c 'echo up; exec sleep 1000'")
                    .variables(Map.of("mode", "http", "upstream_url", url)));
            await(() -> bench.log("web"), log -> log.contains("up"));

            assertThat(await(() -> bench.endpoints("web"), endpoints -> !endpoints.isEmpty()))
                    .allMatch(endpoint ->
                            endpoint.state() == Endpoint.State.STARTING && endpoint.port() == other.getLocalPort());
            assertThat(Workbench.value(bench.provider.describe(name("web"), false))
                            .availableReplicas())
                    .isZero();
        }
    }

    @Test
    void waitsForTheReadinessCheck() throws Exception {
        Path sick = Files.createFile(scratch.resolve("sick"));
        bench.deploy(server("web", Map.of("SICK", sick.toString()))
                .annotations(Map.of("com.openfaas.ready.http.path", "/check")));

        await(() -> bench.log("web"), log -> log.contains("serving"));
        assertThat(bench.readyNow("web")).isEmpty();
        Files.delete(sick);

        assertThat(bench.get(bench.ready("web"), "/check").statusCode()).isEqualTo(200);
    }

    @Test
    void isReplaced_whenItsHealthCheckFails() throws Exception {
        Path sick = scratch.resolve("sick");
        bench.deploy(server("web", Map.of("SICK", sick.toString()))
                .annotations(Map.of(
                        "com.openfaas.health.http.path", "/check",
                        "com.openfaas.health.http.periodSeconds", "1",
                        "com.openfaas.health.http.failureThreshold", "1")));
        String pid = bench.get(bench.ready("web"), "/").body();

        Files.createFile(sick);
        await(() -> hasEnded(pid), hasEnded -> hasEnded); // not ready comes first, and would pass by itself
        Files.delete(sick);

        await(this::pidOfWeb, other -> !other.isEmpty() && !other.equals(pid));
    }

    /** Empty when it has just ended: a replacement that was there while the file still was is replaced as well. */
    private String pidOfWeb() throws Exception {
        try {
            return bench.get(bench.ready("web"), "/").body();
        } catch (IOException e) {
            return "";
        }
    }

    private static boolean hasEnded(String pid) {
        ProcessTable.Entry entry = ProcessTable.read(Long.parseLong(pid.trim()));
        return entry == null || entry.isZombie();
    }

    @Test
    void finishesItsCalls_whenItIsScaledToZero() throws Exception {
        bench.deploy(server("web", Map.of()));
        Endpoint endpoint = bench.ready("web");

        try (Socket socket = new Socket(endpoint.host(), endpoint.port())) {
            OutputStream out = socket.getOutputStream();
            out.write("GET /slow HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            bench.provider.scale(name("web"), 0).block();

            assertThat(bench.endpoints("web")).allMatch(e -> e.state() == Endpoint.State.DRAINING);
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                    .startsWith("HTTP/1.1 200");
        }
        await(() -> bench.endpoints("web"), List::isEmpty);
    }

    @Test
    void neverLacksAReadyReplica_whileItIsUpdated() throws Exception {
        bench.deploy(server("web", Map.of("VERSION", "one")).labels(Map.of("com.openfaas.scale.min", "2")));
        List<Endpoint> before = bench.ready("web", 2);
        AtomicInteger fewest = new AtomicInteger(2);
        AtomicInteger most = new AtomicInteger(2);
        Disposable watch = bench.provider.changes().subscribe(change -> {
            if (change instanceof RouteChange.Changed changed) {
                List<Endpoint> serving = changed.endpoints().stream()
                        .filter(endpoint -> endpoint.state() != Endpoint.State.DRAINING)
                        .toList();
                fewest.accumulateAndGet(
                        (int) serving.stream().filter(Endpoint::isReady).count(), Math::min);
                most.accumulateAndGet(serving.size(), Math::max);
            }
        });

        bench.provider
                .update(server("web", Map.of("VERSION", "two"))
                        .labels(Map.of("com.openfaas.scale.min", "2"))
                        .build())
                .block();
        List<Endpoint> after = await(
                () -> bench.readyNow("web"),
                ready -> ready.size() == 2 && ready.stream().noneMatch(before::contains));
        watch.dispose();

        for (Endpoint endpoint : after) {
            assertThat(bench.get(endpoint, "/").body()).endsWith(" two");
        }
        assertThat(fewest).hasValue(2);
        assertThat(most).hasValueLessThanOrEqualTo(3);
    }

    @Test
    void givesUpAFixedPortBeforeItsSuccessorTakesIt() throws Exception {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        String url = "http://127.0.0.1:" + port;
        bench.deploy(server("web", Map.of("upstream_url", url, "VERSION", "one")));
        Endpoint first = bench.ready("web");
        assertThat(first.port()).isEqualTo(port);

        bench.provider
                .update(server("web", Map.of("upstream_url", url, "VERSION", "two"))
                        .build())
                .block();

        await(
                () -> bench.readyNow("web"),
                ready -> ready.size() == 1 && !ready.get(0).replica().equals(first.replica()));
        assertThat(bench.get(bench.ready("web"), "/").body()).endsWith(" two");
        assertThatThrownBy(() -> bench.provider.scale(name("web"), 2).block())
                .hasMessageContaining("upstream_url fixes the port");
    }

    @Test
    void measuresWhatItUses() throws Exception {
        bench.deploy(function("burner", "sh -c 'python3 " + scratch.resolve("server.py") + " & while :; do :; done'")
                .variables(Map.of("mode", "http")));
        bench.ready("burner");

        FunctionStatus.Usage usage = Objects.requireNonNull(
                Workbench.value(bench.provider.describe(name("burner"), true)).usage());

        assertThat(usage.cpuMilliCores()).isBetween(50.0, 4_000.0);
        assertThat(usage.totalMemoryBytes()).isGreaterThan(5_000_000); // the child's Python
    }

    @Test
    void endsDescendantsWithTheReplica() throws Exception {
        Path pids = scratch.resolve("pids");
        bench.deploy(function(
                        "web",
                        "sh -c 'setsid sleep 86002 & echo $! > " + pids + "; exec python3 "
                                + scratch.resolve("server.py") + "'")
                .variables(Map.of("mode", "http")));
        bench.ready("web");
        long pid = Long.parseLong(Files.readString(pids).trim());
        assertThat(ClassicModeTest.isRunning(pid)).isTrue();

        bench.provider.remove(name("web")).block();

        await(() -> ClassicModeTest.isRunning(pid), isRunning -> !isRunning);
    }

    private Workbench.Deployment server(String name, Map<String, String> variables) {
        Map<String, String> all = new HashMap<>(variables);
        all.put("mode", "http");
        return function(name, "python3 " + scratch.resolve("server.py")).variables(all);
    }
}
