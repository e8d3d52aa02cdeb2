package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.invoker.Requests.cases;
import static sluice.invoker.Requests.get;
import static sluice.invoker.Requests.request;

import java.io.IOException;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The request line and the field lines, byte by byte (reliability matrix, L1 to L7). */
@Over.Http1Only("HTTP/2 has no lines: StreamFaultTest")
class LineTest {
    @RegisterExtension
    final GatewayFixture gateway = GatewayFixture.standard();

    private RawFunction function;

    @BeforeEach
    void deploy() throws IOException {
        function = gateway.function("f");
    }

    static Stream<Named<String>> controlBytes() {
        return cases(
                "GET /function/f HTTP/1.1\r\nHost: gw.test\r\nX-A: b\rX-B: c\r\n\r\n",
                "GET /function/f HTTP/1.1\r\nHost: gw.test\r\nX-A: b\r\r\n\r\n",
                "GET /function/f HTTP/1.1\rHost: gw.test\r\n\r\n",
                "GET /function/f HTTP/1.1\nHost: gw.test\n\n",
                "GET /function/f HTTP/1.1\nHost: gw.test\r\n\r\n",
                "GET /function/f HTTP/1.1\r\nHost: gw.test\n\r\n",
                "GET /function/f HTTP/1.1\r\nHost: gw.test\r\n\n",
                "GET /function/f HTTP/1.1\r\nHost: gw.test\r\nX-A: b\nX-B: c\r\n\r\n",
                "GET /function/f HTTP/1.1\r\nHost: gw.test\r\nX-A: b\0c\r\n\r\n",
                "GET /function/f HTTP/1.1\r\nHost: gw.test\r\nX-A: \u0001\r\n\r\n",
                "GET /function/f HTTP/1.1\r\nHost: gw.test\r\nX-A: \u001b[31m\r\n\r\n",
                "GET /function/f HTTP/1.1\r\nHost: gw.test\r\nX-A: \u007f\r\n\r\n",
                "GET /function/f HTTP/1.1\r\nHost: gw.test\r\nX-\0A: b\r\n\r\n",
                "GET\0 /function/f HTTP/1.1\r\nHost: gw.test\r\n\r\n",
                "\0GET /function/f HTTP/1.1\r\nHost: gw.test\r\n\r\n",
                "\u0001GET /function/f HTTP/1.1\r\nHost: gw.test\r\n\r\n",
                " GET /function/f HTTP/1.1\r\nHost: gw.test\r\n\r\n",
                "\nGET /function/f HTTP/1.1\r\nHost: gw.test\r\n\r\n",
                "\rGET /function/f HTTP/1.1\r\nHost: gw.test\r\n\r\n",
                "\r\n\r\nGET /function/f HTTP/1.1\r\nHost: gw.test\r\n\r\n");
    }

    @ParameterizedTest(name = "L1 {0}")
    @MethodSource("controlBytes")
    void l1_refusesControlBytesAndBareLineEnds(String bytes) throws IOException {
        gateway.assertRefused(bytes, 400, function);
    }

    @Test
    void l1_toleratesOneEmptyLineBeforeARequest() throws IOException {
        try (RawConnection client = gateway.connect()) {
            client.send("\r\n" + get("/function/f"));
            assertThat(client.answer().status()).isEqualTo(200);
            client.send("\r\n" + get("/function/f"));
            assertThat(client.answer().status()).isEqualTo(200);
        }
    }

    @Test
    void l1_passesTabAndHighBytesInValuesOn() throws IOException {
        assertThat(gateway.call(get("/function/f", "X-A: b\tc \u00e4\u00ff")).status())
                .isEqualTo(200);
        assertThat(function.onlyRequest().field("X-A")).isEqualTo("b\tc \u00e4\u00ff");
    }

    @ParameterizedTest(name = "L2 {0}")
    @ValueSource(
            strings = {
                "X A: b",
                "X\tA: b",
                ": b",
                ":",
                "XA",
                "X(A): b",
                "X@A: b",
                "X\"A\": b",
                "X/A: b",
                "X{A: b",
                "X\u00e4: b",
                "X,Y: b",
                "X;Y: b",
                "[X]: b",
                "X=Y: b",
                "X?: b",
                "\u007fX: b"
            })
    void l2_refusesFieldNamesThatAreNoTokens(String field) throws IOException {
        gateway.assertRefused(get("/function/f", field), 400, function);
        gateway.assertRefused(request("GET /function/f HTTP/1.1\r\n" + field), 400, function);
    }

    @ParameterizedTest(name = "L3 {0}")
    @ValueSource(strings = {"HTTP/2.0", "HTTP/9.9", "HTTP/3.0", "HTTP/0.9"})
    void l3_doesNotSupportOtherVersions(String version) throws IOException {
        gateway.assertRefused(request("GET /function/f " + version), 505, function);
    }

    @ParameterizedTest(name = "L3 {0}")
    @ValueSource(
            strings = {
                " http/1.1", " Http/1.1", " HTTP/1", " HTTP/1.", " HTTP/1.10", " HTTP/11", " HTTP/a.b", " HTTPS/1.1",
                " HTTP/1.1 ", " HTTP/1.1 x", "  HTTP/1.1", "", " ", " x", " HTTP/ 1.1", " HTTP/-1.1"
            })
    void l3_refusesMalformedVersions(String version) throws IOException {
        gateway.assertRefused(request("GET /function/f" + version), 400, function);
    }

    static Stream<Named<String>> strangeTargets() {
        return cases(
                "/function/f/a b",
                "/function/f/a\tb",
                "/function/f?q=a b",
                "/function/f/\u0001",
                "/function/f/\0",
                "/function/f/\u007f",
                "/function/f/\u00c3\u00a9",
                "/function/f?q=\u00e9",
                "/function/f#top",
                "/function/f?q#top",
                "/function/f/#/../x");
    }

