package sluice.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import sluice.core.HeapPressure;
import sluice.core.InMemoryProvider;
import sluice.core.calls.Submission;

/** Handing calls in, over a bare socket. */
class SubmitApiTest {
    private static final String NS = InMemoryProvider.DEFAULT_NAMESPACE;
    private static final String UUID4 = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";

    private static TestGateway gateway;

    @BeforeAll
    static void start() {
        gateway = new TestGateway(Map.of(
                "SLUICE_QUEUE_MAX_BODY", "100000", "SLUICE_BODY_SILENCE", "200ms", "SLUICE_MAX_REQUEST_HEAD", "32768"));
        gateway.provider.put(SomeFunctions.named("wc"), List.of());
        gateway.provider.put(SomeFunctions.in("staging", "wc", Map.of()), List.of());
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    @BeforeEach
    void forgetAll() {
        gateway.journal.clear();
        gateway.journal.isDown = false;
        gateway.journal.answersAtOnce = null;
        gateway.control.heed(HeapPressure.NONE);
    }

    @ParameterizedTest(name = "O2 {0}")
    @EnumSource(
            value = HeapPressure.Level.class,
            names = {"HIGH", "CRITICAL"})
    void o2_acceptsNothing_whenTheHeapIsNearlyFull(HeapPressure.Level level) {
        gateway.control.heed(() -> level);

        RawHttp.Reply reply = submit("POST", "/async-function/wc", "hello");

        assertThat(reply.status()).isEqualTo(503);
        assertThat(reply.field("retry-after")).isEqualTo("1");
        assertThat(reply.body()).contains("SLUICE_HEAP_" + level);
        assertThat(gateway.get("/async-function/no-such-call").status())
                .isEqualTo(level == HeapPressure.Level.HIGH ? 404 : 503); // what is kept may be read
        assertThat(gateway.call("GET", "/healthz").status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "PATCH"})
    void keepsTheCall_andSaysUnderWhichName(String method) {
        RawHttp.Reply reply = submit(method, "/async-function/wc", "hello");
        assertThat(reply.status()).isEqualTo(202);
        assertThat(reply.body()).isEmpty();
        assertThat(reply.field("content-length")).isEqualTo("0");
        String id = reply.field("x-call-id");
        assertThat(id).matches(UUID4);
        assertThat(reply.field("location")).isEqualTo("/async-function/" + id);
        assertThat(reply.field("x-start-time")).matches("[0-9]{19}");
        assertThat(reply.field("x-served-by")).isEqualTo("sluice/9.8.7");
        assertThat(reply.all("preference-applied")).isEmpty();
        Submission kept = gateway.journal.submission(id);
        assertThat(kept.method()).isEqualTo(method);
        assertThat(kept.function().qualified()).isEqualTo("wc." + NS);
        assertThat(kept.isCallIdChosen()).isFalse();
        assertThat(kept.contentLength()).isEqualTo(5);
        assertThat(kept.headers().get("x-start-time")).isEqualTo(reply.field("x-start-time"));
        assertThat(new String(gateway.journal.body(id), StandardCharsets.UTF_8)).isEqualTo("hello");
    }

    @ParameterizedTest
    @CsvSource({
        "/async-function/wc, wc, ''",
        "/async-function/wc/, wc, /",
        "/async-function/wc.staging/a/b?x=1&y=%20, wc.staging, /a/b?x=1&y=%20",
        "/async-function/%77c/a%2Fb//c%3Fd%25;e=%zz, wc, /a%2Fb//c%3Fd%25;e=%zz",
        "/async-function/wc?q, wc, ?q",
        "/async-function/wc/result, wc, /result",
        "http://elsewhere.test/async-function/wc/x, wc, /x",
    })
    void keepsPathAndQueryByteForByte(String target, String name, String rest) {
        RawHttp.Reply reply = submit("POST", target, "");
        assertThat(reply.status()).isEqualTo(202);
        Submission kept = gateway.journal.submission(reply.field("x-call-id"));
        assertThat(kept.submittedName()).isEqualTo(name);
        assertThat(kept.target()).isEqualTo(rest);
        assertThat(kept.host()).isEqualTo(target.startsWith("http") ? "elsewhere.test" : "gateway.test");
    }

    @ParameterizedTest
    @CsvSource({
        "/async-function/../system/functions, 301, /system/functions",
        "/async-function/wc/%2e%2e/%2E./x?a=b, 301, /x?a=b",
        "/async-function/wc/a/./b, 301, /async-function/wc/a/b",
        "/async-function//wc, 301, /async-function/wc",
        "/async-function/wc/%00, 400, ''",
        "/async-function/w%zzc, 400, ''",
        "/async-function/w%0ac, 400, ''",
        "/async-function/, 404, ''",
        "/async-function/nope, 404, ''",
        "/async-function/wc.nowhere, 404, ''",
        "/async-function/127.0.0.1:22, 404, ''",
        "/async-function/WC, 404, ''",
        "/Async-function/wc, 404, ''",
        "/%61sync-function/wc, 404, ''",
    })
    void minds_whatIsInTheTarget(String target, int status, String location) {
        RawHttp.Reply reply = submit("POST", target, "x");
        assertThat(reply.status()).isEqualTo(status);
        assertThat(reply.field("location")).isEqualTo(location);
        assertThat(gateway.journal.size()).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "OPTIONS, /async-function/wc, 'GET, HEAD, DELETE, POST, PUT, PATCH'",
        "GET, /async-function/wc/path, 'POST, PUT, PATCH'",
        "HEAD, /async-function/wc/path, 'POST, PUT, PATCH'",
        "DELETE, /async-function/wc/path, 'POST, PUT, PATCH'",
        "DELETE, /async-function/wc/result, 'GET, HEAD, POST, PUT, PATCH'",
        "OPTIONS, /async-function/wc/result, 'GET, HEAD, POST, PUT, PATCH'",
    })
    void refusesOtherMethods_andNamesThoseItKnows(String method, String target, String allowed) {
        RawHttp.Reply reply = submit(method, target, "");
        assertThat(reply.status()).isEqualTo(405);
        assertThat(reply.field("allow")).isEqualTo(allowed);
        assertThat(gateway.journal.size()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD", "DELETE"})
    void neverMakesACallOfARead(String method) {
        assertThat(submit(method, "/async-function/wc", "").status()).isEqualTo(404);
        assertThat(gateway.journal.size()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
    void takesAnyMethodOfAFunction_fromThoseWhoPreferNoAnswer(String method) {
        RawHttp.Reply reply =
                submit(method, "/function/wc/a?b", "", "Prefer: handling=lenient, respond-async;x=y", "Host: two.test");
        assertThat(reply.status()).isEqualTo(202);
        assertThat(reply.field("preference-applied")).isEqualTo("respond-async");
        Submission kept = gateway.journal.submission(reply.field("x-call-id"));
        assertThat(kept.method()).isEqualTo(method);
        assertThat(kept.target()).isEqualTo("/a?b");
        assertThat(kept.headers().getAll("Prefer")).containsExactly("handling=lenient");
    }

    @Test
    void takesCallsOverHttp2() {
        HttpClient client = HttpClient.create().protocol(HttpProtocol.H2C);
        String id = client.headers(h -> h.set("X-Colour", "blue").set("Authorization", "Bearer good"))
                .post()
                .uri("http://127.0.0.1:" + gateway.server.port() + "/async-function/wc/a%2Fb?c")
                .send(ByteBufFlux.fromString(Flux.just("hel", "lo")))
                .responseSingle((response, body) ->
                        Mono.just(String.valueOf(response.responseHeaders().get("x-call-id"))))
                .block(Duration.ofSeconds(10));
        Submission kept = gateway.journal.submission(String.valueOf(id));
        assertThat(kept.target()).isEqualTo("/a%2Fb?c");
        assertThat(kept.headers().get("x-colour")).isEqualTo("blue");
        assertThat(kept.headers().names().stream().filter(n -> n.startsWith("x-http2") || n.equals("authorization")))
                .isEmpty();
        assertThat(new String(gateway.journal.body(String.valueOf(id)), StandardCharsets.UTF_8))
                .isEqualTo("hello");
        assertThat(client.get()
                        .uri("http://127.0.0.1:" + gateway.server.port() + "/async-function/" + id)
                        .responseContent()
                        .aggregate()
                        .asString()
                        .block(Duration.ofSeconds(10)))
                .contains("\"state\":\"queued\"");
    }

    @Test
    void leavesOtherCallsOfFunctionsAlone() {
        assertThat(submit("GET", "/function/wc", "", "Prefer: wait=1").status()).isEqualTo(404);
        assertThat(gateway.journal.size()).isZero();
    }

    @Test
    void keepsWhatTheFunctionMaySee_andNothingElse() {
        RawHttp.Reply reply = submit(
                "POST",
                "/async-function/wc",
                "",
                "Authorization: Bearer its-own",
                "Cookie: a=b",
                "X-Two: 1",
                "X-Two: 2",
                "Idempotency-Key: k1",
                "Content-Type: text/csv",
                "X-Sluice-Hops: 3",
                "Connection: keep-alive, X-Nominated",
                "X-Nominated: 1",
                "Keep-Alive: 3",
                "Proxy-Authorization: Basic x",
                "TE: trailers",
                "X-OpenFaaS-Internal: lie",
                "X-Start-Time: 1",
                "X-Callback-Url: http://user:word@hooks.test/in?b=c",
                "X-Sluice-Label: team=a",
                "X-Sluice-Max-Age: 1h",
                "X-Sluice-Delay: 1m");
        assertThat(reply.status()).as(reply.body()).isEqualTo(202);
        Submission kept = gateway.journal.submission(reply.field("x-call-id"));
        assertThat(kept.headers().names().stream().map(String::toLowerCase).sorted())
                .containsExactly(
                        "authorization",
                        "content-type",
                        "cookie",
                        "idempotency-key",
                        "x-forwarded-for",
                        "x-forwarded-host",
                        "x-sluice-hops",
                        "x-start-time",
                        "x-two");
        assertThat(kept.headers().getAll("X-Two")).containsExactly("1", "2");
        assertThat(kept.headers().get("X-Forwarded-Host")).isEqualTo("gateway.test");
        assertThat(kept.headers().get("X-Forwarded-For")).startsWith("127.0.0.1:");
        assertThat(Objects.requireNonNull(kept.callback()).toString()).isEqualTo("http://user:word@hooks.test/in?b=c");
        assertThat(kept.labels()).isEqualTo(Map.of("team", "a"));
        assertThat(kept.maxAge()).isEqualTo(Duration.ofHours(1));
        assertThat(Duration.between(java.time.Instant.now(), kept.notBefore()))
                .isBetween(Duration.ofSeconds(30), Duration.ofSeconds(60));
    }

    @Test
    void givesACallThatIsPutOffTheUsualTimeFromThenOn() {
        RawHttp.Reply reply = submit("POST", "/async-function/wc", "", "X-Sluice-Delay: 48h");
        assertThat(gateway.journal.submission(reply.field("x-call-id")).maxAge())
                .isEqualTo(Duration.ofDays(3));
        RawHttp.Reply now = submit("POST", "/async-function/wc", "", "X-Sluice-Not-Before: 2001-02-03T04:05:06+07:00");
        assertThat(gateway.journal.submission(now.field("x-call-id")).maxAge()).isNull();
    }

    @Test
    void leavesOutTheCredentialThatTheGatewayChecks() {
        RawHttp.Reply reply = submit("POST", "/async-function/wc", "", "Authorization: Bearer good", "Cookie: a=b");
        Submission kept = gateway.journal.submission(reply.field("x-call-id"));
        assertThat(kept.headers().contains("Authorization")).isFalse();
        assertThat(kept.headers().get("Cookie")).isEqualTo("a=b");
    }

    @Test
    void keepsTheIdThatTheClientChose_andTellsItApart() {
        RawHttp.Reply reply = submit("POST", "/async-function/wc", "", "X-Call-Id: job?1/2");
        assertThat(reply.field("x-call-id")).isEqualTo("job?1/2");
        assertThat(reply.field("location")).isEqualTo("/async-function/job%3F1%2F2");
        assertThat(gateway.journal.submission("job?1/2").isCallIdChosen()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "X-Call-Id|has space",
                "X-Callback-Url|/relative",
                "X-Callback-Url|ht tp://foo",
                "X-Callback-Url|ftp://h/",
                "X-Callback-Url|http:///path",
                "X-Callback-Url|http://h:99999/",
                "X-Callback-Url|http://169.254.169.254/latest",
                "X-Callback-Url|http://0.0.0.0/",
                "X-Callback-Url|http://[fe80::1]/",
                "X-Callback-Url|http://224.0.0.1/",
                "X-Sluice-Delay|soon",
                "X-Sluice-Delay|10",
                "X-Sluice-Delay|-1s",
                "X-Sluice-Delay|9999h",
                "X-Sluice-Not-Before|tomorrow",
                "X-Sluice-Not-Before|2999-01-01T00:00:00Z",
                "X-Sluice-Max-Age|0s",
                "X-Sluice-Max-Age|forever",
                "X-Sluice-Label|novalue",
                "X-Sluice-Label|=v",
                "X-Sluice-Label|a b=v",
                "Idempotency-Key|\"\"",
            })
    void namesTheFieldThatIsWrong(String field, String value) {
        RawHttp.Reply reply = submit("POST", "/async-function/wc", "x", field + ": " + value);
        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.body()).startsWith(field + " ");
        assertThat(gateway.journal.size()).isZero();
    }

    @Test
    void namesFieldsThatContradictEachOther() {
        assertThat(submit("POST", "/async-function/wc", "", "X-Sluice-Delay: 2h", "X-Sluice-Max-Age: 1h")
                        .body())
                .startsWith("X-Sluice-Max-Age ");
        assertThat(submit(
                                "POST",
                                "/async-function/wc",
                                "",
                                "X-Sluice-Delay: 2h",
                                "X-Sluice-Not-Before: 2000-01-01T00:00:00Z")
                        .body())
                .startsWith("X-Sluice-Not-Before ");
        assertThat(submit("POST", "/async-function/wc", "", "X-Callback-Url: http://a/", "X-Callback-Url: http://b/")
                        .status())
                .isEqualTo(400);
        String[] labels = new String[17];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = "X-Sluice-Label: l" + i + "=v";
        }
        assertThat(submit("POST", "/async-function/wc", "", labels).body()).startsWith("X-Sluice-Label ");
    }

    @Test
    void refusesABodyThatIsTooLarge_byItsLengthOrOnTheWay() {
        RawHttp.Reply byLength = submit("POST", "/async-function/wc", "x".repeat(100_001));
        assertThat(byLength.status()).isEqualTo(413);
        assertThat(byLength.body()).contains("100000 bytes (SLUICE_QUEUE_MAX_BODY)");
        RawHttp.Reply onTheWay = chunked("x".repeat(100_001));
        assertThat(onTheWay.status()).isEqualTo(413);
        assertThat(gateway.journal.size()).isZero();
        assertThat(submit("POST", "/async-function/wc", "x".repeat(100_000)).status())
                .isEqualTo(202);
        RawHttp.Reply justRight = chunked("x".repeat(100_000));
        assertThat(justRight.status()).isEqualTo(202);
        assertThat(gateway.journal.submission(justRight.field("x-call-id")).contentLength())
                .isEqualTo(-1);
    }

    @Test
    void saysWhenToComeAgain_whileTheJournalIsDown() {
        gateway.journal.isDown = true;
        RawHttp.Reply reply = submit("POST", "/async-function/wc", "x");
        assertThat(reply.status()).isEqualTo(503);
        assertThat(reply.field("retry-after")).matches("[1-9][0-9]*");
        assertThat(reply.field("x-openfaas-internal")).isEqualTo("queue");
        assertThat(submit("GET", "/async-function/some-id", "").status()).isEqualTo(503);
    }

    @Test
    void keepsNothingOfABodyThatStops() throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.server.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream()
                    .write("POST /async-function/wc HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf"
                            .getBytes(StandardCharsets.US_ASCII));
            RawHttp.Reply reply = RawHttp.read(socket.getInputStream(), "POST");
            assertThat(reply.status()).isEqualTo(408);
            assertThat(reply.body()).contains("SLUICE_BODY_SILENCE");
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
        assertThat(gateway.journal.size()).isZero();
    }

    @Test
    void keepsNothingOfABodyThatIsCutOff() throws Exception {
        int before = gateway.journal.failedBodies.size();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.server.port())) {
            socket.getOutputStream()
                    .write("POST /async-function/wc HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf"
                            .getBytes(StandardCharsets.US_ASCII));
        }
        Eventually.assertThat(() -> gateway.journal.failedBodies.size() > before, true);
        assertThat(gateway.journal.size()).isZero();
    }

    @Test
    void invitesTheBodyOnlyWhenItWillBeRead() throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.server.port())) {
            socket.setSoTimeout(10_000);
            String head = " HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n";
            socket.getOutputStream().write(("POST /async-function/wc" + head).getBytes(StandardCharsets.US_ASCII));
            assertThat(RawHttp.line(socket.getInputStream())).isEqualTo("HTTP/1.1 100 Continue");
            assertThat(RawHttp.line(socket.getInputStream())).isEmpty();
            socket.getOutputStream().write("body".getBytes(StandardCharsets.US_ASCII));
            assertThat(RawHttp.read(socket.getInputStream(), "POST").status()).isEqualTo(202);
        }
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.server.port())) {
            socket.setSoTimeout(10_000);
            String head = " HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n";
            socket.getOutputStream().write(("POST /async-function/nope" + head).getBytes(StandardCharsets.US_ASCII));
            assertThat(RawHttp.line(socket.getInputStream())).startsWith("HTTP/1.1 404");
        }
    }

    @Test
    void endsLoops() {
        RawHttp.Reply reply = submit("POST", "/async-function/wc", "", "X-Sluice-Hops: 16");
        assertThat(reply.status()).isEqualTo(508);
        assertThat(gateway.journal.size()).isZero();
    }

    @Test
    void answersWithTheFirstCall_whenAnIdempotencyKeyComesAgain() {
        RawHttp.Reply first = submit("POST", "/async-function/wc", "body", "Idempotency-Key: \"abc\"");
        RawHttp.Reply again = submit("POST", "/async-function/wc", "body", "Idempotency-Key: abc");
        assertThat(again.status()).isEqualTo(202);
        assertThat(again.field("x-call-id")).isEqualTo(first.field("x-call-id"));
        assertThat(again.body()).isEmpty();
        RawHttp.Reply other = submit("POST", "/async-function/wc", "other", "Idempotency-Key: abc");
        assertThat(other.status()).isEqualTo(422);
        gateway.journal.answer(first.field("x-call-id"), MemoryJournal.Answered.of(203, "done"));
        RawHttp.Reply ended = submit("POST", "/async-function/wc", "body", "Idempotency-Key: abc");
        assertThat(ended.status()).isEqualTo(202);
        assertThat(ended.field("x-call-id")).isEqualTo(first.field("x-call-id"));
        assertThat(ended.field("x-function-status")).isEqualTo("203");
        assertThat(ended.body()).isEqualTo("done");
        assertThat(gateway.journal.size()).isEqualTo(1);
    }

    @Test
    void keepsKeysOfDifferentCallersApart() {
        RawHttp.Reply one =
                submit("POST", "/async-function/wc", "b", "Idempotency-Key: k", "Authorization: Bearer one");
        RawHttp.Reply two =
                submit("POST", "/async-function/wc", "b", "Idempotency-Key: k", "Authorization: Bearer two");
        assertThat(two.field("x-call-id")).isNotEqualTo(one.field("x-call-id"));
        assertThat(gateway.journal.submission(one.field("x-call-id")).caller()).doesNotContain("one");
    }

    @Test
    void answersWithTheFunctionsAnswer_whenItComesInTime() {
        gateway.journal.answersAtOnce = MemoryJournal.Answered.of(418, "short");
        RawHttp.Reply reply = submit("POST", "/async-function/wc", "b", "Prefer: wait=10");
        assertThat(reply.status()).isEqualTo(418);
        assertThat(reply.body()).isEqualTo("short");
        assertThat(reply.field("x-from")).isEqualTo("function");
        assertThat(reply.field("x-call-id")).matches(UUID4);
        assertThat(reply.field("x-served-by")).isEqualTo("sluice/9.8.7");
        assertThat(reply.field("preference-applied")).isEqualTo("wait=10");
        RawHttp.Reply head = submit("HEAD", "/function/wc", "", "Prefer: respond-async, wait=10");
        assertThat(head.status()).isEqualTo(418);
        assertThat(head.field("content-length")).isEqualTo("5");
    }

    @Test
    void answers202_whenTheFunctionTakesLonger() {
        RawHttp.Reply reply = submit("POST", "/function/wc", "b", "Prefer: respond-async", "Prefer: wait=1");
        assertThat(reply.status()).isEqualTo(202);
        assertThat(reply.field("preference-applied")).isEqualTo("respond-async, wait=1");
        RawHttp.Reply again = submit("POST", "/function/wc", "b", "Prefer: respond-async, wait=0");
        assertThat(again.status()).isEqualTo(202);
    }

    @Test
    void countsSubmits_byPatternOfTheirPath() {
        assertThat(submit("POST", "/async-function/wc/some/path", "").status()).isEqualTo(202);
        Eventually.assertThat(
                () -> Eventually.value(gateway.control.collect()).stream()
                        .filter(family -> family.name().equals("http_requests_total"))
                        .flatMap(family -> family.samples().stream())
                        .anyMatch(sample -> sample.labels()
                                .equals(Map.of(
                                        "method", "POST", "path", "/async-function/{name}/{path}", "status", "202"))),
                true);
    }

    @Test
    void doesNotRepeatACallback_whichMayHoldAPassword() {
        RawHttp.Reply reply = submit("POST", "/async-function/wc", "", "X-Callback-Url: http://u:secret@h:0/");
        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.body()).doesNotContain("secret");
    }

    private static RawHttp.Reply submit(String method, String target, String body, String... headers) {
        return RawHttp.exchange(gateway.server.port(), method, target, body, headers);
    }

    private static RawHttp.Reply chunked(String body) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.server.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream()
                    .write(("POST /async-function/wc HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                                    + Integer.toHexString(body.length()) + "\r\n" + body + "\r\n0\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            return RawHttp.read(socket.getInputStream(), "POST");
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
