package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static sluice.invoker.Requests.CHUNKED_OK;
import static sluice.invoker.Requests.cases;
import static sluice.invoker.Requests.chunk;
import static sluice.invoker.Requests.get;
import static sluice.invoker.Requests.ok;
import static sluice.invoker.Requests.post;
import static sluice.invoker.Requests.request;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.blockhound.BlockingOperationError;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** What the data plane promises whatever happens (reliability, section 1), beyond what the rows of the matrix show. */
class PromisesTest {
    private static final String SMUGGLED = get("/function/f/smuggled");

    @RegisterExtension
    final GatewayFixture gateway = GatewayFixture.standard();

    private RawFunction function;

    @BeforeEach
    void deploy() throws IOException {
        function = gateway.function("f");
    }

    static Stream<Named<String>> smugglers() {
        return cases(
                request("POST /function/f HTTP/1.1\r\nContent-Length: 6\r\nTransfer-Encoding: chunked") + "0\r\n\r\nG",
                request("POST /function/f HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked")
                        + "1\r\nZ\r\n0\r\n\r\n",
                request("POST /function/f HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-encoding: x")
                        + "0\r\n\r\n",
                request("POST /function/f HTTP/1.1\r\nTransfer-Encoding : chunked") + "0\r\n\r\n",
                request("POST /function/f HTTP/1.1\r\nX: y\nTransfer-Encoding: chunked") + "0\r\n\r\n",
                request("POST /function/f HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 5") + "",
                request("POST /function/f HTTP/1.1\r\nContent_Length: 5\r\nContent-Length: 0\nX: y"));
    }

    @ParameterizedTest(name = "promise 1 {0}")
    @MethodSource("smugglers")
    @Over.Http1Only("HTTP/2 frames for itself: StreamFaultTest")
    void promise1_forwardsNothing_whoseEndIsInDoubt(String bytes) throws IOException {
        try (RawConnection client = gateway.connect()) {
            client.send(bytes + SMUGGLED);
            assertThat(client.answer().status()).isEqualTo(400);
            assertThat(client.rest()).isEmpty();
        }
        gateway.assertUntouched(function);
    }

    @ParameterizedTest(name = "promise 1 {0}")
    @ValueSource(strings = {"GET", "DELETE", "OPTIONS", "HEAD", "POST"})
    void promise1_takesABodyForABody_whateverTheMethod(String method) throws IOException {
        try (RawConnection client = gateway.connect()) {
            client.send(request(method + " /function/f/1 HTTP/1.1\r\nContent-Length: " + SMUGGLED.length()) + SMUGGLED);
            assertThat(client.answerTo(method).status()).isEqualTo(200);
            client.send(request(method + " /function/f/2 HTTP/1.1\r\nTransfer-Encoding: chunked") + chunk(SMUGGLED)
                    + "0\r\n\r\n");
            assertThat(client.answerTo(method).status()).isEqualTo(200);
        }
        assertThat(function.requests()).extracting(RawMessage::target).containsExactly("/1", "/2");
        assertThat(function.requests()).allMatch(request -> request.body().equals(SMUGGLED));
    }

    @Test
    void promise2_givesEveryCallerHisOwnAnswer() throws Exception {
        Random random = new Random(2);
        RawFunction echo = gateway.function("echo", (connection, number) -> {
            while (true) {
                String own = ok(connection.request().target());
                switch (random.nextInt(6)) {
                    case 0 -> connection.send(own + ok("/stolen"));
                    case 1 -> connection.send(own + "HTTP/1.1 20");
                    case 2 -> {
                        connection.send(ok("x", "Connection: close").replace("x", "y"));
                        return;
                    }
                    default -> connection.send(own);
                }
            }
        });
        Parallel.run(6, client -> {
            try (RawConnection connection = gateway.connect()) {
                for (int i = 0; i < 100; i++) {
                    String path = "/" + client + "-" + i;
                    connection.send(get("/function/echo" + path));
                    assertThat(connection.answer().body()).isIn(path, "y");
                }
            }
        });
        assertThat(echo.requests()).hasSize(600);
    }

    @ParameterizedTest(name = "promise 3 {0}")
    @ValueSource(strings = {"HTTP/1.1", "HTTP/1.0"})
    void promise3_neverLetsACutAnswerLookWhole(String version) throws IOException {
        assumeFalse(Http2.IS_ON && version.equals("HTTP/1.0"));
        String chunked = CHUNKED_OK + "5;e\r\nhello\r\nA\r\n, my world\r\n0\r\nX-Sum: 1\r\n\r\n";
        for (String whole : List.of(ok("hello, my world", "X-A: b"), chunked)) {
            gateway.function("cut", (connection, number) -> {
                int length = Integer.parseInt(connection.request().target().substring(1));
                connection.send(whole.substring(0, length));
            });
            int head = whole.indexOf("\r\n\r\n") + 4;
            for (int length = 0; length < whole.length(); length++) {
                RawMessage answer = gateway.call(request("GET /function/cut/" + length + " " + version));

                boolean saysSo = answer.status() == 502 && answer.isWhole();
                assertThat(length < head ? saysSo : saysSo || !answer.isWhole())
                        .describedAs("cut after %d bytes: %s", length, answer)
                        .isTrue();
            }
            assertThat(gateway.call(request("GET /function/cut/" + whole.length() + " " + version))
                            .body())
                    .isEqualTo("hello, my world");
        }
    }

