package sluice.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import sluice.core.FunctionName;

/** Watches over a WebSocket (RFC 6455), byte by byte. */
class WatchSocketTest {
    private static final String FUNCTIONS = "/apis/openfaas.com/v1/namespaces/openfaas-fn/functions?watch=true";
    private static final String BEARER = "base64url.bearer.authorization.k8s.io.";

    private final TestGateway gateway = new TestGateway(Map.of(
            "SLUICE_WATCH_RECHECK", "100ms",
            "SLUICE_WATCH_PING", "200ms",
            "SLUICE_WATCH_ORIGINS", "https://ui.example.com"));

    @AfterEach
    void stop() {
        gateway.close();
    }

    @Test
    void tellsOneMessageAnEvent_withoutALineFeed() throws Exception {
        gateway.provider.put(SomeFunctions.named("a"), List.of());
        try (RawSocket watcher = watch(FUNCTIONS)) {
            assertThat(watcher.status()).isEqualTo(101);
            assertThat(watcher.field("upgrade")).isEqualTo("websocket");
            assertThat(watcher.field("connection")).isEqualToIgnoringCase("upgrade");
            assertThat(watcher.field("sec-websocket-accept")).isEqualTo(RawSocket.ACCEPT);
            assertThat(watcher.field("sec-websocket-protocol")).isEmpty();
            assertThat(watcher.field("sec-websocket-extensions")).isEmpty();

            assertThat(message(watcher))
                    .startsWith("{\"type\":\"ADDED\",\"object\":{")
                    .endsWith("}}");
            gateway.provider.drop(new FunctionName("a", "openfaas-fn"));
            assertThat(message(watcher)).contains("\"DELETED\"", "\"resourceVersion\":\"1002\"");
        }
        Eventually.assertThat(this::watching, 0.0);
    }

    @Test
    void tellsFunctionsOfTheSystemPath_too() throws Exception {
        gateway.provider.put(SomeFunctions.named("a"), List.of());
        try (RawSocket watcher = watch("/system/functions?watch=true")) {
            assertThat(message(watcher)).startsWith("{\"type\":\"ADDED\",\"object\":{\"name\":\"a\",");
        }
    }

    @Test
    void ignoresWhatTheClientSays_answersItsPings_andItsClose() throws Exception {
        try (RawSocket watcher = watch(FUNCTIONS)) {
            watcher.sendText("whatever");
            watcher.sendPing("p");
            RawSocket.Frame frame = watcher.frame();
            while (frame.isPing()) {
                frame = watcher.frame();
            }
            assertThat(frame.isPong()).isTrue();
            assertThat(frame.payload()).isEqualTo("p");
            gateway.provider.put(SomeFunctions.named("a"), List.of());
            assertThat(message(watcher)).contains("ADDED");
            watcher.sendClose(1000);
            assertThat(close(watcher)).isEqualTo(1000);
            assertThat(watcher.isAtEnd()).isTrue();
        }
        Eventually.assertThat(this::watching, 0.0);
    }

    @Test
    void pings_whileNothingHappens() throws Exception {
        try (RawSocket watcher = watch(FUNCTIONS)) {
            assertThat(watcher.frame().isPing()).isTrue();
            assertThat(watcher.frame().isPing()).isTrue();
        }
    }

    @Test
    void closesNormally_whenItsTimeIsUp() throws Exception {
        try (RawSocket watcher = watch(FUNCTIONS + "&timeoutSeconds=1&allowWatchBookmarks=true")) {
            assertThat(message(watcher)).contains("BOOKMARK");
            assertThat(close(watcher)).isEqualTo(1000);
            assertThat(watcher.isAtEnd()).isTrue();
        }
    }

    @Test
    void closesNormally_behindAVersionThatIsNotRemembered() throws Exception {
        try (RawSocket watcher = watch(FUNCTIONS + "&resourceVersion=12")) {
            assertThat(message(watcher)).contains("\"ERROR\"", "\"code\":410");
            assertThat(close(watcher)).isEqualTo(1000);
        }
    }

    @Test
    void closesNormally_whenTheServerStops() throws Exception {
        try (RawSocket watcher = watch(FUNCTIONS)) {
            Disposable stopping = gateway.server.stop(Duration.ofSeconds(20)).subscribe();
            assertThat(close(watcher)).isEqualTo(1000);
            Eventually.assertThat(stopping::isDisposed, true);
        }
    }

    @Test
    void closesAsForbidden_onceTheCallerMayNotWatchAnyMore() throws Exception {
        try (RawSocket watcher = watch(FUNCTIONS)) {
            gateway.gate.forbidden.add("openfaas-fn");

            assertThat(close(watcher)).isEqualTo(1008);
        }
    }

