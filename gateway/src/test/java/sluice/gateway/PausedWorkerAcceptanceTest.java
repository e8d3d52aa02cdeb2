package sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sluice.fleet.nats.NatsServer;

/** A worker that is stopped for longer than its lease (SIGSTOP) and comes back with an answer that nobody wants any more. */
@Tag("acceptance")
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class PausedWorkerAcceptanceTest {
    @TempDir
    private Path home;

    private final HttpClient client = HttpClient.newHttpClient();
    private final Map<String, List<String>> callbacks = new ConcurrentHashMap<>();
    private final List<GatewayProcess> workers = new ArrayList<>();
    private NatsServer nats;
    private HttpServer receiver;
    private GatewayProcess gateway;

    @BeforeEach
    void start() throws Exception {
        nats = NatsServer.newest();
        receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/", exchange -> {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            callbacks
                    .computeIfAbsent(
                            exchange.getRequestHeaders().getFirst("X-Call-Id"), id -> new CopyOnWriteArrayList<>())
                    .add(body.trim());
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        receiver.start();
        gateway = process("gateway", "gateway");
    }

    @AfterEach
    void stop() {
        workers.forEach(GatewayProcess::close);
        gateway.close();
        receiver.stop(0);
        nats.close();
    }

    /** Its function tells its name, at once or, the first time, when there is a file {@code go-NAME}. */
    private GatewayProcess process(String name, String role) throws Exception {
        Path directory = Files.createDirectory(home.resolve(name));
        Path script = Files.writeString(directory.resolve("who.sh"), """
                if [ ! -e '%1$s/begun-%2$s' ]; then
                  touch '%1$s/begun-%2$s'
                  until [ -e '%1$s/go-%2$s' ]; do sleep 0.05; done
                fi
                echo %2$s
                """.formatted(home, name));
        Files.writeString(directory.resolve("stack.yml"), """
                version: 1.0
                provider: {name: openfaas}
                functions:
                  who: {image: i, fprocess: "sh %s"}
                """.formatted(script));
        return GatewayProcess.start(
                        directory,
                        Map.of("SLUICE_LEASE", "3s"),
                        "--role",
                        role,
                        "--nats",
                        nats.url(),
                        "-f",
                        "stack.yml")
                .awaitReady();
    }

    private String submit() throws Exception {
        HttpResponse<String> accepted = client.send(
                HttpRequest.newBuilder(URI.create(gateway.url() + "/async-function/who"))
                        .header(
                                "X-Callback-Url",
                                "http://127.0.0.1:" + receiver.getAddress().getPort() + "/")
                        .POST(BodyPublishers.noBody())
                        .build(),
                BodyHandlers.ofString());
        assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(202);
        return accepted.headers().firstValue("X-Call-Id").orElseThrow();
    }

    @Test
    void theLateAnswerOfAPausedWorkerNeitherEndsTheCallNorCallsBack() throws Exception {
        for (String name : List.of("one", "two")) {
            workers.add(process(name, "worker"));
        }
        String callId = submit();
        Patience.until("the call runs", () -> hasBegun("one") || hasBegun("two"));
        String paused = hasBegun("one") ? "one" : "two";
        String other = paused.equals("one") ? "two" : "one";
        GatewayProcess stopped = workers.get(paused.equals("one") ? 0 : 1);
        stopped.pause();
        Files.createFile(home.resolve("go-" + paused)); // its function answers, and nobody there reads it yet

        Patience.until("the other worker has taken over", () -> hasBegun(other));
        Files.createFile(home.resolve("go-" + other));
        assertThat(gateway.expect("GET", "/async-function/" + callId + "/result?wait=30s", "")
                        .trim())
                .isEqualTo(other);
        Patience.until("it has called back", () -> callbacks.containsKey(callId));

        stopped.resume();
        Patience.until("the paused worker serves its part again", () -> {
            String later = submit();
            return gateway.expect("GET", "/async-function/" + later + "/result?wait=20s", "")
                    .trim()
                    .equals(paused);
        });
        assertThat(gateway.expect("GET", "/async-function/" + callId, "")).contains("\"completed\"", "\"attempt\":2");
        assertThat(gateway.expect("GET", "/async-function/" + callId + "/result", "")
                        .trim())
                .isEqualTo(other);
        assertThat(callbacks.get(callId)).containsExactly(other);
        stopped.terminate();
        assertThat(stopped.awaitEnd(Duration.ofSeconds(60))).isZero();
    }

    private boolean hasBegun(String name) {
        return Files.exists(home.resolve("begun-" + name));
    }
}
