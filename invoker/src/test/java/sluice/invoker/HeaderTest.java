package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.invoker.Requests.get;
import static sluice.invoker.Requests.ok;
import static sluice.invoker.Requests.post;
import static sluice.invoker.Requests.request;

import java.io.IOException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which fields cross the gateway (reliability matrix, X1 to X7). */
class HeaderTest {
    @RegisterExtension
    final GatewayFixture gateway = GatewayFixture.standard();

    private RawFunction function;

    @BeforeEach
    void deploy() throws IOException {
        function = gateway.function("f");
    }

    @ParameterizedTest(name = "X1 {0}")
    @ValueSource(
            strings = {
                "Connection: X-Foo",
                "connection: close, x-foo",
                "Connection: keep-alive,X-FOO ,",
                "Connection: a\r\nConnection: X-Foo",
                "Connection: ,,X-Foo"
            })
    @Over.Http1Only("HTTP/2 has no Connection field: StreamFaultTest, O6")
    void x1_removesFieldsThatConnectionNames(String connection) throws IOException {
        assertThat(gateway.call(get("/function/f", "X-Foo: 1", connection, "x-foo: 2", "X-Foo-Bar: kept"))
                        .status())
                .isEqualTo(200);

        assertThat(function.onlyRequest().has("X-Foo")).isFalse();
        assertThat(function.onlyRequest().field("X-Foo-Bar")).isEqualTo("kept");
        assertThat(function.onlyRequest().values("Connection")).doesNotContain("X-Foo");
    }

    @Test
    @Over.Http1Only("HTTP/2 has no Connection field: StreamFaultTest, O6")
    void x1_keepsWhatTheGatewayItselfSets() throws IOException {
        String nominated =
                "Connection: Host, Content-Length, X-Call-Id, X-Start-Time, X-Forwarded-For, X-Forwarded-Host";

        assertThat(gateway.call(post("/function/f", "hello", nominated)).status())
                .isEqualTo(200);

        RawMessage request = function.onlyRequest();
        assertThat(request.body()).isEqualTo("hello");
        assertThat(request.field("Host")).isEqualTo("127.0.0.1:" + function.port());
        assertThat(request.field("Content-Length")).isEqualTo("5");
        assertThat(request.field("X-Call-Id")).hasSize(36);
        assertThat(request.has("X-Start-Time")).isTrue();
        assertThat(request.field("X-Forwarded-For")).startsWith("127.0.0.1:");
        assertThat(request.field("X-Forwarded-Host")).isEqualTo("gw.test");
    }

    @Test
    @Over.Http1Only("HTTP/2 has no Connection field: StreamFaultTest, O6")
    void x1_keepsTheFraming_whenConnectionNamesIt() throws IOException {
        String head =
                request("POST /function/f HTTP/1.1", "Transfer-Encoding: chunked", "Connection: Transfer-Encoding");

        assertThat(gateway.call(head + "5\r\nhello\r\n0\r\n\r\n").status()).isEqualTo(200);
        assertThat(function.onlyRequest().body()).isEqualTo("hello");
    }

    @Test
    void x1_removesFieldsThatConnectionNames_fromAnswers() throws IOException {
        gateway.function(
                "g", RawFunction.answering(ok("body", "Connection: X-Foo, Content-Length", "X-Foo: 1", "X-Bar: 2")));

        RawMessage answer = gateway.call(get("/function/g"));

        assertThat(answer.body()).isEqualTo("body");
        assertThat(answer.has("X-Foo")).isFalse();
        assertThat(answer.field("X-Bar")).isEqualTo("2");
        assertThat(String.join(",", answer.values("Connection"))).doesNotContainIgnoringCase("X-Foo");
    }

    @ParameterizedTest(name = "X2 {0}")
    @ValueSource(strings = {"Keep-Alive", "Proxy-Connection", "TE", "Upgrade"})
    @Over.Http1Only("fields of connections make a request of HTTP/2 malformed: StreamFaultTest, O6")
    void x2_removesFieldsOfConnections(String name) throws IOException {
        x2_removesHopByHopFields(name);
    }

