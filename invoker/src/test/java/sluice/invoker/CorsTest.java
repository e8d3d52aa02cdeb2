package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.invoker.Requests.get;
import static sluice.invoker.Requests.ok;
import static sluice.invoker.Requests.request;

import java.io.IOException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What browsers are told of functions that name the origins which may call them. */
class CorsTest {
    private static final String OURS = "Origin: https://app.example.net";

    @RegisterExtension
    final GatewayFixture gateway = GatewayFixture.standard();

    private RawFunction function;

    @BeforeEach
    void deploy() throws IOException {
        function = gateway.running(RawFunction.answering(
                ok("body", "Access-Control-Allow-Origin: https://mine.test", "access-control-max-age: 1", "X-Own: 1")));
        gateway.deployWith(
                "f", "sluice_cors_origins", "https://app.example.net, http://localhost:3000", function.endpoint("f-1"));
        gateway.deployWith("all", "sluice_cors_origins", "*", function.endpoint("all-1"));
        gateway.deploy("plain", function.endpoint("plain-1"));
    }

    private RawMessage preflight(String name, String... fields) throws IOException {
        return gateway.call(request("OPTIONS /function/" + name + "/path HTTP/1.1", fields));
    }

    @ParameterizedTest
    @CsvSource({
        "f, https://app.example.net, https://app.example.net",
        "f, http://localhost:3000, http://localhost:3000",
        "f, https://app.example.net:8443, ''",
        "f, https://app.example.net.evil.test, ''",
        "f, http://app.example.net, ''",
        "f, HTTPS://APP.EXAMPLE.NET, ''",
        "f, null, ''",
        "all, https://anybody.test, *"
    })
    void tellsWhosePagesMayReadTheAnswer(String name, String origin, String allowed) throws IOException {
        RawMessage answer = gateway.call(get("/function/" + name, "Origin: " + origin));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("body");
        assertThat(answer.values("Access-Control-Allow-Origin"))
                .isEqualTo(allowed.isEmpty() ? java.util.List.of() : java.util.List.of(allowed));
        assertThat(answer.has("Access-Control-Max-Age"))
                .as("the function's word")
                .isFalse();
        assertThat(answer.field("X-Own")).isEqualTo("1");
        assertThat(answer.has("Vary")).isEqualTo(name.equals("f"));
    }

    @Test
    void answersAPreflightItself() throws IOException {
        RawMessage answer = preflight(
                "f", OURS, "Access-Control-Request-Method: PUT", "Access-Control-Request-Headers: authorization, x-a");

        assertThat(answer.status()).isEqualTo(204);
        assertThat(answer.field("Access-Control-Allow-Origin")).isEqualTo("https://app.example.net");
        assertThat(answer.field("Access-Control-Allow-Methods")).contains("PUT", "DELETE");
        assertThat(answer.field("Access-Control-Allow-Headers")).isEqualTo("authorization, x-a");
        assertThat(answer.field("Access-Control-Max-Age")).isEqualTo("600");
        assertThat(answer.field("Vary")).contains("Origin");
        assertThat(answer.has("Content-Length")).isFalse();
        assertThat(answer.body()).isEmpty();
        assertThat(function.requests()).isEmpty();
    }

    @Test
    void permitsNothingToOthers() throws IOException {
        RawMessage answer = preflight("f", "Origin: https://evil.test", "Access-Control-Request-Method: PUT");

        assertThat(answer.status()).isEqualTo(204);
        assertThat(answer.has("Access-Control-Allow-Origin")).isFalse();
        assertThat(answer.has("Access-Control-Allow-Methods")).isFalse();
        assertThat(function.requests()).isEmpty();
    }

    @Test
    void servesTheNextRequestOfTheConnection() throws IOException {
        try (RawConnection client = gateway.connect()) {
            client.send(request("OPTIONS /function/f HTTP/1.1", OURS, "Access-Control-Request-Method: GET"));
            assertThat(client.answerTo("OPTIONS").status()).isEqualTo(204);
            client.send(get("/function/plain"));
            RawMessage answer = client.answerTo("GET");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.field("Access-Control-Allow-Origin")).isEqualTo("https://mine.test");
        }
    }

    @Test
    void leavesToAFunctionWithoutTheAnnotationWhatItSays() throws IOException {
        RawMessage answer = preflight("plain", OURS, "Access-Control-Request-Method: PUT");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.field("Access-Control-Allow-Origin")).isEqualTo("https://mine.test");
        assertThat(answer.field("Access-Control-Max-Age")).isEqualTo("1");
        assertThat(function.onlyRequest().field("Origin")).isEqualTo("https://app.example.net");
    }

    @Test
    void passesOnOptionsThatAreNoPreflight() throws IOException {
        assertThat(preflight("f", OURS).status()).isEqualTo(200);
        assertThat(preflight("f", "Access-Control-Request-Method: PUT").status())
                .isEqualTo(200);
        assertThat(function.requests()).hasSize(2);
    }

    @Test
    void letsPagesReadRefusalsToo() throws IOException {
        gateway.deployWith("asleep", "sluice_cors_origins", "https://app.example.net", gateway.deadEndpoint("a-1"));
        RawMessage answer = gateway.call(get("/function/asleep", OURS));

        assertThat(answer.status()).isGreaterThanOrEqualTo(500);
        assertThat(answer.field("Access-Control-Allow-Origin")).isEqualTo("https://app.example.net");
        RawMessage unknown = gateway.call(get("/function/unknown", OURS));
        assertThat(unknown.status()).isEqualTo(404);
        assertThat(unknown.has("Access-Control-Allow-Origin")).isFalse();
    }

    @Test
    void answersAPreflightBeforeItAsksWhoIsCalling_butNotForAPrivateFunction() throws IOException {
        gateway.deployAnnotated(
                "guarded",
                java.util.Map.of("sluice_cors_origins", "*", "sluice_jwt_auth", "true"),
                function.endpoint("guarded-1"));
        gateway.deployAnnotated(
                "hidden",
                java.util.Map.of("sluice_cors_origins", "*", "sluice_privacy", "private"),
                function.endpoint("hidden-1"));

        assertThat(preflight("guarded", OURS, "Access-Control-Request-Method: GET")
                        .status())
                .isEqualTo(204);
        RawMessage refused = gateway.call(get("/function/guarded", OURS));
        assertThat(refused.status()).isEqualTo(401);
        assertThat(refused.field("Access-Control-Allow-Origin")).isEqualTo("*");
        RawMessage hidden = preflight("hidden", OURS, "Access-Control-Request-Method: GET");
        assertThat(hidden.status()).isEqualTo(404);
        assertThat(hidden.has("Access-Control-Allow-Origin")).isFalse();
    }
}
