package sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An asynchronous call through the whole gateway: a real client, a real function, a real receiver of callbacks. */
final class AsyncWalkTest {
    private static final String CALL_ID = "X-Call-Id";

    @TempDir
    private Path dataDir;

    private final HttpClient client = HttpClient.newHttpClient();
    private final BlockingQueue<Map<String, String>> callbacks = new LinkedBlockingQueue<>();
    private HttpServer receiver;
    private TestGateway gateway;

    @BeforeEach
    void start() throws IOException, InterruptedException {
        receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/", exchange -> {
            String body = new String(exchange.getRequestBody().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            callbacks.add(Map.of(
                    "body",
                    body,
                    "id",
                    exchange.getRequestHeaders().getFirst(CALL_ID),
                    "status",
                    exchange.getRequestHeaders().getFirst("X-Function-Status"),
                    "name",
                    exchange.getRequestHeaders().getFirst("X-Function-Name")));
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        receiver.start();
        gateway = new TestGateway(dataDir, Map.of());
        deploy("echo", "cat");
        deploy("sleeper", "sleep 60");
    }

    @AfterEach
    void stop() {
        gateway.close();
        receiver.stop(0);
    }

    private void deploy(String name, String command) throws IOException, InterruptedException {
        String json = "{\"service\":\"" + name + "\",\"image\":\"" + name + "\",\"envProcess\":\"" + command + "\"}";
        HttpResponse<String> answer = client.send(
                to("/system/functions")
                        .header("Authorization", gateway.authorization())
                        .POST(BodyPublishers.ofString(json))
                        .build(),
                BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 202);
    }

    private HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.port() + path));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private String submit(String function, String body) throws IOException, InterruptedException {
        HttpResponse<String> accepted = send(to("/async-function/" + function)
                .header(
                        "X-Callback-Url",
                        "http://127.0.0.1:" + receiver.getAddress().getPort() + "/done")
                .POST(BodyPublishers.ofString(body)));
        assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(202);
        return accepted.headers().firstValue(CALL_ID).orElseThrow();
    }

    @Test
    void keepsTheCall_runsIt_keepsTheResult_andCallsBack() throws IOException, InterruptedException {
        String id = submit("echo", "hello");

        HttpResponse<String> result = send(to("/async-function/" + id + "/result?wait=20s"));

        assertThat(result.statusCode()).as(result.body()).isEqualTo(200);
        assertThat(result.body()).isEqualTo("hello");
        assertThat(callbacks.poll(20, TimeUnit.SECONDS))
                .isEqualTo(Map.of("body", "hello", "id", id, "status", "200", "name", "echo"));
        assertThat(send(to("/async-function/" + id)).body()).contains("\"completed\"");
    }

    @Test
    void endsARunningCall_thatIsCancelled_withoutACallback() throws IOException, InterruptedException {
        String id = submit("sleeper", "x");
        while (!send(to("/async-function/" + id)).body().contains("\"running\"")) {
            Thread.onSpinWait();
        }

        assertThat(send(to("/async-function/" + id).DELETE()).statusCode()).isEqualTo(202);

        assertThat(send(to("/async-function/" + id)).body()).contains("\"cancelled\"");
        String other = submit("echo", "later");
        assertThat(callbacks.poll(20, TimeUnit.SECONDS)).containsEntry("id", other);
    }

    @Test
    void runsACall_thatAnEarlierProcessHasKept() throws IOException, InterruptedException {
        HttpResponse<String> accepted =
                send(to("/async-function/echo").header("X-Sluice-Delay", "1s").POST(BodyPublishers.ofString("kept")));
        assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(202);
        String id = accepted.headers().firstValue(CALL_ID).orElseThrow();

        gateway.close();
        gateway = new TestGateway(dataDir, Map.of());

        assertThat(send(to("/async-function/" + id + "/result?wait=20s")).body())
                .isEqualTo("kept");
    }

    @Test
    void countsWhatHappens() throws IOException, InterruptedException {
        String id = submit("echo", "counted");
        assertThat(send(to("/async-function/" + id + "/result?wait=20s")).body())
                .isEqualTo("counted");

        String metrics = client.send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.metricsPort() + "/metrics"))
                                .build(),
                        BodyHandlers.ofString())
                .body();

        assertThat(metrics)
                .contains("queue_worker_messages_submitted_total{queue_name=\"faas-request\"} 1")
                .contains("queue_worker_messages_processed_total{queue_name=\"faas-request\"} 1")
                .contains("sluice_async_ended_total{state=\"completed\"} 1")
                .contains("sluice_async_commit_seconds_count");
    }
}