    @Test
    void takesATokenAmongTheProtocols_andNeverEchoesIt() throws Exception {
        String token = Base64.getUrlEncoder().withoutPadding().encodeToString("good".getBytes(UTF_8));
        try (RawSocket watcher = open(
                "Sec-WebSocket-Protocol: " + BEARER + token + ", json.example",
                "Origin: https://other.example.com")) { // a token is no password that a browser remembers
            assertThat(watcher.status()).isEqualTo(101);
            assertThat(watcher.field("sec-websocket-protocol")).isEqualTo("json.example");
        }
        String other = Base64.getUrlEncoder().withoutPadding().encodeToString("bad".getBytes(UTF_8));
        try (RawSocket watcher = open("Sec-WebSocket-Protocol: json.example, " + BEARER + other)) {
            assertThat(watcher.status()).isEqualTo(401);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Sec-WebSocket-Protocol: " + BEARER + "Z29vZA",
                "Sec-WebSocket-Protocol: " + BEARER + "Z29vZA==, x",
                "Sec-WebSocket-Protocol: " + BEARER + "!!, x",
                "Sec-WebSocket-Protocol: " + BEARER + ", x",
                "Sec-WebSocket-Protocol: " + BEARER + "Z29vZA, " + BEARER + "Z29vZA, x"
            })
    void refusesATokenThatCannotBeTaken(String protocols) throws Exception {
        try (RawSocket watcher = open(protocols)) {
            assertThat(watcher.status()).isEqualTo(400);
            assertThat(watcher.field("sec-websocket-protocol")).isEmpty();
        }
    }

    @Test
    void takesOneCredentialOnly() throws Exception {
        try (RawSocket watcher = open("Sec-WebSocket-Protocol: " + BEARER + "Z29vZA, x", TestGateway.CREDENTIALS)) {
            assertThat(watcher.status()).isEqualTo(401);
        }
    }

    @Test
    void letsAPageWithoutAToken_comeFromAnAllowedOriginOnly() throws Exception {
        for (String origin : List.of("https://evil.example.com", "null", "https://gateway.test.evil.example")) {
            try (RawSocket watcher = open("Authorization: Basic eA==", "Origin: " + origin)) {
                assertThat(watcher.status()).as(origin).isEqualTo(403);
            }
        }
        for (String origin : List.of("https://ui.example.com", "http://gateway.test")) {
            try (RawSocket watcher = open("Authorization: Basic eA==", "Origin: " + origin)) {
                assertThat(watcher.status()).as(origin).isEqualTo(401); // asked for its password, as it should
            }
        }
    }

    @Test
    void refusesWhatIsNoHandshake() {
        String[] upgrade = {TestGateway.CREDENTIALS, "Connection: Upgrade", "Upgrade: websocket"};
        RawHttp.Reply old = gateway.call(
                "GET", FUNCTIONS, upgrade[0], upgrade[1], upgrade[2], RawSocket.KEY, "Sec-WebSocket-Version: 8");
        assertThat(old.status()).isEqualTo(426);
        assertThat(old.field("sec-websocket-version")).isEqualTo("13");
        RawHttp.Reply keyless =
                gateway.call("GET", FUNCTIONS, upgrade[0], upgrade[1], upgrade[2], "Sec-WebSocket-Version: 13");
        assertThat(keyless.status()).isEqualTo(400);
        assertThat(keyless.body()).contains("Sec-WebSocket-Key");
    }

    @Test
    void answersAListAsEver_whenNoWatchIsAsked() throws Exception {
        try (RawSocket list = watch("/system/functions")) {
            assertThat(list.status()).isEqualTo(200);
        }
    }

    private RawSocket watch(String target) throws IOException {
        return new RawSocket(gateway.server.port(), target, TestGateway.CREDENTIALS);
    }

    private RawSocket open(String... headers) throws IOException {
        return new RawSocket(gateway.server.port(), FUNCTIONS, headers);
    }

    private static String message(RawSocket watcher) throws IOException {
        RawSocket.Frame frame = watcher.frame();
        while (frame.isPing()) {
            frame = watcher.frame();
        }
        return frame.text();
    }

    private static int close(RawSocket watcher) throws IOException {
        RawSocket.Frame frame = watcher.frame();
        while (frame.isPing()) {
            frame = watcher.frame();
        }
        return frame.closeCode();
    }

    private double watching() {
        return Eventually.value(gateway.history.collect())
                .get(0)
                .samples()
                .get(0)
                .value();
    }
}