    @ParameterizedTest(name = "X2 {0}")
    @ValueSource(strings = {"Proxy-Authenticate", "Proxy-Authorization", "proxy-anything", "HTTP2-Settings", "Trailer"})
    void x2_removesHopByHopFields(String name) throws IOException {
        assertThat(gateway.call(get("/function/f", name + ": x", "X-A: b")).status())
                .isEqualTo(200);

        assertThat(function.onlyRequest().has(name)).isFalse();
        assertThat(function.onlyRequest().field("X-A")).isEqualTo("b");
    }

    @ParameterizedTest(name = "X2 {0}")
    @ValueSource(strings = {"Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Upgrade"})
    void x2_removesHopByHopFields_fromAnswers(String name) throws IOException {
        gateway.function("g", RawFunction.answering(ok("body", name + ": timeout=5", "X-A: b")));

        RawMessage answer = gateway.call(get("/function/g"));

        assertThat(answer.has(name)).isFalse();
        assertThat(answer.field("X-A")).isEqualTo("b");
    }

    @Test
    @Over.Http1Only("it is HTTP/2 already")
    void x2_ignoresAnUpgradeToHttp2() throws IOException {
        try (RawConnection client = gateway.connect()) {
            client.send(get(
                    "/function/f",
                    "Connection: Upgrade, HTTP2-Settings",
                    "Upgrade: h2c",
                    "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA"));
            assertThat(client.answer().status()).isEqualTo(200);
            client.send(get("/function/f"));
            assertThat(client.answer().status()).isEqualTo(200);
        }
        assertThat(function.requests().get(0).has("Upgrade")).isFalse();
        assertThat(function.requests().get(0).has("HTTP2-Settings")).isFalse();
        assertThat(String.join(",", function.requests().get(0).values("Connection")))
                .doesNotContain("Upgrade");
    }

    @Test
    void x3_removesOnlyItsOwnCredentials() throws IOException {
        assertThat(gateway.call(get("/function/f/own", "Authorization: " + GatewayFixture.OWN_CREDENTIAL))
                        .status())
                .isEqualTo(200);
        assertThat(gateway.call(get("/function/f/other", "Authorization: Bearer abc", "Cookie: a=b"))
                        .status())
                .isEqualTo(200);

        assertThat(function.requests().get(0).has("Authorization")).isFalse();
        assertThat(function.requests().get(1).field("Authorization")).isEqualTo("Bearer abc");
        assertThat(function.requests().get(1).field("Cookie")).isEqualTo("a=b");
    }

    @ParameterizedTest(name = "X3 {0}")
    @ValueSource(booleans = {true, false})
    void x3_removesItsOwnCredentials_whereverTheyStand(boolean isFirst) throws IOException {
        String own = "authorization:" + GatewayFixture.OWN_CREDENTIAL + " ";
        String other = "Authorization: Bearer abc";

        assertThat(gateway.call(get("/function/f", isFirst ? own : other, isFirst ? other : own))
                        .status())
                .isIn(200, 400);
        assertThat(gateway.call(get("/function/f", "Proxy-Authorization: " + GatewayFixture.OWN_CREDENTIAL))
                        .status())
                .isEqualTo(200);

        assertThat(function.requests().toString()).doesNotContain(GatewayFixture.OWN_CREDENTIAL);
    }

    @Test
    void x4_showsTheGateEveryCredential_whereTheyAreChecked() throws IOException {
        String own = "Authorization: " + GatewayFixture.OWN_CREDENTIAL;
        String other = "authorization: Bearer x";

        assertThat(gateway.call(get("/system/functions", own)).status()).isEqualTo(200);
        assertThat(gateway.call(get("/system/functions", own, other)).status()).isEqualTo(400);
        assertThat(gateway.call(get("/system/functions", other, own)).status()).isEqualTo(400);
    }

