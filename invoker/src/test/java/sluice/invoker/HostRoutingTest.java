package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import sluice.core.FunctionName;
import sluice.core.HostRoute;

/** Hosts and paths that are calls of functions without saying so (openfaas.com/v1, FunctionIngress). */
class HostRoutingTest {
    @RegisterExtension
    final GatewayFixture gateway = GatewayFixture.standard();

    private RawFunction ocr;
    private RawFunction other;

    @BeforeEach
    void deploy() throws IOException {
        ocr = gateway.function("ocr");
        other = gateway.function("other");
        gateway.map(
                route("api.example.com", "/v1/ocr/(.*)", "ocr"),
                route("api.example.com", "/status", "ocr"),
                route("ocr.example.com", "/(.*)", "ocr"),
                route("gone.example.com", "/(.*)", "gone"));
    }

    @ParameterizedTest(name = "{0}{1}")
    @CsvSource({
        "api.example.com, /v1/ocr/a?b=c, /a?b=c",
        "API.example.com:8443, /v1/ocr/, /",
        "api.example.com, /status, /",
        "api.example.com, /status?a=b, /?a=b",
        "ocr.example.com, /, /",
        "ocr.example.com, /?a=b, /?a=b",
        "ocr.example.com, /system/functions, /system/functions",
        "ocr.example.com, /a%2fb//c, /a%2fb//c"
    })
    void callsTheFunction(String host, String target, String seen) throws IOException {
        assertThat(gateway.call(get(host, target)).status()).isEqualTo(200);
        assertThat(ocr.onlyRequest().target()).isEqualTo(seen);
        assertThat(ocr.onlyRequest().field("X-Forwarded-Host")).isEqualTo(host);
    }

    @ParameterizedTest(name = "{0}{1}")
    @CsvSource({
        "api.example.com, /v1/ocr",
        "api.example.com, /v1/other/a",
        "api.example.com, /status/",
        "other.example.com, /v1/ocr/a",
        "example.com, /status"
    })
    void callsNothing_forAnotherHostOrPath(String host, String target) throws IOException {
        assertThat(gateway.call(get(host, target)).status()).isEqualTo(404);
        assertThat(ocr.requests()).isEmpty();
    }

    @Test
    void leavesTheRestOfItsHosts_asItIs() throws IOException {
        assertThat(gateway.call(get("api.example.com", "/system/functions")).status())
                .isEqualTo(401);
        assertThat(gateway.call(get("api.example.com", "/healthz")).status()).isEqualTo(200);
    }

    @Test
    void takesAPathThatIsRewrittenAlready_asItIs() throws IOException {
        assertThat(gateway.call(get("ocr.example.com", "/function/other/a")).status())
                .isEqualTo(200);
        assertThat(other.onlyRequest().target()).isEqualTo("/a");
    }

    @Test
    @Over.Http1Only("of the target's form in HTTP/1")
    void goesByAnAbsoluteTarget_whateverHostSays() throws IOException {
        assertThat(gateway.call(get("ocr.example.com", "http://api.example.com/v1/ocr/a"))
                        .status())
                .isEqualTo(200);
        assertThat(ocr.onlyRequest().target()).isEqualTo("/a");
    }

    @ParameterizedTest
    @CsvSource({
        "/a/../b, /b",
        "/a/%2e%2e/b?x=..%2f, /b?x=..%2f",
        "/../system/functions, /system/functions",
        "/..%2f..%2fsystem, /system"
    })
    void sendsDotSegmentsBack(String target, String location) throws IOException {
        RawMessage answer = gateway.call(get("ocr.example.com", target));

        assertThat(answer.status()).isEqualTo(301);
        assertThat(answer.field("Location")).isEqualTo(location);
        assertThat(ocr.requests()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/%00", "/a?b=%00"})
    void refusesNul(String target) throws IOException {
        assertThat(gateway.call(get("ocr.example.com", target)).status()).isEqualTo(400);
        assertThat(ocr.requests()).isEmpty();
    }

    @Test
    void saysWhichFunctionIsMissing() throws IOException {
        RawMessage answer = gateway.call(get("gone.example.com", "/a"));

        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.body()).contains("gone.openfaas-fn");
    }

    @Test
    void makesTheCallNow_whateverIsPreferred() throws IOException {
        assertThat(gateway.call("POST /a HTTP/1.1\r\nHost: ocr.example.com\r\nPrefer: respond-async\r\n"
                                + "Content-Length: 4\r\n\r\nbody")
                        .status())
                .isEqualTo(200);
        assertThat(ocr.onlyRequest().body()).isEqualTo("body");
    }

    @Test
    void forgetsAMapping() throws IOException {
        gateway.map();

        assertThat(gateway.call(get("ocr.example.com", "/a")).status()).isEqualTo(404);
        assertThat(ocr.requests()).isEmpty();
    }

    @Test
    void decidesAlikeAboutStreams() {
        Invoker invoker = gateway.anotherInvoker();
        HttpHeaders mapped = new DefaultHttpHeaders().set("host", "ocr.example.com");
        assertThat(invoker.takes("/a", mapped)).isFalse();

        invoker.map(() -> Flux.just(List.of(route("ocr.example.com", "/(.*)", "ocr"))));

        assertThat(invoker.takes("/a", mapped)).isTrue();
        assertThat(invoker.takes("/a", new DefaultHttpHeaders().set("host", "example.com")))
                .isFalse();
        assertThat(invoker.takes("/a", new DefaultHttpHeaders())).isFalse();
        assertThat(invoker.takes("/a", mapped.set("prefer", "respond-async"))).isTrue();
        assertThat(invoker.takes("/function/ocr", mapped)).isFalse();
        invoker.dispose();
    }

    private static String get(String host, String target) {
        return "GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
    }

    private static HostRoute route(String host, String pattern, String function) {
        return HostRoute.parse(host, pattern, new FunctionName(function, "openfaas-fn"));
    }
}