    @Test
    void promise4_sendsNoCallAgain_thatMayHaveRun() throws Exception {
        Random random = new Random(4);
        RawFunction flaky = gateway.function("flaky", (connection, number) -> {
            while (true) {
                connection.request();
                switch (random.nextInt(8)) {
                    case 0 -> connection.reset();
                    case 1 -> connection.close();
                    case 2 -> {
                        connection.send("HTTP/1.1 200 OK\r\nConte");
                        return;
                    }
                    default -> connection.send(RawFunction.OK);
                }
            }
        });
        Parallel.run(4, client -> {
            for (int i = 0; i < 50; i++) {
                int status = gateway.call(post("/function/flaky/" + client + "-" + i, "x"))
                        .status();
                assertThat(status).isIn(200, 502, 503); // 503: its only replica was taken out for a while
            }
        });
        Set<String> seen = ConcurrentHashMap.newKeySet();
        assertThat(flaky.requests()).allMatch(request -> seen.add(request.target()));
    }

    @Test
    void promise8_neighboursOfSlowUploadsAreServed() throws IOException {
        RawFunction busy = gateway.function("busy");
        List<RawConnection> slow = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            RawConnection client = gateway.connect();
            client.send(request("POST /function/busy HTTP/1.1", "Content-Length: 1000000") + "u".repeat(70_000));
            slow.add(client);
        }
        Eventually.await("the uploads to stream", () -> busy.openConnections() == 200);

        try (RawConnection client = gateway.connect()) {
            for (int i = 0; i < 500; i++) {
                client.send(get("/function/f"));
                assertThat(client.answer().status()).isEqualTo(200);
            }
        }
        assertThat(gateway.call(get("/healthz")).status()).isEqualTo(200);
        for (RawConnection client : slow) {
            client.close();
        }
    }

    @Test
    void promise9_noticesBlockingOnAnEventLoop() {
        Mono<Integer> blocking = Mono.fromCallable(() -> {
                    Thread.sleep(1);
                    return 1;
                })
                .subscribeOn(Schedulers.parallel());

        assertThatThrownBy(blocking::block).hasRootCauseInstanceOf(BlockingOperationError.class);
    }

    @Test
    void promise11_dialsNoAddressFromACall() throws IOException {
        RawFunction stranger = gateway.running(RawFunction.answering(RawFunction.OK));
        String authority = "127.0.0.1:" + stranger.port();
        String url = "http://" + authority + "/";
        gateway.function("redirect", RawFunction.answering(Requests.answer("307 There", "", "Location: " + url)));

        assertThat(gateway.call(get("/function/redirect")).status()).isEqualTo(307);
        assertThat(gateway.call(get(url + "function/f?url=" + url)).status()).isEqualTo(200);
        assertThat(gateway.call(get("/function/" + authority)).status()).isEqualTo(404);
        assertThat(gateway.call(get(
                                "/function/f/" + url,
                                "Origin: " + url,
                                "Referer: " + url,
                                "X-Callback-Url: " + url,
                                "X-Forwarded-Host: " + authority,
                                "Forwarded: host=" + authority,
                                "X-Original-Url: " + url,
                                "X-Rewrite-Url: " + url))
                        .status())
                .isEqualTo(200);
        assertThat(gateway.call("GET /function/f HTTP/1.1\r\nHost: " + authority + "\r\n\r\n")
                        .status())
                .isEqualTo(200);
        assertThat(stranger.connections()).isZero();
    }

    @Test
    void promise24_tellsNobodyASecret() throws IOException {
        String[] planted = {GatewayFixture.OWN_CREDENTIAL, "Bearer planted-1", "planted-2", "planted-3"};
        gateway.deploy("gone", gateway.deadEndpoint("a"));
        StringBuilder shown = new StringBuilder();
        for (String target :
                new String[] {"/function/f", "/function/gone", "/function/none", "/function/x/../f", "/nowhere"}) {
            for (String own : new String[] {planted[0], planted[1]}) {
                shown.append(
                        gateway.call(get(target + "?token=planted-3", "Authorization: " + own, "Cookie: s=planted-2"))
                                .body());
            }
            shown.append(gateway.call(get(target, "Authorization: " + planted[0], "Bad Field: planted-2"))
                    .body());
        }
        shown.append(gateway.metricsText()).append(gateway.logged());

        assertThat(shown).doesNotContain(planted);
    }

    @Test
    @Over.Http1Only("what is hostile are bytes of HTTP/1")
    void promise25_spendsNoLabelAndHardlyALogLine_onHostileInput() throws IOException {
        assertThat(gateway.call(get("/function/none")).status()).isEqualTo(404);
        assertThat(gateway.call("\u001b[2J\r\n\r\n").status()).isEqualTo(400);
        int series = gateway.metricsText().split("\n").length;
        int lines = gateway.logged().size();

        for (int i = 0; i < 300; i++) {
            assertThat(gateway.call(get("/function/none" + i)).status()).isEqualTo(404);
            assertThat(gateway.call("\u001b[2J" + i + "\r\n\r\n").status()).isEqualTo(400);
            assertThat(gateway.call(request("M" + i + " /function/f HTTP/1.1")).status())
                    .isEqualTo(405);
        }
        assertThat(gateway.metricsText().split("\n").length).isLessThanOrEqualTo(series + 20); // f itself, once
        assertThat(gateway.logged().size() - lines).isLessThan(10);
        assertThat(gateway.logged()).noneMatch(line -> line.chars().anyMatch(c -> c < 0x20 && c != '\t'));
    }
}