    @Test
    void x5_refusesCallIdsThatAreLongOrNotVisible() throws IOException {
        gateway.assertRejected(get("/function/f", "X-Call-Id: " + "a".repeat(129)), 400, function);
        gateway.assertRejected(get("/function/f", "X-Call-Id: a b"), 400, function);
        gateway.assertRejected(get("/function/f", "X-Call-Id: \u00e4"), 400, function);
        gateway.assertRejected(get("/function/f", "X-Call-Id: a\tb"), 400, function);
    }

    @Test
    void x5_runsEveryCall_whateverItsId() throws IOException {
        String longest = "a".repeat(128);
        assertThat(gateway.call(get("/function/f", "X-Call-Id: " + longest)).field("X-Call-Id"))
                .isEqualTo(longest);
        assertThat(gateway.call(get("/function/f", "X-Call-Id: " + longest)).field("X-Call-Id"))
                .isEqualTo(longest);
        assertThat(gateway.call(get("/function/f", "X-Call-Id: !~\"<>")).field("X-Call-Id"))
                .isEqualTo("!~\"<>");
        assertThat(function.requests()).hasSize(3);
    }

    @Test
    void x6_takesUnderscoresForOrdinaryFields() throws IOException {
        assertThat(gateway.call(get("/function/f", "X_Call_Id: mine", "x-forwarded_for: 1.2.3.4", "Content_Length: 7"))
                        .status())
                .isEqualTo(200);

        RawMessage request = function.onlyRequest();
        assertThat(request.field("X_Call_Id")).isEqualTo("mine");
        assertThat(request.field("X-Call-Id")).isNotEqualTo("mine").hasSize(36);
        assertThat(request.field("x-forwarded_for")).isEqualTo("1.2.3.4");
        assertThat(request.field("X-Forwarded-For")).startsWith("127.0.0.1:");
        assertThat(request.field("Content_Length")).isEqualTo("7");
    }

    @Test
    void x7_passesForwardedFieldsOn_whenNoTrustedSetIsConfigured() throws IOException {
        assertThat(gateway.call(get(
                                "/function/f",
                                "X-Forwarded-For: 1.2.3.4",
                                "X-Forwarded-Host: h",
                                "X-Forwarded-Proto: https"))
                        .status())
                .isEqualTo(200);

        assertThat(function.onlyRequest().field("X-Forwarded-For")).isEqualTo("1.2.3.4");
        assertThat(function.onlyRequest().field("X-Forwarded-Host")).isEqualTo("h");
        assertThat(function.onlyRequest().field("X-Forwarded-Proto")).isEqualTo("https");
    }

    @Nested
    class WithATrustedSet {
        @RegisterExtension
        final GatewayFixture elsewhere = GatewayFixture.with("SLUICE_TRUSTED_PROXIES", "10.0.0.0/8,fd00::/8");

        @Test
        void x7_replacesForwardedFieldsOfAPeerOutside() throws IOException {
            RawFunction g = elsewhere.function("g");
            try (RawConnection client = elsewhere.connect()) {
                client.send(get(
                        "/function/g", "X-Forwarded-For: 1.2.3.4", "x-forwarded-for: 5.6.7.8", "X-Forwarded-Host: h"));
                assertThat(client.answer().status()).isEqualTo(200);

                assertThat(g.onlyRequest().field("X-Forwarded-For")).isEqualTo("127.0.0.1:" + client.localPort());
                assertThat(g.onlyRequest().field("X-Forwarded-Host")).isEqualTo("gw.test");
            }
        }
    }

    @Nested
    class FromATrustedPeer {
        @RegisterExtension
        final GatewayFixture behind = GatewayFixture.with("SLUICE_TRUSTED_PROXIES", "127.0.0.0/8,::1/128");

        @Test
        void x7_passesForwardedFieldsOn() throws IOException {
            RawFunction g = behind.function("g");

            assertThat(behind.call(get("/function/g", "X-Forwarded-For: 1.2.3.4", "X-Forwarded-Host: h"))
                            .status())
                    .isEqualTo(200);

            assertThat(g.onlyRequest().field("X-Forwarded-For")).isEqualTo("1.2.3.4");
            assertThat(g.onlyRequest().field("X-Forwarded-Host")).isEqualTo("h");
        }
    }
}
