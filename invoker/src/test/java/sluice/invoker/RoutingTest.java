package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.invoker.Requests.cases;
import static sluice.invoker.Requests.get;
import static sluice.invoker.Requests.post;
import static sluice.invoker.Requests.request;

import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which function a request means, and that no target leads anywhere else (reliability matrix, H1 to H11). */
class RoutingTest {
    @RegisterExtension
    final GatewayFixture gateway = GatewayFixture.standard();

    private RawFunction function;
    /** A listener that no call may lead to. */
    private RawFunction stranger;

    @BeforeEach
    void deploy() throws IOException {
        function = gateway.function("f");
        stranger = gateway.running(RawFunction.answering(RawFunction.OK));
    }

    static Stream<Named<String>> strangeHosts() {
        String twice = "Host: a\r\nHost: a";
        return cases(
                Http2.IS_ON ? "Host: a/b" : twice, // :authority and the same again is legal (RFC 9113, 8.3.1)
                "X: no host",
                "Host: a\r\nhost: b",
                "Host: a/b",
                "Host: a/",
                "Host: http://a",
                "Host: u@a",
                "Host: u:p@a",
                "Host: a, b",
                "Host: a,b",
                "Host: a b",
                "Host: a?b",
                "Host: a#b",
                "Host: a\\b",
                "Host: a\u0001b",
                "Host: a\0b",
                "Host: a\u007f",
                "Host: \u00e4");
    }

    @ParameterizedTest(name = "H1 {0}")
    @MethodSource("strangeHosts")
    void h1_refusesAnHostThatIsNotOneAuthority(String fields) throws IOException {
        gateway.assertRefused("GET /function/f HTTP/1.1\r\n" + fields + "\r\n\r\n", 400, function);
    }

    @ParameterizedTest(name = "H1 {0}")
    @ValueSource(strings = {"a", "a:80", "127.0.0.1", "[::1]:8080", "a_b.example", "A.EXAMPLE"})
    void h1_takesAnyAuthority(String host) throws IOException {
        assertThat(gateway.call("GET /function/f HTTP/1.1\r\nHost: " + host + "\r\n\r\n")
                        .status())
                .isEqualTo(200);
        assertThat(function.onlyRequest().field("X-Forwarded-Host")).isEqualTo(host);
    }

    @Test
    @Over.Http1Only("of HTTP/1.0")
    void h1_needsNoHost_inHttp10() throws IOException {
        assertThat(gateway.call("GET /function/f HTTP/1.0\r\n\r\n").status()).isEqualTo(200);
    }

    @Test
    void h2_routesAnAbsoluteTargetByItsPath() throws IOException {
        String authority = "127.0.0.1:" + stranger.port();

        assertThat(gateway.call(get("http://" + authority + "/function/f/a?b=c"))
                        .status())
                .isEqualTo(200);

        assertThat(function.onlyRequest().target()).isEqualTo("/a?b=c");
        assertThat(function.onlyRequest().field("X-Forwarded-Host")).isEqualTo(authority);
        assertThat(stranger.connections()).isZero();
    }

    @ParameterizedTest(name = "H2 {0}")
    @ValueSource(
            strings = {"HTTP://OTHER.example/function/f", "https://other/function/f", "http://[::1]:80/function/f"})
    void h2_routesAbsoluteTargetsOfEitherScheme(String target) throws IOException {
        assertThat(gateway.call(get(target)).status()).isEqualTo(200);
        assertThat(function.onlyRequest().target()).isEqualTo("/");
    }

    @ParameterizedTest(name = "H2 {0}")
    @ValueSource(
            strings = {
                "http://u@other/function/f",
                "http:///function/f",
                "ftp://other/function/f",
                "http:/function/f",
                "http://a,b/function/f",
                "javascript:alert(1)"
            })
    void h2_refusesOtherAbsoluteTargets(String target) throws IOException {
        gateway.assertRefused(get(target), 400, function);
    }

    @Test
    void h2_findsNoFunction_whenAnAbsoluteTargetHasNoPath() throws IOException {
        assertThat(gateway.call(get("http://127.0.0.1:" + stranger.port())).status())
                .isIn(307, 400, 404);
        assertThat(stranger.connections()).isZero();
    }

    @ParameterizedTest(name = "H3 {0}")
    @ValueSource(strings = {"other.example:443", "other", "*", "function/f", "?x=/function/f", "//", "\\function\\f"})
    void h3_refusesTargetsThatAreNoPath(String target) throws IOException {
        RawMessage answer = gateway.call(get(target));

        assertThat(answer.status()).isIn(target.equals("//") ? new Integer[] {301, 404} : new Integer[] {400});
        gateway.assertUntouched(function);
    }

