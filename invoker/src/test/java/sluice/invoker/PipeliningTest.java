package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.invoker.Requests.chunk;
import static sluice.invoker.Requests.chunked;
import static sluice.invoker.Requests.get;
import static sluice.invoker.Requests.ok;
import static sluice.invoker.Requests.post;
import static sluice.invoker.Requests.request;
import static sluice.invoker.Requests.switching;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several requests on one connection, and answers that come before their request has ended (F9 to F12). */
@Over.Http1Only("HTTP/2 has streams side by side, and frames for itself")
class PipeliningTest {
    private static final String SMUGGLED = get("/function/f/smuggled");
    private static final RawFunction.Script ECHO_TARGET = (connection, number) -> {
        while (true) {
            connection.send(ok(connection.request().target()));
        }
    };

    @RegisterExtension
    final GatewayFixture gateway = GatewayFixture.with("scale_from_zero", "false");

    private RawFunction function;

    @BeforeEach
    void deploy() throws IOException {
        function = gateway.function("f", ECHO_TARGET);
        gateway.deploy("asleep");
    }

    @Test
    void f9_answersPipelinedRequestsInOrder() throws IOException {
        try (RawConnection client = gateway.connect()) {
            client.send(get("/function/f/1") + post("/function/f/2", "body") + get("/function/f/3"));

            assertThat(client.answer().body()).isEqualTo("/1");
            assertThat(client.answer().body()).isEqualTo("/2");
            assertThat(client.answer().body()).isEqualTo("/3");
        }
    }

    @Test
    void f9_keepsTheOrder_whenControlCallsAreBetween() throws IOException {
        try (RawConnection client = gateway.connect()) {
            client.send(
                    get("/healthz") + get("/function/f/1") + get("/healthz") + get("/nowhere") + get("/function/f/2"));

            assertThat(client.answer().status()).isEqualTo(200);
            assertThat(client.answer().body()).isEqualTo("/1");
            assertThat(client.answer().status()).isEqualTo(200);
            assertThat(client.answer().status()).isEqualTo(404);
            assertThat(client.answer().body()).isEqualTo("/2");
        }
    }

    @Test
    void f9_startsOneCallAtATime() throws IOException {
        CountDownLatch release = new CountDownLatch(1);
        RawFunction slow = gateway.function("slow", (connection, number) -> {
            while (true) {
                RawMessage request = connection.request();
                release.await();
                connection.send(ok(request.target()));
            }
        });
        try (RawConnection client = gateway.connect()) {
            client.send(get("/function/slow/1") + get("/function/slow/2"));
            Eventually.await("the first call", () -> slow.requests().size() == 1);
            assertThat(gateway.call(get("/function/f")).status()).isEqualTo(200);
            assertThat(slow.requests()).hasSize(1);
            assertThat(slow.connections()).isEqualTo(1);

            release.countDown();
            assertThat(client.answer().body()).isEqualTo("/1");
            assertThat(client.answer().body()).isEqualTo("/2");
        }
    }

    @Test
    void f9_stopsReading_whileACallIsInFlight() throws IOException {
        CountDownLatch release = new CountDownLatch(1);
        gateway.function("slow", (connection, number) -> {
            connection.request();
            release.await();
        });
        try (RawConnection client = gateway.connect()) {
            client.send(get("/function/slow"));
            Flood flood = Flood.of(client, get("/function/f").repeat(1_000), 64L << 20);

            assertThat(flood.stalledAt()).isLessThan(32L << 20); // what the kernel's buffers take
            assertThat(function.requests()).isEmpty();
        }
        release.countDown();
    }

    @Test
    void f10_drainsAShortBodyAndGoesOn_afterAnEarlyAnswer() throws IOException {
        try (RawConnection client = gateway.connect()) {
            client.send(request("POST /function/unknown HTTP/1.1", "Content-Length: " + SMUGGLED.length()));
            assertThat(client.answer().status()).isEqualTo(404);

            client.send(SMUGGLED + get("/function/f/next"));
            assertThat(client.answer().body()).isEqualTo("/next");
        }
        assertThat(function.onlyRequest().target()).isEqualTo("/next");
    }

    @ParameterizedTest(name = "F10 {0}")
    @ValueSource(strings = {"unknown", "asleep"})
    void f10_neverTakesTheBodyForARequest(String name) throws IOException {
        int refused = name.equals("asleep") ? 503 : 404;
        try (RawConnection client = gateway.connect()) {
            client.send(post("/function/" + name, SMUGGLED) + get("/function/f/1"));
            client.send(chunked("/function/" + name) + chunk(SMUGGLED) + "0\r\n\r\n" + get("/function/f/2"));

            assertThat(client.answer().status()).isEqualTo(refused);
            assertThat(client.answer().body()).isEqualTo("/1");
            assertThat(client.answer().status()).isEqualTo(refused);
            assertThat(client.answer().body()).isEqualTo("/2");
        }
        assertThat(function.requests()).extracting(RawMessage::target).containsExactly("/1", "/2");
    }

