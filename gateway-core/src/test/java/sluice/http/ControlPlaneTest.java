package sluice.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Routing, access and errors: what happens before and around the handlers. */
class ControlPlaneTest {
    private final TestGateway gateway = new TestGateway(Map.of());

    @AfterEach
    void stop() {
        gateway.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/nowhere",
                "/system",
                "/system/",
                "/system/functions/",
                "/healthz/",
                "/function/",
                "/metrics",
                "/system/function/a@b",
                "/system/function/",
                "/SYSTEM/functions",
                "/system;x/functions",
                "/system./functions",
                "/system/function/a%2Fb",
                "/system/telemetry",
                "/system%5Cfunctions"
            })
    void knowsNoSuchPage(String target) {
        RawHttp.Reply reply = gateway.call("GET", target);

        assertThat(reply.status()).isEqualTo(404);
        assertThat(reply.body()).isEqualTo("404 page not found\n");
        assertThat(reply.field("content-type")).isEqualTo("text/plain; charset=utf-8");
        assertThat(reply.field("x-content-type-options")).isEqualTo("nosniff");
        assertThat(reply.field("x-openfaas-internal")).isEqualTo("gateway");
        assertThat(gateway.gate.asked).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "PUT|/system/functions|{\"service\":\"a\",\"Service\":\"b\",\"functionName\":\"c\",\"image\":\"i\"}|b",
                "DELETE|/system/functions|{\"service\":\"a\",\"functionName\":\"b\"}|b",
                "POST|/system/scale-function/b|{\"serviceName\":\"a\",\"replicas\":1}|b",
                "GET|/system/function/b?name=a||b",
                "GET|/system/logs?name=b||b",
                "PUT|/system/secrets|{\"name\":\"a\",\"NAME\":\"b\",\"value\":\"v\"}|b",
                "DELETE|/system/secrets|{\"name\":\"b\"}|b",
                "DELETE|/system/namespace/b|{\"name\":\"b\"}|b",
                "POST|/system/functions|{\"service\":\"a\",\"image\":\"i\"}|",
                "GET|/system/functions?name=a||"
            })
    void asksAboutTheNameThatTheHandlerUses(String method, String target, String json, String name) {
        gateway.gate.decidesByName = true;
        RawHttp.Reply unused = gateway.send(method, target, json == null ? "" : json);

        assertThat(gateway.gate.names).last().isEqualTo(name == null ? "" : name);
        assertThat(gateway.gate.names).as("before there is a body, and then").hasSizeLessThanOrEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({
        "PATCH,/system/functions",
        "POST,/healthz",
        "HEAD,/system/functions",
        "HEAD,/ui/",
        "DELETE,/system/function/x",
        "GET,/system/scale-function/x",
        "POST,/system/info",
        "OPTIONS,/system/functions",
        "BREW,/system/functions"
    })
    void refusesOtherMethods_beforeItAsksWhoIsCalling(String method, String target) {
        RawHttp.Reply reply = gateway.call(method, target);

        assertThat(reply.status()).isEqualTo(405);
        assertThat(reply.body()).isEmpty();
        assertThat(reply.all("allow")).isEmpty();
        assertThat(gateway.gate.asked).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "/system//functions,/system/functions",
        "//system/functions,/system/functions",
        "/system/./functions?a=b%20c,/system/functions?a=b%20c",
        "/x/../system/functions,/system/functions",
        "/async-function/../system/functions/,/system/functions/",
        "/async-function/%2e%2e/system/functions,/system/functions",
        "/x/.%2E/system/secrets,/system/secrets",
        "/system/functions/..,/system",
        "/..,/",
        "//evil.test/..,/",
        "/x/../a%0d%0aSet-Cookie:%20b=c,/a%0D%0ASet-Cookie:%20b=c",
        "/./%5Cevil.test,/%5Cevil.test"
    })
    void sendsPathsThatAreNotInShortestForm_there(String target, String location) {
        RawHttp.Reply reply = gateway.call("POST", target);

        assertThat(reply.status()).isEqualTo(301);
        assertThat(reply.field("location")).isEqualTo(location);
        assertThat(reply.body()).isEmpty();
        assertThat(gateway.gate.asked).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/system/functions%",
                "/system/functions%2",
                "/system/function/%zz",
                "/system/function/a%00",
                "/system/functions?namespace=%",
                "/system/functions?namespace=%00",
                "/%"
            })
    void refusesBrokenEscapes(String target) {
        RawHttp.Reply reply = gateway.call("GET", target);

        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.body()).isEqualTo("invalid percent escape in the request target\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/%73ystem/functions",
                "/system/%66unctions",
                "/%2573ystem/functions",
                "/system/functions%3Bx",
                "/system/functions%3F",
                "/system/functions;x",
                "/SYSTEM/FUNCTIONS",
                "/system/functions%20",
                "http://other.test/system/functions",
                "/./system/functions",
                "/%2e/system/functions",
                "/system/function%2Fx",
                "/system/functions/%2e",
                "/%c0%afsystem/functions",
                "/ui/..%2fsystem/functions",
                "/healthz/../system/functions",
                "/healthz%2f..%2fsystem/functions",
                "/openapi.yaml/../system/secrets"
            })
    void neverAnswersATrickedPath_withoutCredentials(String target) {
        gateway.provider.put(SomeFunctions.named("hidden"), List.of());

        for (String method : List.of("GET", "POST", "DELETE")) {
            RawHttp.Reply reply = gateway.call(method, target);
            assertThat(reply.status()).isIn(301, 400, 401, 404, 405);
            assertThat(reply.body()).doesNotContain("hidden");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "GET,/system/functions",
        "POST,/system/functions",
        "PUT,/system/functions",
        "DELETE,/system/functions",
        "GET,/system/function/x",
        "POST,/system/scale-function/x",
        "GET,/system/secrets",
        "POST,/system/secrets",
        "PUT,/system/secrets",
        "DELETE,/system/secrets",
        "GET,/system/logs",
        "GET,/system/namespaces",
        "GET,/system/namespace/x",
        "PUT,/system/namespaces/x",
        "POST,/system/namespace/",
        "DELETE,/system/namespace/x",
        "GET,/system/info",
        "POST,/system/alert",
        "GET,/ui/",
        "GET,/ui/app.js"
    })
    void asksForCredentials(String method, String target) {
        RawHttp.Reply reply = RawHttp.exchange(gateway.server.port(), method, target, "{malformed");

        assertThat(reply.status()).isEqualTo(401);
        assertThat(reply.body()).isEqualTo("invalid credentials");
        assertThat(reply.field("www-authenticate")).isEqualTo("Basic realm=\"Restricted\"");
        assertThat(reply.field("cache-control")).isEqualTo("no-store");
        assertThat(reply.field("x-openfaas-internal")).isEqualTo("access");
    }

    @Test
    void isOpen_toHealthChecksAndTheWayHome() {
        assertThat(gateway.call("GET", "/healthz").status()).isEqualTo(200);
        assertThat(gateway.call("GET", "/healthz").body()).isEmpty();
        assertThat(gateway.call("HEAD", "/healthz").status()).isEqualTo(200);
        RawHttp.Reply home = gateway.call("GET", "/");
        assertThat(home.status()).isEqualTo(307);
        assertThat(home.field("location")).isEqualTo("/ui/");
        assertThat(gateway.gate.asked).isEmpty();
    }

    @Test
    void checksTheNamespaceThatItTouches_whereverItIsNamed() {
        assertThat(gateway.get("/system/functions?namespace=forbidden").status())
                .isEqualTo(403);
        RawHttp.Reply inBody = gateway.send(
                "POST", "/system/functions", "{\"service\":\"a\",\"image\":\"i\",\"NameSpace\":\"forbidden\"}");
        assertThat(inBody.status()).isEqualTo(403);
        assertThat(inBody.body()).isEqualTo("insufficient permissions");
        assertThat(inBody.field("retry-after")).isEqualTo("7");
        assertThat(gateway.send("DELETE", "/system/functions?namespace=forbidden", "{\"functionName\":\"a\"}")
                        .status())
                .isEqualTo(403);
        assertThat(gateway.send("PUT", "/system/namespaces/forbidden", "{}").status())
                .isEqualTo(403);
        assertThat(gateway.send("POST", "/system/namespace/", "{\"name\":\"forbidden\"}")
                        .status())
                .isEqualTo(403);
        assertThat(gateway.gate.asked)
                .contains(
                        "Function:List forbidden",
                        "Function:Create forbidden",
                        "Function:Delete forbidden",
                        "Namespace:Update forbidden",
                        "Namespace:Create forbidden");
    }

    @Test
    void refusesTwoNamespaces() {
        RawHttp.Reply reply =
                gateway.send("DELETE", "/system/functions?namespace=a", "{\"functionName\":\"x\",\"namespace\":\"b\"}");

        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.body()).isEqualTo("namespace: body and query name different ones\n");
    }

    @Test
    void letsAGateTakeItsTime_awayFromTheEventLoop() {
        gateway.gate.hold = new CountDownLatch(0);

        assertThat(gateway.get("/system/functions").status()).isEqualTo(200);
        assertThat(gateway.call("GET", "/system/functions").status()).isEqualTo(401);
    }

    @Test
    void refusesChangesThatAnotherSiteMakesABrowserSend() {
        String deployment = "{\"service\":\"a\",\"image\":\"i\"}";

        assertThat(gateway.send("POST", "/system/functions", deployment, "Sec-Fetch-Site: cross-site")
                        .status())
                .isEqualTo(403);
        assertThat(gateway.send("POST", "/system/functions", deployment, "Sec-Fetch-Site: same-origin")
                        .status())
                .isEqualTo(202);
    }

    @Test
    void speaksJson_onlyWhenAcceptNamesIt() {
        RawHttp.Reply json = gateway.call(
                "GET", "/system/functions", "Accept: text/html, Application/JSON;q=0.5", "X-Call-Id: call-1");
        assertThat(json.status()).isEqualTo(401);
        assertThat(json.field("content-type")).isEqualTo("application/json");
        assertThat(json.body())
                .contains("\"error\":\"invalid credentials\"", "\"component\":\"access\"", "\"callId\":\"call-1\"");
        assertThat(json.field("x-call-id")).isEqualTo("call-1");

        for (String accept : new String[] {"*/*", "application/*", "text/plain", "application/json;q=0"}) {
            assertThat(gateway.call("GET", "/nowhere", "Accept: " + accept).body())
                    .isEqualTo("404 page not found\n");
        }
    }

    @Test
    void refusesBodiesItWillNotRead() {
        String large = "{\"service\":\"" + "a".repeat(600_000) + "\",\"image\":\"" + "b".repeat(600_000) + "\"}";
        RawHttp.Reply tooLarge = gateway.send("POST", "/system/functions", large);

        assertThat(tooLarge.status()).isEqualTo(413);
        assertThat(tooLarge.body()).isEqualTo("the body must be at most 1048576 bytes (SLUICE_MAX_JSON_BODY)\n");
        assertThat(tooLarge.field("connection")).isEqualTo("close");
        assertThat(gateway.send("POST", "/system/functions", "{}", "Content-Encoding: gzip")
                        .status())
                .isEqualTo(415);
        RawHttp.Reply deep = gateway.send("POST", "/system/functions", nested(64));
        assertThat(deep.status()).isEqualTo(400);
        assertThat(gateway.send("POST", "/system/functions", nested(100_000)).status())
                .isEqualTo(400);
    }

    private static String nested(int deep) {
        return "{\"x\":" + "[".repeat(deep) + "]".repeat(deep) + "}";
    }

    @Test
    void readsNestingUpToItsBound() {
        byte[] most = nested(63).getBytes(StandardCharsets.US_ASCII);

        assertThat(Json.object(most, "bad request", 64).isObject()).isTrue();
        assertThatThrownBy(() -> Json.object(most, "bad request", 63))
                .hasMessageContaining("nested deeper than 63 (SLUICE_MAX_JSON_NESTING)");
    }

    @Test
    void refusesTooMuch_evenWhenItsLengthIsNotSaid() throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.server.port())) {
            OutputStream out = socket.getOutputStream();
            String head = "POST /system/functions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n";
            out.write((head + TestGateway.CREDENTIALS + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            byte[] chunk = ("10000\r\n" + "x".repeat(0x10000) + "\r\n").getBytes(StandardCharsets.US_ASCII);
            for (int i = 0; i < 20; i++) {
                out.write(chunk);
            }
            out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));

            assertThat(RawHttp.read(socket.getInputStream(), "POST").status()).isEqualTo(413);
        }
    }

    @Test
    void tellsAClientThatWaitsForLeaveToSend_thatItNeedNot() throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.server.port())) {
            String head = """
                    POST /system/functions HTTP/1.1\r
                    Host: a\r
                    Content-Length: 99999999\r
                    Expect: 100-continue\r
                    \r
                    """;
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));

            assertThat(RawHttp.read(socket.getInputStream(), "POST").status()).isEqualTo(401);
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"service\":\"a\",\"image\":\"i\"} x | failed to unmarshal request: malformed JSON at line 1",
                "{\"service\":\"a\",\"image\":\"i\"}{} | failed to unmarshal request: malformed JSON at line 1",
                "[] | failed to unmarshal request: the body must be a JSON object",
                "{\"service\":1} | failed to unmarshal request: service: wrong type",
                "{\"service\":\"a\",\"labels\":{\"x\":true}} | failed to unmarshal request: labels.x: wrong type",
                "{\"service\":\"a\",\"secrets\":\"x\"} | failed to unmarshal request: secrets: wrong type",
                "{\"readOnlyRootFilesystem\":\"true\"} | failed to unmarshal request: readOnlyRootFilesystem: wrong type",
                "{\"namespace\":7} | failed to unmarshal request: namespace: wrong type",
                "{\"service\":\"a\" | failed to unmarshal request: malformed JSON at line 1"
            })
    void refusesJsonThatIsNotWhatItShouldBe(String body, String complaint) {
        RawHttp.Reply reply = gateway.send("POST", "/system/functions", body);

        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.body()).startsWith(complaint.trim());
    }

    @Test
    void givesUpOnABodyThatDoesNotCome() throws Exception {
        try (TestGateway impatient = new TestGateway(Map.of("read_timeout", "100ms"));
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), impatient.server.port())) {
            String head = "POST /system/functions HTTP/1.1\r\nHost: a\r\n" + TestGateway.CREDENTIALS
                    + "\r\nContent-Length: 10\r\n\r\n{";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));

            assertThat(RawHttp.read(socket.getInputStream(), "POST").status()).isEqualTo(408);
        }
    }

    private String families() {
        return Eventually.value(gateway.control.collect()).toString();
    }

    @Test
    void countsCalls_byRoute() {
        assertThat(gateway.get("/system/function/one").status()).isEqualTo(404);
        assertThat(gateway.get("/system/function/two").status()).isEqualTo(404);
        assertThat(gateway.call("BREW", "/nowhere/at/all").status()).isEqualTo(404);

        // A call is counted once its answer has been written, which its client may see first.
        Eventually.assertThat(() -> families().contains("method=OTHER, path=unmatched, status=404}, value=1.0"), true);
        assertThat(families())
                .contains("http_requests_total", "http_request_duration_seconds")
                .contains("method=GET, path=/system/function/{name}, status=404}, value=2.0");
    }
}
