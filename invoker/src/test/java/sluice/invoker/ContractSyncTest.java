package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.invoker.Requests.CHUNKED_OK;
import static sluice.invoker.Requests.answer;
import static sluice.invoker.Requests.get;
import static sluice.invoker.Requests.ok;
import static sluice.invoker.Requests.post;
import static sluice.invoker.Requests.request;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients and functions of OpenFaaS rely on in a synchronous call (OpenFaaS gateway contract, section 3). */
class ContractSyncTest {
    private static final String UUID_V4 = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";

    @RegisterExtension
    final GatewayFixture gateway = GatewayFixture.standard();

    private RawFunction function;

    @BeforeEach
    void deploy() throws IOException {
        function = gateway.function("f");
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"})
    void forwardsEveryMethod(String method) throws IOException {
        try (RawConnection client = gateway.connect()) {
            client.send(request(method + " /function/f/a?b HTTP/1.1", "Content-Length: 4") + "body");
            assertThat(client.answerTo(method).status()).isEqualTo(200);
        }
        assertThat(function.onlyRequest().startLine()).isEqualTo(method + " /a?b HTTP/1.1");
        assertThat(function.onlyRequest().body()).isEqualTo("body");
    }

    @Test
    void namesTheCall_whenTheClientDoesNot() throws IOException {
        RawMessage first = gateway.call(get("/function/f"));
        RawMessage second = gateway.call(get("/function/f"));

        assertThat(first.field("X-Call-Id")).matches(UUID_V4).isNotEqualTo(second.field("X-Call-Id"));
        assertThat(function.requests().get(0).field("X-Call-Id")).isEqualTo(first.field("X-Call-Id"));
    }

    @Test
    void echoesTheCallIdOfTheClient() throws IOException {
        assertThat(gateway.call(get("/function/f", "x-call-id: mine")).field("X-Call-Id"))
                .isEqualTo("mine");
        assertThat(function.onlyRequest().field("X-Call-Id")).isEqualTo("mine");
    }

    @Test
    void namesTheCall_whenTheIdIsEmpty() throws IOException {
        assertThat(gateway.call(get("/function/f", "X-Call-Id: ")).field("X-Call-Id"))
                .matches(UUID_V4);
        assertThat(function.onlyRequest().field("X-Call-Id")).matches(UUID_V4);
    }

    @Test
    void stampsTheStartInNanoseconds() throws IOException {
        long before = nanos(Instant.now());
        RawMessage answer = gateway.call(get("/function/f"));
        long after = nanos(Instant.now());

        assertThat(Long.parseLong(answer.field("X-Start-Time"))).isBetween(before - 200_000_000L, after);
        assertThat(function.onlyRequest().field("X-Start-Time")).isEqualTo(answer.field("X-Start-Time"));
    }

    private static long nanos(Instant instant) {
        return instant.getEpochSecond() * 1_000_000_000L + instant.getNano();
    }

    @Test
    void addsItsStartTimeBehindTheClients() throws IOException {
        assertThat(gateway.call(get("/function/f", "X-Start-Time: 1")).status()).isEqualTo(200);

        assertThat(function.onlyRequest().values("X-Start-Time"))
                .hasSize(2)
                .first()
                .isEqualTo("1");
    }

    @Test
    void prefersTheCallHeadersOfTheFunction() throws IOException {
        gateway.function("g", RawFunction.answering(ok("", "X-Call-Id: theirs", "x-start-time: 7")));

        RawMessage answer = gateway.call(get("/function/g", "X-Call-Id: mine"));

        assertThat(answer.field("X-Call-Id")).isEqualTo("theirs");
        assertThat(answer.field("X-Start-Time")).isEqualTo("7");
    }

    @Test
    void saysWhoServed() throws IOException {
        assertThat(gateway.call(get("/function/f")).field("X-Served-By")).isNotEmpty();
    }

    @Test
    void tellsTheFunctionWhoCalled() throws IOException {
        try (RawConnection client = gateway.connect()) {
            client.send(get("/function/f"));
            assertThat(client.answer().status()).isEqualTo(200);

            RawMessage request = function.onlyRequest();
            assertThat(request.field("X-Forwarded-For")).isEqualTo("127.0.0.1:" + client.localPort());
            assertThat(request.field("X-Forwarded-Host")).isEqualTo("gw.test");
            assertThat(request.field("Host")).isEqualTo("127.0.0.1:" + function.port());
            assertThat(request.has("X-Forwarded-Proto")).isFalse();
        }
    }

    @Test
    void namesItselfAsTheAgent_whenThereIsNone() throws IOException {
        assertThat(gateway.call(get("/function/f")).status()).isEqualTo(200);
        assertThat(gateway.call(get("/function/f", "User-Agent: curl/8")).status())
                .isEqualTo(200);

        assertThat(function.requests().get(0).field("User-Agent")).isNotEmpty();
        assertThat(function.requests().get(1).field("User-Agent")).isEqualTo("curl/8");
    }

    @Test
    void neverAsksForACompressionTheClientDidNotName() throws IOException {
        assertThat(gateway.call(get("/function/f")).status()).isEqualTo(200);
        assertThat(gateway.call(get("/function/f", "Accept-Encoding: br")).status())
                .isEqualTo(200);

        assertThat(function.requests().get(0).has("Accept-Encoding")).isFalse();
        assertThat(function.requests().get(1).field("Accept-Encoding")).isEqualTo("br");
    }

    @Test
    void keepsEveryValueOfAField() throws IOException {
        gateway.function("g", RawFunction.answering(ok("", "Set-Cookie: a=1", "X: y", "Set-Cookie: b=2")));

        assertThat(gateway.call(get("/function/g")).values("Set-Cookie")).containsExactly("a=1", "b=2");
        assertThat(gateway.call(get("/function/f", "X-A: 1", "X-B: 2", "X-A: 3"))
                        .status())
                .isEqualTo(200);
        assertThat(function.onlyRequest().values("X-A")).containsExactly("1", "3");
    }

    @Test
    void fillsInTheContentType() throws IOException {
        gateway.function("typed", RawFunction.answering(ok("x", "Content-Type: image/png")));

        assertThat(gateway.call(post("/function/typed", "x", "Content-Type: a/b"))
                        .field("Content-Type"))
                .isEqualTo("image/png");
        assertThat(gateway.call(post("/function/f", "x", "Content-Type: a/b")).field("Content-Type"))
                .isEqualTo("a/b");
        assertThat(gateway.call(get("/function/f")).field("Content-Type")).startsWith("text/plain");
    }

    @ParameterizedTest
    @CsvSource({"201 Created", "302 Found", "404 Not Found", "418 Teapot", "503 Busy", "599 Odd"})
    void passesEveryStatusOn(String status) throws IOException {
        gateway.function("g", RawFunction.answering(answer(status, "as is", "Location: http://other/")));

        RawMessage answer = gateway.call(get("/function/g"));

        assertThat(answer.startLine()).startsWith("HTTP/1.1 " + status.substring(0, 3));
        assertThat(answer.body()).isEqualTo("as is");
        assertThat(answer.field("Location")).isEqualTo("http://other/");
    }

    @Test
    void passesHeadOnWithoutABody() throws IOException {
        gateway.function("g", RawFunction.answering("HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n"));
        try (RawConnection client = gateway.connect()) {
            client.send(request("HEAD /function/g HTTP/1.1") + request("HEAD /function/g HTTP/1.1"));
            assertThat(client.answerTo("HEAD").field("Content-Length")).isEqualTo("1234");
            assertThat(client.answerTo("HEAD").field("Content-Length")).isEqualTo("1234");
        }
    }

    @Test
    void passesHeadOn_whenTheAnswerWouldBeChunked() throws IOException {
        gateway.function("g", RawFunction.answering(CHUNKED_OK));
        gateway.function("h", RawFunction.answering("HTTP/1.1 200 OK\r\n\r\n"));
        try (RawConnection client = gateway.connect()) {
            for (String name : new String[] {"g", "h", "g", "h"}) {
                client.send(request("HEAD /function/" + name + " HTTP/1.1"));
                assertThat(client.answerTo("HEAD").status()).isEqualTo(200);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"204 No Content", "304 Not Modified"})
    void passesAnswersWithoutABodyOn(String status) throws IOException {
        gateway.function("g", RawFunction.answering("HTTP/1.1 " + status + "\r\nETag: x\r\n\r\n"));
        try (RawConnection client = gateway.connect()) {
            client.send(get("/function/g") + get("/function/g"));
            for (int i = 0; i < 2; i++) {
                RawMessage answer = client.answer();
                assertThat(answer.startLine()).startsWith("HTTP/1.1 " + status.substring(0, 3));
                assertThat(answer.field("ETag")).isEqualTo("x");
                assertThat(answer.has("Transfer-Encoding")).isFalse();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 5", "Transfer-Encoding: chunked"})
    void leavesOutTheFraming_ofAnAnswerThatHasNoBody(String framing) throws IOException {
        gateway.function("g", RawFunction.answering("HTTP/1.1 204 No Content\r\n" + framing + "\r\nX: y\r\n\r\n"));

        RawMessage answer = gateway.call(get("/function/g"));

        assertThat(answer.status()).isEqualTo(204);
        assertThat(answer.has(framing.substring(0, framing.indexOf(':')))).isFalse();
        assertThat(answer.field("X")).isEqualTo("y");
    }

    @Test
    void keepsTrailersOfAnAnswer() throws IOException {
        gateway.function(
                "g", RawFunction.answering(CHUNKED_OK + "5\r\nhello\r\n0\r\nX-Sum: 42\r\nContent-Length: 1\r\n\r\n"));

        RawMessage answer = gateway.call(get("/function/g"));

        assertThat(answer.body()).isEqualTo("hello");
        assertThat(answer.trailers()).singleElement().asString().isEqualToIgnoringCase("X-Sum: 42"); // without framing
    }

    @Test
    @Over.Http1Only("of HTTP/1.0")
    void answersHttp10AsItExpects() throws IOException {
        try (RawConnection client = gateway.connect()) {
            client.send(request("GET /function/f HTTP/1.0"));
            RawMessage answer = client.answer();
            assertThat(answer.body()).isEqualTo("ok");
            assertThat(answer.saysClose() || !answer.has("Connection")).isTrue();
            assertThat(client.rest()).isEmpty();
        }
    }

    @Test
    @Over.Http1Only("of HTTP/1.0")
    void keepsHttp10Open_whenAskedTo() throws IOException {
        try (RawConnection client = gateway.connect()) {
            for (int i = 0; i < 2; i++) {
                client.send(request("GET /function/f HTTP/1.0", "Connection: keep-alive"));
                RawMessage answer = client.answer();
                assertThat(answer.field("Connection")).isEqualToIgnoringCase("keep-alive");
                assertThat(answer.body()).isEqualTo("ok");
            }
        }
    }

    @Test
    @Over.Http1Only("of HTTP/1.0")
    void unchunksAnAnswer_forHttp10() throws IOException {
        gateway.function("g", RawFunction.answering(CHUNKED_OK + "5\r\nhello\r\n0\r\nX: y\r\n\r\n"));

        RawMessage answer = gateway.call(request("GET /function/g HTTP/1.0", "Connection: keep-alive"));

        assertThat(answer.has("Transfer-Encoding")).isFalse();
        assertThat(answer.body()).isEqualTo("hello");
    }

    @Test
    @Over.Http1Only("HTTP/2 has no Connection field: StreamFaultTest, O6")
    void closes_whenTheClientAsksForIt() throws IOException {
        try (RawConnection client = gateway.connect()) {
            client.send(get("/function/f", "Connection: close") + get("/function/f/never"));
            RawMessage answer = client.answer();
            assertThat(answer.body()).isEqualTo("ok");
            assertThat(answer.saysClose()).isTrue();
            assertThat(client.rest()).isEmpty();
        }
        assertThat(function.onlyRequest().target()).isEqualTo("/");
    }

    @Test
    void keepsTheClientsConnection_whenTheFunctionClosesItsOwn() throws IOException {
        RawFunction closing = gateway.function("g", (connection, number) -> {
            connection.request();
            connection.send(ok("bye", "Connection: close"));
        });
        try (RawConnection client = gateway.connect()) {
            for (int i = 0; i < 3; i++) {
                client.send(get("/function/g"));
                RawMessage answer = client.answer();
                assertThat(answer.body()).isEqualTo("bye");
                assertThat(answer.saysClose()).isFalse();
            }
        }
        assertThat(closing.connections()).isEqualTo(3);
    }

    @Test
    void reusesTheConnectionToTheFunction() throws IOException {
        try (RawConnection client = gateway.connect()) {
            for (int i = 0; i < 10; i++) {
                client.send(get("/function/f"));
                assertThat(client.answer().status()).isEqualTo(200);
            }
        }
        assertThat(function.connections()).isEqualTo(1);
    }

    @Test
    void knowsNoSuchFunction() throws IOException {
        RawMessage answer = gateway.call(get("/function/nobody"));

        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.body()).startsWith("error finding function nobody.openfaas-fn: ");
        assertThat(answer.field("Content-Type")).startsWith("text/plain");
        assertThat(answer.has("X-Call-Id")).isTrue();
    }

    @Test
    void saysItInJson_whenTheClientAcceptsThat() throws IOException {
        RawMessage json = gateway.call(get("/function/nobody", "Accept: text/html, application/json;q=0.9"));
        RawMessage text = gateway.call(post("/function/nobody", "{}", "Content-Type: application/json"));

        assertThat(json.status()).isEqualTo(404);
        assertThat(json.field("Content-Type")).startsWith("application/json");
        assertThat(json.body())
                .startsWith("{")
                .contains("\"error\":", "\"component\":", "\"callId\":\"" + json.field("X-Call-Id") + "\"");
        assertThat(text.field("Content-Type")).startsWith("text/plain");
    }

    @Test
    void escapesWhatStrangersWrote_inJson() throws IOException {
        String name = "a\"b\\c<script>";

        RawMessage answer = gateway.call(get("/function/" + name, "Accept: application/json", "X-Call-Id: \"\\"));

        assertThat(answer.status()).isEqualTo(404);
        assertThat(new ObjectMapper().readTree(answer.body()).get("callId").asText())
                .isEqualTo("\"\\");
    }

    /** Functions are not woken. */
    @Nested
    class WithoutScaleFromZero {
        @RegisterExtension
        final GatewayFixture asleep = GatewayFixture.with("scale_from_zero", "false");

        @Test
        void hasNoEndpoints_whenNoReplicaIsReady() throws IOException {
            asleep.deploy("f");

            RawMessage answer = asleep.call(get("/function/f"));

            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.field("X-OpenFaaS-Internal")).isEqualTo("proxy");
            assertThat(answer.body()).isEqualTo("No endpoints available for: f.\n");
        }

        @Test
        void knowsNoSuchFunction() throws IOException {
            assertThat(asleep.call(get("/function/nobody")).status()).isEqualTo(404);
        }
    }
}
