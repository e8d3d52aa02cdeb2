package sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import sluice.http.OpenApi;
import sluice.http.RawHttp;

/**
 * The documented answers to calls of functions, against the whole gateway: each method, with and without a path behind
 * the name, with each status that the gateway itself gives.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class OpenApiCallsTest {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @TempDir
    static Path dataDir;

    private static OpenApi openApi;
    private static TestGateway gateway;

    /** Functions that answer, that never answer, that have no free slot, and that never turn ready. */
    @BeforeAll
    static void start() throws Exception {
        openApi = OpenApi.read();
        gateway = new TestGateway(dataDir, Map.of("SLUICE_HOLD_WAIT", "300ms"));
        deploy("echo", "cat", "{}", "{}");
        deploy("silent", "sleep 60", "{}", "{\"sluice_upstream_timeout\":\"100ms\"}");
        deploy("busy", "sleep 60", "{\"max_inflight\":\"1\"}", "{\"sluice_max_wait\":\"0\"}");
        deploy("never", "sleep 60", "{\"mode\":\"http\"}", "{}");
        for (String name : List.of("echo", "silent", "busy")) {
            awaitReady(name);
        }
        takeTheOnlySlot();
    }

    @AfterAll
    @Timeout(90) // a stop lets calls finish, for 30 s at most
    static void stop() {
        gateway.close();
    }

    static Stream<OpenApi.Documented> answers() throws IOException {
        return OpenApi.read().answers().stream().filter(answer -> answer.tag().equals("calls"));
    }

    @ParameterizedTest
    @MethodSource("answers")
    void everyDocumentedAnswerIsGiven(OpenApi.Documented answer) throws Exception {
        openApi.verify(answer, send(answer, "*/*"));
    }

    @ParameterizedTest
    @MethodSource("answers")
    void everyDocumentedErrorIsGivenAsJson_toThoseWhoAsk(OpenApi.Documented answer) throws Exception {
        HttpResponse<String> response = send(answer, "application/json");
        openApi.verify(answer, response);
        if (answer.status() >= 400) {
            assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
        }
    }

    private static HttpResponse<String> send(OpenApi.Documented answer, String accept) throws Exception {
        String target =
                answer.path().replace("{name}", function(answer.status())).replace("{path}", "a%2Fb/c?d=e");
        String callId = answer.status() == 400 ? "no call id" : "";
        return CLIENT.send(request(answer.method(), target, accept, callId), HttpResponse.BodyHandlers.ofString());
    }

    private static String function(int status) {
        return switch (status) {
            case 200, 400 -> "echo";
            case 404 -> "nope";
            case 429 -> "busy";
            case 502 -> "silent";
            case 503 -> "never";
            default -> throw new AssertionError("nobody knows how to provoke " + status);
        };
    }

    private static HttpRequest request(String method, String target, String accept, String callId) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.port() + target))
                .header("Accept", accept)
                .timeout(Duration.ofSeconds(50))
                .method(method, HttpRequest.BodyPublishers.noBody());
        return callId.isEmpty()
                ? request.build()
                : request.header("X-Call-Id", callId).build();
    }

    private static void deploy(String name, String command, String variables, String annotations) throws IOException {
        String deployment = "{\"service\":\"" + name + "\",\"image\":\"" + name + "\",\"envProcess\":\"" + command
                + "\",\"envVars\":" + variables + ",\"annotations\":" + annotations + "}";
        String admin = "Authorization: " + gateway.authorization();
        RawHttp.Reply reply = RawHttp.exchange(gateway.port(), "POST", "/system/functions", deployment, admin);
        assertThat(reply.status()).as(reply.body()).isEqualTo(202);
    }

    private static void awaitReady(String name) throws Exception {
        String admin = "Authorization: " + gateway.authorization();
        Patience.until(
                name + " is ready",
                () -> RawHttp.exchange(gateway.port(), "GET", "/system/function/" + name, "", admin)
                        .body()
                        .contains("\"availableReplicas\":1"));
    }

    /** Of two calls one is refused; by then the other has the slot and keeps it. */
    private static void takeTheOnlySlot() {
        HttpRequest call = request("GET", "/function/busy", "*/*", "");
        CompletableFuture<HttpResponse<String>> one = CLIENT.sendAsync(call, HttpResponse.BodyHandlers.ofString());
        CompletableFuture<HttpResponse<String>> other = CLIENT.sendAsync(call, HttpResponse.BodyHandlers.ofString());
        assertThat(one.applyToEither(other, HttpResponse::statusCode).join()).isEqualTo(429);
    }
}