    @Test
    void h3_refusesTheAsterisk_forOptionsToo() throws IOException {
        gateway.assertRefused(request("OPTIONS * HTTP/1.1"), 400, function);
    }

    @Test
    void h4_neverSelectsByHost() throws IOException {
        String[] hosts = {"127.0.0.1:" + stranger.port(), "localhost:8082", "g.tenant.example", "169.254.169.254", "f"};
        for (String host : hosts) {
            assertThat(gateway.call("GET /function/f HTTP/1.1\r\nHost: " + host + "\r\n\r\n")
                            .status())
                    .isEqualTo(200);
        }
        assertThat(function.requests()).hasSize(hosts.length);
        assertThat(stranger.connections()).isZero();
    }

    @ParameterizedTest(name = "H5 {0}")
    @CsvSource({
        "/function/f/../g, /function/g",
        "/function/../function/f, /function/f",
        "/function/./f, /function/f",
        "/function/f/./a, /function/f/a",
        "/function/f/%2e%2e/g, /function/g",
        "/function/f/.%2E/g, /function/g",
        "/function/f/%2E./g, /function/g",
        "/function/f/%2e/a, /function/f/a",
        "/function/f/a/../b/, /function/f/b/",
        "/function/../system/functions, /system/functions",
        "/function/f/../../system/functions, /system/functions",
        "/function/%2e%2e/system/functions, /system/functions",
        "/function/f/../../../../etc/passwd, /etc/passwd",
        "/function/unknown/../f, /function/f"
    })
    void h5_redirectsDotSegments_andRunsNothing(String target, String cleaned) throws IOException {
        RawMessage answer = gateway.call(get(target + "?q=/../"));

        assertThat(answer.status()).isEqualTo(301);
        assertThat(answer.field("Location")).isEqualTo(cleaned + "?q=/../");
        assertThat(answer.body()).isEmpty();
        gateway.assertUntouched(function);
    }

    @Test
    void h5_redirectsInsteadOfRunning_whateverTheMethod() throws IOException {
        try (RawConnection client = gateway.connect()) {
            client.send(post("/function/x/../f", "body") + get("/function/f/next"));

            assertThat(client.answer().status()).isEqualTo(301);
            assertThat(client.answer().status()).isEqualTo(200);
        }
        assertThat(function.onlyRequest().target()).isEqualTo("/next");
    }

    @ParameterizedTest(name = "H5 {0}")
    @ValueSource(strings = {"/...", "/a..", "/..a", "/.hidden", "/a?b=/../c", "/..;/x"})
    void h5_takesNothingElseForADotSegment(String path) throws IOException {
        assertThat(gateway.call(get("/function/f" + path)).status()).isEqualTo(200);
        assertThat(function.onlyRequest().target()).isEqualTo(path);
    }

