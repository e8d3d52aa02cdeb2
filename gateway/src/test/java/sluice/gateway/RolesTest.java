package sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sluice.fleet.nats.NatsServer;

/** A process that only takes calls and others that only make them, with a real NATS server between them. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class RolesTest {
    @TempDir
    private Path home;

    private final HttpClient client = HttpClient.newHttpClient();
    private final List<GatewayProcess> workers = new ArrayList<>();
    private NatsServer nats;
    private TestGateway gateway;

    @BeforeEach
    @Timeout(300) // a server may have to be fetched
    void start() throws Exception {
        nats = NatsServer.newest();
        gateway = new TestGateway(home.resolve("gateway"), Map.of("SLUICE_NATS", nats.url(), "SLUICE_ROLE", "gateway"));
        for (String function : List.of("who", "slow")) {
            String json = "{\"service\":\"" + function + "\",\"image\":\"i\",\"envProcess\":\"echo gateway\"}";
            assertThat(send("POST", "/system/functions", json).statusCode()).isEqualTo(202);
        }
    }

    @AfterEach
    void stop() {
        workers.forEach(GatewayProcess::close);
        gateway.close();
        nats.close();
    }

    /** Its function {@code who} tells that it was called there; {@code slow} leaves its process id in a file. */
    @CanIgnoreReturnValue
    private GatewayProcess worker(String name) throws Exception {
        Path directory = Files.createDirectory(home.resolve(name));
        Files.writeString(directory.resolve("slow.sh"), "echo $$ > '" + directory + "/pid'\nexec sleep 60\n");
        Files.writeString(directory.resolve("stack.yml"), """
                version: 1.0
                provider: {name: openfaas}
                functions:
                  who: {image: i, fprocess: "echo %s"}
                  slow: {image: i, fprocess: "sh %s/slow.sh"}
                """.formatted(name, directory));
        GatewayProcess worker =
                GatewayProcess.start(directory, "--role", "worker", "--nats", nats.url(), "-f", "stack.yml");
        workers.add(worker);
        return worker.awaitReady();
    }

    private HttpResponse<String> send(String method, String path, String body, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.port() + path))
                .method(method, BodyPublishers.ofString(body))
                .timeout(Duration.ofSeconds(60));
        if (path.startsWith("/system")) {
            request.header("Authorization", gateway.authorization());
        }
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private String submitted(String function) throws Exception {
        HttpResponse<String> accepted = send("POST", "/async-function/" + function, "");
        assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(202);
        return accepted.headers().firstValue("X-Call-Id").orElseThrow();
    }

    @Test
    void aWorkerMakesTheCallsThatAGatewayAccepted_alsoThoseFromBeforeItsStart() throws Exception {
        String early = submitted("who");
        assertThat(send("GET", "/async-function/" + early, "").body()).contains("\"queued\"");
        assertThat(send("GET", "/system/calls", "").body())
                .as("nobody serves any partition")
                .contains("\"complete\":false");

        worker("one");
        HttpResponse<String> first = send("GET", "/async-function/" + early + "/result?wait=30s", "");
        assertThat(first.statusCode()).as(first.body()).isEqualTo(200);
        assertThat(first.body()).isEqualTo("one\n");
        assertThat(send("GET", "/async-function/" + early + "?wait=10s", "").body())
                .contains("\"completed\"");
        HttpResponse<String> inline = send("POST", "/async-function/who", "", "Prefer", "wait=30");
        assertThat(inline.statusCode()).as(inline.body()).isEqualTo(200);
        assertThat(inline.body()).isEqualTo("one\n");
        assertThat(send("GET", "/system/calls", "").body())
                .contains("\"complete\":true", early)
                .doesNotContain("\"queued\"");
        assertThat(send("POST", "/function/who", "").body())
                .as("a call that is made now is the gateway's own")
                .isEqualTo("gateway\n");
    }

    @Test
    void aCancelReachesACallThatRunsInAnotherProcess() throws Exception {
        worker("one");
        String callId = submitted("slow");
        Path pid = home.resolve("one/pid");
        Patience.until(
                "the function runs", () -> Files.exists(pid) && !read(pid).isEmpty());
        ProcessHandle function =
                ProcessHandle.of(Long.parseLong(read(pid).trim())).orElseThrow();
        assertThat(send("GET", "/async-function/" + callId, "").body()).contains("\"running\"");

        assertThat(send("DELETE", "/async-function/" + callId, "").statusCode()).isEqualTo(202);
        Patience.until("the function ended", () -> !function.isAlive());
        assertThat(send("GET", "/async-function/" + callId, "").body()).contains("\"cancelled\"");
    }

    @Test
    void severalWorkersShareTheCalls_andOneThatLeavesHandsItsPartOver() throws Exception {
        GatewayProcess one = worker("one");
        worker("two");
        String callId = submitted("who");
        assertThat(send("GET", "/async-function/" + callId + "/result?wait=30s", "")
                        .body())
                .isIn("one\n", "two\n");
        one.terminate();
        assertThat(one.awaitEnd(Duration.ofSeconds(30))).isZero();
        String later = submitted("who");
        assertThat(send("GET", "/async-function/" + later + "/result?wait=50s", "")
                        .body())
                .isEqualTo("two\n");
    }

    @Test
    void aWorkerHasNoPortButThatOfMetrics() throws Exception {
        GatewayProcess worker = worker("one");
        assertThat(worker.out()).contains("Worker").doesNotContain("Gateway").doesNotContain("Password");
        assertThat(worker.metrics()).contains("sluice_async_queue_wait_seconds", "sluice_callbacks_total");
        try (TestGateway inside =
                new TestGateway(home.resolve("inside"), Map.of("SLUICE_NATS", nats.url(), "SLUICE_ROLE", "worker"))) {
            assertThat(inside.port()).isNegative();
            HttpRequest health = HttpRequest.newBuilder(
                            URI.create("http://127.0.0.1:" + inside.metricsPort() + "/healthz"))
                    .build();
            assertThat(client.send(health, BodyHandlers.ofString()).statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void alone_aProcessMustDoAll() {
        for (String role : List.of("gateway", "worker")) {
            assertThatExceptionOfType(StartException.class)
                    .isThrownBy(() -> GatewayConfig.read(Map.of("SLUICE_ROLE", role)))
                    .withMessageContaining("SLUICE_ROLE: (" + role + ") needs a NATS server (SLUICE_NATS");
        }
        assertThatExceptionOfType(StartException.class)
                .isThrownBy(() -> GatewayConfig.read(Map.of("SLUICE_ROLE", "both", "SLUICE_NATS", nats.url())))
                .withMessageContaining("SLUICE_ROLE: (both) is no");
        assertThatExceptionOfType(StartException.class)
                .isThrownBy(() -> GatewayConfig.read(
                        Map.of("SLUICE_ROLE", "worker", "SLUICE_NATS", nats.url(), "async", "false")))
                .withMessageContaining("nothing to do with async=false");
        assertThat(GatewayConfig.read(Map.of()).role()).isEqualTo(Role.ALL);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return "";
        }
    }
}