    @Test
    void f10_closes_whenTheRestIsLong() throws IOException {
        String body = SMUGGLED.repeat(1 + (1 << 20) / SMUGGLED.length());
        try (RawConnection client = gateway.connect()) {
            client.send(request("POST /function/unknown HTTP/1.1", "Content-Length: " + body.length()));
            Flood.of(client, body, body.length());

            RawMessage answer = client.answer();
            assertThat(answer.status()).isEqualTo(404);
            assertThat(answer.saysClose()).isTrue();
            client.ending();
        }
        gateway.assertUntouched(function);
    }

    @Test
    void f10_closes_whenTheRestDoesNotCome() throws IOException {
        try (RawConnection client = gateway.connect()) {
            client.send(request("POST /function/unknown HTTP/1.1", "Content-Length: 10") + "half");

            assertThat(client.answer().status()).isEqualTo(404);
            client.ending();
        }
    }

    @Test
    void f11_asksForTheBody_onceTheCallMayRun() throws IOException {
        String head = request("POST /function/f/up HTTP/1.1", "Content-Length: 5", "Expect: 100-Continue");
        try (RawConnection client = gateway.connect()) {
            client.send(head);
            assertThat(RawMessage.answer(client, "POST").startLine()).isEqualTo("HTTP/1.1 100 Continue");

            client.send("hello" + get("/function/f/next"));
            assertThat(RawMessage.answer(client, "POST").status()).isEqualTo(200); // 100 is said once
            assertThat(client.answer().body()).isEqualTo("/next");
        }
        assertThat(function.requests().get(0).body()).isEqualTo("hello");
    }

    @Test
    void f11_asksForALongBody_thatStreams() throws IOException {
        String body = "b".repeat(200_000);
        try (RawConnection client = gateway.connect()) {
            client.send(request("POST /function/f HTTP/1.1", "Content-Length: 200000", "Expect: 100-continue"));
            assertThat(RawMessage.answer(client, "POST").status()).isEqualTo(100);

            client.send(body);
            assertThat(RawMessage.answer(client, "POST").status()).isEqualTo(200);
        }
        assertThat(function.onlyRequest().body()).isEqualTo(body);
    }

    @ParameterizedTest(name = "F11 {0}")
    @ValueSource(strings = {"/function/unknown", "/function/f%00", "/function/f/../g"})
    void f11_givesTheFinalAnswerAtOnce_whenTheCallCannotRun(String target) throws IOException {
        try (RawConnection client = gateway.connect()) {
            client.send(request("POST " + target + " HTTP/1.1", "Content-Length: 5", "Expect: 100-continue"));

            assertThat(RawMessage.answer(client, "POST").status()).isIn(301, 400, 404);
        }
    }

    @ParameterizedTest(name = "F11 {0}")
    @ValueSource(strings = {"200-ok", "100-continue, x", "100-continued", "\"100-continue\""})
    void f11_refusesOtherExpectations(String expectation) throws IOException {
        try (RawConnection client = gateway.connect()) {
            client.send(request("POST /function/f HTTP/1.1", "Content-Length: 5", "Expect: " + expectation));

            assertThat(client.answer().status()).isEqualTo(417);
        }
        gateway.assertUntouched(function);
    }

    @Test
    void f11_ignoresTheExpectation_inHttp10() throws IOException {
        RawMessage answer = gateway.call(
                request("POST /function/f HTTP/1.0", "Content-Length: 5", "Expect: 100-continue") + "hello");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(function.onlyRequest().body()).isEqualTo("hello");
    }

    @Test
    void f12_takesTheBytesBehindAnUpgradeForTheNextRequest_whenTheFunctionDeclines() throws IOException {
        try (RawConnection client = gateway.connect()) {
            client.send(get("/function/f/1", "Connection: Upgrade", "Upgrade: custom") + get("/function/f/2"));

            assertThat(client.answer().body()).isEqualTo("/1");
            assertThat(client.answer().body()).isEqualTo("/2");
        }
        assertThat(function.requests()).extracting(RawMessage::target).containsExactly("/1", "/2");
        assertThat(function.requests()).allMatch(RawMessage::isWhole);
    }

    @Test
    void f12_opensTheTunnelOnlyAfter101() throws IOException {
        AtomicBoolean early = new AtomicBoolean();
        RawFunction tunnel = gateway.function("tunnel", (connection, number) -> {
            connection.request();
            Eventually.linger(Duration.ofMillis(100));
            early.set(connection.hasMore());
            connection.send(switching("custom"));
            connection.send(connection.exactly(SMUGGLED.length()));
        });
        try (RawConnection client = gateway.connect()) {
            client.send(get("/function/tunnel", "Connection: Upgrade", "Upgrade: custom") + SMUGGLED);

            assertThat(client.answer().status()).isEqualTo(101);
            assertThat(client.exactly(SMUGGLED.length())).isEqualTo(SMUGGLED);
        }
        assertThat(early).isFalse();
        assertThat(tunnel.onlyRequest().field("Upgrade")).isEqualTo("custom");
        gateway.assertUntouched(function);
    }
}