    @ParameterizedTest(name = "L4 {0}")
    @MethodSource("strangeTargets")
    void l4_refusesBytesThatMustNotBeInATarget(String target) throws IOException {
        gateway.assertRefused(get(target), 400, function);
    }

    @ParameterizedTest(name = "L5 {0}")
    @ValueSource(strings = {"G(T", "G@T", "G/T", "G\u0001T", "G\u00e4T", "\"GET\"", "GET:", "G,T"})
    void l5_refusesMethodsThatAreNoTokens(String method) throws IOException {
        gateway.assertRefused(request(method + " /function/f HTTP/1.1"), 400, function);
    }

    @ParameterizedTest(name = "L5 {0}")
    @ValueSource(strings = {"FOO", "get", "Get", "PROPFIND", "GETX", "CONNECT", "TRACE", "PRI", "M-SEARCH"})
    void l5_doesNotAllowOtherMethods(String method) throws IOException {
        RawMessage answer = gateway.call(request(method + " /function/f HTTP/1.1"));

        assertThat(answer.status()).isEqualTo(405);
        assertThat(answer.body()).isEmpty();
        assertThat(answer.has("X-Call-Id")).isTrue();
        gateway.assertUntouched(function);
    }

    @ParameterizedTest(name = "L5 {0}")
    @ValueSource(strings = {"CONNECT", "TRACE", "FOO", "PRI"})
    void l5_doesNotAllowOtherMethods_forTheControlPlaneEither(String method) throws IOException {
        try (RawConnection client = gateway.connect()) {
            client.send(request(method + " /healthz HTTP/1.1") + get("/function/f"));

            assertThat(client.answer().status()).isIn(404, 405);
            assertThat(client.answer().status()).isEqualTo(200);
        }
    }

    @Test
    void l5_doesNotTunnelForConnect() throws IOException {
        assertThat(gateway.call("CONNECT 127.0.0.1:" + function.port() + " HTTP/1.1\r\nHost: x\r\n\r\n")
                        .status())
                .isIn(400, 405);
        gateway.assertUntouched(function);
    }

    @Test
    void l6_refusesALongRequestLine() throws IOException {
        gateway.assertRefused(get("/function/f/" + "a".repeat(8_192)), 414, function);
        gateway.assertRefused(get("/function/f?" + "a".repeat(60_000)), 414, function);
        gateway.assertRefused("GET /function/f/" + "a".repeat(9_000), 414, function); // before it has ended
    }

    @Test
    void l6_refusesALongHead() throws IOException {
        gateway.assertRefused(get("/function/f", "X: " + "a".repeat(33_000)), 431, function);
        gateway.assertRefused(get("/function/f", ("X: " + "a".repeat(500) + "\r\nY: z").repeat(80)), 431, function);
        gateway.assertRefused(get("/function/f", ("X" + "a".repeat(33_000) + ": b")), 431, function);
        gateway.assertRefused("GET /function/f HTTP/1.1\r\nHost: x\r\nX: " + "a".repeat(40_000), 431, function);
    }

    @Test
    void l6_refusesMoreThanAHundredFields() throws IOException {
        gateway.assertRefused(get("/function/f", "X: y\r\n".repeat(99) + "X: y"), 431, function);
    }

    @Test
    void l6_takesHeadsWithinTheLimits() throws IOException {
        String[] fields = new String[99];
        for (int i = 0; i < fields.length; i++) {
            fields[i] = "X-" + i + ": " + "v".repeat(200);
        }
        assertThat(gateway.call(get("/function/f/" + "a".repeat(8_000), fields)).status())
                .isEqualTo(200);

        RawMessage request = function.onlyRequest();
        assertThat(request.target()).hasSize(8_001);
        assertThat(request.field("X-98")).hasSize(200);
    }

    @Test
    void l6_readsAHeadThatComesByteByByte() throws IOException {
        String bytes = get("/function/f/slow", "X-A: b");
        try (RawConnection client = gateway.connect()) {
            for (int i = 0; i < bytes.length(); i++) {
                client.send(bytes.substring(i, i + 1));
            }
            assertThat(client.answer().status()).isEqualTo(200);
        }
        assertThat(function.onlyRequest().field("X-A")).isEqualTo("b");
    }

    static Stream<Named<String>> otherProtocols() {
        Random random = new Random(20_261_124);
        StringBuilder noise = new StringBuilder();
        random.ints(4_096, 0, 256).forEach(b -> noise.append((char) b));
        return Stream.of(
                Named.of(
                        "TLS hello",
                        "\u0016\u0003\u0001\u0000\u00f1\u0001\u0000\u0000\u00ed\u0003\u0003" + "\u0017".repeat(32)),
                Named.of("SSH banner", "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"),
                Named.of("SMTP", "EHLO mail.example\r\n"),
                Named.of("random bytes", noise.toString()),
                Named.of("random bytes in a line", noise.toString().replace("\n", "") + "\r\n\r\n"));
    }

    @ParameterizedTest(name = "L7 {0}")
    @MethodSource("otherProtocols")
    void l7_closesAfterOneAnswer_whenItIsNotHttp(String bytes) throws IOException {
        try (RawConnection client = gateway.connect()) {
            client.send(bytes);
            RawMessage answer = client.answer();

            assertThat(answer.status()).isIn(0, 400, 505);
            assertThat(client.rest()).isEmpty();
        }
        gateway.assertUntouched(function); // and no stack trace: the fixture looks at the log after each test
    }
}