    @ParameterizedTest(name = "H6 {0}")
    @CsvSource({"//function/f, /function/f", "///function/f, /function/f", "/system//functions, /system/functions"})
    void h6_redirectsEmptySegmentsBeforeAFunction(String target, String cleaned) throws IOException {
        RawMessage answer = gateway.call(get(target + "?q=1"));

        assertThat(answer.status()).isEqualTo(301);
        assertThat(answer.field("Location")).isEqualTo(cleaned + "?q=1");
        gateway.assertUntouched(function);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"//", "/a//b", "//a", "/a//", "/a///b?c=//d"})
    void h6_forwardsEmptySegmentsOfAFunctionsOwnPath(String path) throws IOException {
        assertThat(gateway.call(get("/function/f" + path)).status()).isEqualTo(200);
        assertThat(function.onlyRequest().target()).isEqualTo(path);
    }

    @ParameterizedTest(name = "H7 {0}")
    @ValueSource(
            strings = {
                "/a%2fb",
                "/a%2Fb",
                "/a%5cb",
                "/a\\b",
                "/a;b=c",
                "/%252e%252e/a",
                "/a%252fb",
                "/%c0%ae%c0%ae/a",
                "/%e0%80%af",
                "/a%3Fb",
                "/a%23b",
                "/a%25b",
                "/a%20b",
                "/%41",
                "/100%",
                "/a%zz",
                "/a|b",
                "/a\"b",
                "/a<b>",
                "/a[b]",
                "/a^b`{}",
                "?",
                "/?",
                "/a?",
                "/a?b%2fc&d=%01e%",
                "/a?b?c",
                "/a%0d%0ab",
                "/:80/",
                "/@x",
                "/http://other/"
            })
    void h7_forwardsAFunctionsOwnPathByteForByte(String path) throws IOException {
        assertThat(gateway.call(get("/function/f" + path)).status()).isEqualTo(200);
        assertThat(function.onlyRequest().target()).isEqualTo(path.startsWith("?") ? "/" + path : path);
    }

    @ParameterizedTest(name = "H8 {0}")
    @ValueSource(
            strings = {
                "/function/f%00",
                "/function/f/%00",
                "/function/f/a%00b",
                "/function/%00f/x",
                "/function/f?q=%00",
                "/function/f%2",
                "/function/f%",
                "/function/f%zz/a",
                "/function/%",
                "/function/%4",
                "/function/f%-1",
                "/system/%zz",
                "/system/functions%00",
                "/system/%",
                "/%00"
            })
    void h8_refusesNulAndBrokenEscapes(String target) throws IOException {
        assertThat(gateway.call(get(target)).status()).isEqualTo(400);
        gateway.assertUntouched(function);
    }

    @ParameterizedTest(name = "H9 {0}")
    @ValueSource(
            strings = {
                "/%73ystem/functions",
                "/SYSTEM/functions",
                "/system;x/functions",
                "/system./functions",
                "/async-function/../system/functions",
                "/async-function/%2e%2e/system/functions",
                "/system/functions",
                "/system%2ffunctions",
                "/function/..%2fsystem/functions",
                "/function/..%2f..%2fsystem%2ffunctions",
                "/function/..;/system/functions",
                "/function/..\\system\\functions",
                "/function/system/functions",
                "/function//system/functions",
                "//system/functions",
                "/system/functions/",
                "/./system/functions",
                "/Function/../system/functions",
                "http://other/system/functions",
                "/function/%2e%2e%2fsystem/functions"
            })
    void h9_neverAnswersForTheControlPlaneWithoutCredentials(String target) throws IOException {
        assertThat(gateway.call(get(target)).status()).isIn(301, 400, 401, 404);
        gateway.assertUntouched(function);
    }

    static Stream<Named<String>> addresses() {
        return cases(
                "127.0.0.1",
                "localhost",
                "x@y",
                "[::1]",
                "a:80",
                "f:80",
                "f.",
                ".f",
                "..f",
                "f..openfaas-fn",
                "-f",
                "f_",
                "F",
                "a".repeat(254),
                "a".repeat(64),
                "f%2Fa",
                "f%3Fa",
                "f%23a",
                "f.openfaas-fn.",
                "xn--\\");
    }

    @ParameterizedTest(name = "H10 {0}")
    @MethodSource("addresses")
    void h10_knowsNoFunctionThatIsNamedLikeAnAddress(String name) throws IOException {
        assertThat(gateway.call(get("/function/" + name)).status()).isEqualTo(404);
        assertThat(gateway.call(get("/function/" + name + "/a")).status()).isEqualTo(404);
        gateway.assertUntouched(function);
    }

    @Test
    void h10_dialsNoAddressFromATarget() throws IOException {
        for (String host : new String[] {"127.0.0.1", "localhost", "[::1]", "x@127.0.0.1"}) {
            assertThat(gateway.call(get("/function/" + host + ":" + stranger.port() + "/"))
                            .status())
                    .isEqualTo(404);
        }
        assertThat(stranger.connections()).isZero();
    }

    @ParameterizedTest(name = "H10 {0}")
    @ValueSource(strings = {"f%0D", "f%0A", "f%0d%0aX:y", "%7f", "f%1b"})
    void h10_refusesControlBytesInAName(String name) throws IOException {
        assertThat(gateway.call(get("/function/" + name)).status()).isEqualTo(400);
        gateway.assertUntouched(function);
    }

    @ParameterizedTest(name = "H11 {0}")
    @ValueSource(strings = {"f.kube-system", "f.unknown", "gateway", "gateway.openfaas", "sluice", "kube-system", ""})
    void h11_knowsNoFunctionElsewhere(String name) throws IOException {
        assertThat(gateway.call(get("/function/" + name)).status()).isEqualTo(404);
        gateway.assertUntouched(function);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "/function/f, /",
        "/function/f/, /",
        "/function/f.openfaas-fn, /",
        "/function/f.openfaas-fn/a/b?x=1, /a/b?x=1",
        "/function/f?x=1, /?x=1",
        "/function/%66, /"
    })
    void findsTheFunctionAndItsPath(String target, String seen) throws IOException {
        assertThat(gateway.call(get(target)).status()).isEqualTo(200);
        assertThat(function.onlyRequest().target()).isEqualTo(seen);
    }
}
