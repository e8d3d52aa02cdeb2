package sluice.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionName;
import sluice.core.FunctionNamespace;
import sluice.core.FunctionStatus;
import sluice.core.InMemoryProvider;
import sluice.core.LogLine;
import sluice.core.Resources;
import sluice.core.Secret;

/**
 * The document against a running gateway: every status of every method of every path is provoked, as text and as JSON,
 * and compared with what is promised. Calls of functions are left to the test of the whole gateway.
 */
class OpenApiTest {
    private static final String NS = InMemoryProvider.DEFAULT_NAMESPACE;
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private static OpenApi openApi;
    private static RunningGateway gateway;
    private static RunningGateway draining;

    @BeforeAll
    static void start() throws IOException {
        openApi = OpenApi.read();
        gateway = new RunningGateway();
        draining = new RunningGateway();
        draining.drain();
    }

    @AfterAll
    static void stop() {
        gateway.close();
        draining.close();
    }

    static Stream<OpenApi.Documented> answers() throws IOException {
        return OpenApi.read().answers().stream().filter(answer -> !answer.tag().equals("calls"));
    }

    /** One function with every field, one secret, one namespace beside the default one, one line of log. */
    @BeforeEach
    void fillTheProvider() {
        gateway.breakProvider(false);
        for (String namespace : List.of("made", "staging")) {
            gateway.provider.removeNamespace(namespace).onErrorComplete().block();
        }
        gateway.provider.drop(new FunctionName("made", NS));
        gateway.provider
                .createNamespace(new FunctionNamespace("staging", Map.of(), Map.of()))
                .block();
        gateway.provider
                .removeSecret(new Secret.Id("made", NS))
                .onErrorComplete()
                .block();
        gateway.provider
                .createSecret(new Secret(new Secret.Id("key", NS), new byte[] {1}))
                .onErrorComplete()
                .block();
        FunctionDeployment everything = new FunctionDeployment(
                new FunctionName("wc", NS),
                "registry.example/wc:1",
                "wc -l",
                Map.of("write_timeout", "10s"),
                List.of("zone=a"),
                List.of("key"),
                Map.of("com.openfaas.scale.min", "2"),
                Map.of("topic", "t"),
                new Resources("128Mi", "1", "1", "1", "1"),
                new Resources("64Mi", null, null, null, null),
                true);
        gateway.provider.put(
                new FunctionStatus(everything, 2, 1, Instant.now(), new FunctionStatus.Usage(12.5, 2_367_488)),
                List.of());
        gateway.provider.write(new LogLine("wc", NS, "wc-1", Instant.now(), "counted"));
        gateway.fillTheJournal();
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
        if (answer.status() >= 400 && openApi.promisesJson(answer)) {
            assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
        }
    }

    @Test
    void everyRouteIsDocumented_andNoOther() throws IOException {
        Set<String> documented =
                answers().map(answer -> answer.method() + " " + answer.path()).collect(Collectors.toSet());
        assertThat(gateway.routes()).isEqualTo(documented);
    }

    @Test
    void aWatchTellsEventsOfTheDocumentedForm() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + gateway.port() + "/system/functions?watch=true"))
                .header("Authorization", RunningGateway.ADMIN)
                .build();
        try (Stream<String> lines =
                CLIENT.send(request, HttpResponse.BodyHandlers.ofLines()).body()) {
            openApi.verify("FunctionEvent", lines.findFirst().orElseThrow());
        }
    }

    private static HttpResponse<String> send(OpenApi.Documented answer, String accept) throws Exception {
        ApiAttempt attempt = ApiAttempt.at(answer);
        gateway.breakProvider(answer.status() == 500);
        boolean isOfCalls = answer.tag().equals("async");
        gateway.journal.isDown = isOfCalls && answer.status() == 503;
        boolean isDraining = answer.status() == 503 && answer.path().equals("/healthz");
        int port = (isDraining ? draining : gateway).port();
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + attempt.target()))
                .header("Accept", accept)
                .timeout(Duration.ofSeconds(20))
                .method(answer.method(), HttpRequest.BodyPublishers.ofString(attempt.body()));
        attempt.headers().forEach(request::header);
        return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
