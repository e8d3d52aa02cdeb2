package sluice.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import sluice.core.calls.CallState;

/** Status, result and cancel of calls by their ids. */
class CallReadApiTest {
    private static final MemoryJournal.Answered TEN = MemoryJournal.Answered.of(201, "0123456789");

    private TestGateway gateway;

    @BeforeEach
    void start() {
        gateway = new TestGateway(Map.of("SLUICE_QUEUE_MAX_WAIT", "20s"));
        gateway.provider.put(SomeFunctions.named("wc"), List.of());
        gateway.provider.put(SomeFunctions.in("forbidden", "wc", Map.of()), List.of());
    }

    @AfterEach
    void stop() {
        gateway.close();
    }

    @Test
    void tellsHowACallIsDoing() {
        String id = submit("X-Sluice-Label: team=a", "X-Callback-Url: http://u:p@hooks.test/in");
        RawHttp.Reply reply = call("GET", id);
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.field("content-type")).isEqualTo("application/json");
        assertThat(reply.field("cache-control")).isEqualTo("no-store");
        assertThat(reply.field("x-call-id")).isEqualTo(id);
        assertThat(reply.body())
                .contains("\"callId\":\"" + id + "\"", "\"state\":\"queued\"", "\"attempt\":0", "\"maxAttempts\":10")
                .contains("\"function\":\"wc\"", "\"position\":0", "\"sharedBy\":1", "\"team\":\"a\"")
                .contains("\"result\":\"/async-function/" + id + "/result\"", "\"state\":\"pending\"")
                .doesNotContain("endedAt", "httpStatus", "u:p");
        RawHttp.Reply head = call("HEAD", id);
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.field("content-length"))
                .isEqualTo(Integer.toString(reply.body().length()));
    }

    @Test
    void waitsForTheEnd_ofThoseWhoAsk() throws Exception {
        String id = submit();
        CompletableFuture<HttpResponse<String>> status = sendAsync("/async-function/" + id + "?wait=15s");
        CompletableFuture<HttpResponse<String>> result = sendAsync("/async-function/" + id + "/result?wait=15");
        Eventually.assertThat(() -> gateway.journal.waiting(id), 2);
        assertThat(Eventually.value(gateway.control.collect()).stream()
                        .filter(family -> family.name().equals("sluice_async_requests_waiting"))
                        .map(family -> family.samples().get(0).value()))
                .containsExactly(2.0);
        gateway.journal.answer(id, TEN);
        assertThat(status.get().body()).contains("\"state\":\"completed\"", "\"httpStatus\":201");
        assertThat(result.get().body()).isEqualTo("0123456789");
        assertThat(call("GET", id + "?wait=1ms").status()).isEqualTo(200);
    }

    @Test
    void answersAsThingsAre_whenTheWaitIsOver_orTheGatewayStops() throws Exception {
        String id = submit();
        assertThat(call("GET", id + "?wait=50ms").body()).contains("\"state\":\"queued\"");
        assertThat(call("GET", id + "/result?wait=50ms").status()).isEqualTo(202);
        CompletableFuture<HttpResponse<String>> status = sendAsync("/async-function/" + id + "?wait=15s");
        Eventually.assertThat(() -> gateway.journal.waiting(id), 1);
        Eventually.done(gateway.control.drain(Duration.ofSeconds(10)));
        assertThat(status.get().body()).contains("\"state\":\"queued\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"soon", "-1s", "1d"})
    void refusesAWaitThatIsNoDuration(String wait) {
        RawHttp.Reply reply = call("GET", submit() + "?wait=" + wait);
        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.body()).contains("wait", wait);
    }

    @Test
    void givesTheResult_andThePartsThatAreAskedFor() {
        String id = submit();
        RawHttp.Reply early = call("GET", id + "/result");
        assertThat(early.status()).isEqualTo(202);
        assertThat(early.body()).contains("\"state\":\"queued\"");
        gateway.journal.answer(id, TEN);
        RawHttp.Reply whole = call("GET", id + "/result");
        assertThat(whole.status()).isEqualTo(200);
        assertThat(whole.body()).isEqualTo("0123456789");
        assertThat(whole.field("x-function-status")).isEqualTo("201");
        assertThat(whole.field("content-type")).isEqualTo("text/plain");
        assertThat(whole.field("x-from")).isEqualTo("function");
        assertThat(whole.field("content-length")).isEqualTo("10");
        assertThat(whole.field("accept-ranges")).isEqualTo("bytes");
        RawHttp.Reply head = call("HEAD", id + "/result");
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.field("content-length")).isEqualTo("10");
        String tag = whole.field("etag");
        assertThat(call("GET", id + "/result", "Range: bytes=2-4", "If-Range: " + tag)
                        .body())
                .isEqualTo("234");
        assertThat(call("GET", id + "/result", "Range: bytes=2-4", "If-Range: \"other\"")
                        .body())
                .isEqualTo("0123456789");
    }

    @ParameterizedTest
    @CsvSource({
        "bytes=0-0, 206, 0, bytes 0-0/10",
        "bytes=7-, 206, 789, bytes 7-9/10",
        "bytes=-2, 206, 89, bytes 8-9/10",
        "bytes=-99, 206, 0123456789, bytes 0-9/10",
        "bytes=5-99, 206, 56789, bytes 5-9/10",
        "bytes=10-, 416, '', bytes */10",
        "bytes=-0, 416, '', bytes */10",
        "bytes=4-2, 200, 0123456789, ''",
        "'bytes=0-1,3-4', 200, 0123456789, ''",
        "lines=1-2, 200, 0123456789, ''",
    })
    void readsRanges(String range, int status, String body, String contentRange) {
        String id = submit();
        gateway.journal.answer(id, TEN);
        RawHttp.Reply reply = call("GET", id + "/result", "Range: " + range);
        assertThat(reply.status()).isEqualTo(status);
        assertThat(reply.body()).isEqualTo(body);
        assertThat(reply.field("content-range")).isEqualTo(contentRange);
    }

    @Test
    void hasNoResult_ofACallThatGotNone() {
        String dead = submit();
        gateway.journal.end(dead, CallState.DEAD, "no replica");
        RawHttp.Reply reply = call("GET", dead + "/result");
        assertThat(reply.status()).isEqualTo(404);
        assertThat(reply.body()).contains("dead");
        assertThat(call("GET", dead).body()).contains("\"reason\":\"no replica\"");
    }

    @Test
    void is410_whileOnlyTheTombstoneIsKept() {
        String id = submit();
        gateway.journal.answer(id, TEN);
        gateway.journal.forget(id);
        for (String what : new String[] {id, id + "/result"}) {
            RawHttp.Reply reply = call("GET", what);
            assertThat(reply.status()).isEqualTo(410);
            assertThat(reply.body()).contains("completed");
        }
        assertThat(call("DELETE", id).status()).isEqualTo(410);
        assertThat(call("GET", "3b241101-e2bb-4255-8caf-4136c566a962").status()).isEqualTo(404);
    }

    @Test
    void cancels_asOftenAsOneLikes() {
        String id = submit();
        assertThat(call("DELETE", id).status()).isEqualTo(202);
        assertThat(call("DELETE", id).status()).isEqualTo(202);
        assertThat(call("GET", id).body()).contains("\"state\":\"cancelled\"");
        String done = submit();
        gateway.journal.answer(done, TEN);
        RawHttp.Reply late = call("DELETE", done);
        assertThat(late.status()).isEqualTo(409);
        assertThat(late.body()).contains("completed");
        assertThat(call("DELETE", "nothing").status()).isEqualTo(404);
    }

    @Test
    void meansAllCallsOfAnId() {
        String first = submit("X-Call-Id: batch", "Authorization: Bearer good");
        gateway.journal.answer(first, TEN);
        submit("X-Call-Id: batch");
        submit("X-Call-Id: batch");
        RawHttp.Reply status = call("GET", "batch?all=1", TestGateway.CREDENTIALS);
        assertThat(status.body()).contains("\"sharedBy\":3", "\"calls\":[");
        assertThat(call("GET", "batch", TestGateway.CREDENTIALS).body()).doesNotContain("\"calls\"");
        assertThat(call("DELETE", "batch", TestGateway.CREDENTIALS).status()).isEqualTo(202);
        assertThat(call("GET", "batch?all=1", TestGateway.CREDENTIALS).body().split("cancelled", -1))
                .hasSizeGreaterThan(2);
        assertThat(call("GET", "batch", TestGateway.CREDENTIALS).body()).contains("\"state\":\"cancelled\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD", "DELETE"})
    void hidesCallsWithAChosenId_fromThoseWithoutCredentials(String method) {
        submit("X-Call-Id: mine");
        assertThat(call(method, "mine").status()).isEqualTo(404);
        assertThat(call(method, "mine", "Authorization: Bearer wrong").status()).isEqualTo(404);
        assertThat(call(method, "mine", TestGateway.CREDENTIALS, "Sec-Fetch-Site: cross-site")
                        .status())
                .isEqualTo(method.equals("DELETE") ? 404 : 200);
        assertThat(call(method, "mine", TestGateway.CREDENTIALS).status())
                .isEqualTo(method.equals("DELETE") ? 202 : 200);
        if (method.equals("GET")) {
            assertThat(call(method, "mine").body())
                    .isEqualTo(call(method, "other").body());
        }
    }

    @Test
    void hidesCallsOfNamespacesThatAreNotPermitted() {
        submitTo("/async-function/wc.forbidden", "X-Call-Id: theirs");
        assertThat(call("GET", "theirs", TestGateway.CREDENTIALS).status()).isEqualTo(404);
        submitTo("/async-function/wc", "X-Call-Id: theirs");
        assertThat(call("GET", "theirs", TestGateway.CREDENTIALS).body()).contains("\"sharedBy\":1");
    }

    @Test
    void showsCallsWithAChosenId_toAllWhereThatIsWanted() {
        try (TestGateway open = new TestGateway(Map.of("SLUICE_OPEN_CALL_IDS", "true"))) {
            open.provider.put(SomeFunctions.named("wc"), List.of());
            assertThat(open.call("POST", "/async-function/wc", "X-Call-Id: ours")
                            .status())
                    .isEqualTo(202);
            assertThat(open.call("GET", "/async-function/ours").status()).isEqualTo(200);
            assertThat(open.gate.asked).isEmpty();
        }
    }

    @Test
    void readsAheadNoMoreThanTheClientTakes_andLeavesOneWhoTakesNothing() throws Exception {
        AtomicInteger made = new AtomicInteger();
        try (TestGateway impatient = new TestGateway(Map.of("SLUICE_WRITE_STALL", "300ms"))) {
            impatient.provider.put(SomeFunctions.named("wc"), List.of());
            String id = impatient.call("POST", "/async-function/wc").field("x-call-id");
            impatient.journal.answer(id, MemoryJournal.Answered.of(200, ""));
            impatient.journal.longBody = Flux.range(0, 10_000).map(i -> {
                made.incrementAndGet();
                return Unpooled.wrappedBuffer(new byte[64 << 10]);
            });
            try (Socket socket = new Socket()) {
                socket.setReceiveBufferSize(4_096);
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), impatient.server.port()));
                socket.getOutputStream().write(RawHttp.request("GET", "/async-function/" + id + "/result", ""));
                assertThat(RawHttp.line(socket.getInputStream())).contains(" 200 ");
                Eventually.assertThat(() -> impatient.journal.longBodiesCancelled.get(), 1);
                assertThat(made.get()).isLessThan(100); // what the kernel took, and one more
            }
        }
    }

    @Test
    void breaksOffVisibly_whenTheJournalCannotReadOn() throws Exception {
        String id = submit();
        gateway.journal.answer(id, TEN);
        gateway.journal.longBody =
                Flux.concat(Flux.just(Unpooled.wrappedBuffer(new byte[100])), Flux.error(new IOException("disk")));
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.server.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(RawHttp.request("GET", "/async-function/" + id + "/result", ""));
            byte[] all = socket.getInputStream().readAllBytes();
            assertThat(new String(all, StandardCharsets.ISO_8859_1)).contains("content-length: 655360000");
            assertThat(all.length).isLessThan(2_000);
        }
    }

    @Test
    void isNotThere_whereThereAreNoAsynchronousCalls() throws IOException {
        RawHttp.Reply reply;
        try (TestGateway without = new TestGateway(Map.of("async", "false"))) {
            reply = without.call("POST", "/async-function/wc");
        }
        assertThat(reply.status()).isEqualTo(404);
        assertThat(reply.body()).isEqualTo("404 page not found\n");
    }

    @CanIgnoreReturnValue
    private String submit(String... headers) {
        return submitTo("/async-function/wc", headers);
    }

    @CanIgnoreReturnValue
    private String submitTo(String target, String... headers) {
        RawHttp.Reply reply = gateway.call("POST", target, headers);
        assertThat(reply.status()).as(reply.body()).isEqualTo(202);
        return reply.field("x-call-id");
    }

    private RawHttp.Reply call(String method, String what, String... headers) {
        return gateway.call(method, "/async-function/" + what, headers);
    }

    private CompletableFuture<HttpResponse<String>> sendAsync(String target) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.server.port() + target))
                .timeout(Duration.ofSeconds(20))
                .build();
        return HttpClient.newHttpClient().sendAsync(request, HttpResponse.BodyHandlers.ofString());
    }
}
