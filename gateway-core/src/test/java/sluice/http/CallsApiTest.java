package sluice.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.core.FunctionName;
import sluice.core.InMemoryProvider;
import sluice.core.calls.CallQuery;
import sluice.core.calls.CallState;

/** Listing, cancelling, redriving, purging and pausing under {@code /system/calls}. */
class CallsApiTest {
    private static final String NS = InMemoryProvider.DEFAULT_NAMESPACE;

    private static TestGateway gateway;

    @BeforeAll
    static void start() {
        gateway = new TestGateway(Map.of());
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
        gateway.gate.asked.clear();
    }

    @Test
    void listsCallsInPages_newestFirst() {
        for (int i = 0; i < 5; i++) {
            submit("/async-function/wc", "X-Call-Id: c" + i);
        }
        RawHttp.Reply first = gateway.get("/system/calls?limit=2");
        assertThat(first.status()).isEqualTo(200);
        assertThat(first.body())
                .contains("\"callId\":\"c4\"", "\"callId\":\"c3\"", "\"next\":\"2\"", "\"complete\":true")
                .doesNotContain("c2");
        assertThat(gateway.get("/system/calls?limit=2&cursor=4").body()).contains("\"callId\":\"c0\"", "\"next\":\"\"");
    }

    @Test
    void readsEveryFilter() {
        RawHttp.Reply reply = gateway.get("/system/calls?function=wc.staging&queue=slow&callId=c%2F1&state=dead,expired"
                + "&state=queued&label=a=1&label=b=x%20y&from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00%2B01:00");
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        CallQuery query = gateway.journal.queries.get(0);
        assertThat(query.function()).isEqualTo(new FunctionName("wc", "staging"));
        assertThat(query.queue()).isEqualTo("slow");
        assertThat(query.callId()).isEqualTo("c/1");
        assertThat(query.states()).isEqualTo(Set.of(CallState.DEAD, CallState.EXPIRED, CallState.QUEUED));
        assertThat(query.labels()).isEqualTo(Map.of("a", "1", "b", "x y"));
        assertThat(String.valueOf(query.from())).isEqualTo("2026-01-01T00:00:00Z");
        assertThat(String.valueOf(query.to())).isEqualTo("2026-01-01T23:00:00Z");
        assertThat(gateway.gate.asked).containsExactly("Call:List staging");
    }

    @ParameterizedTest
    @CsvSource({
        "'', *",
        "namespace=staging, staging",
        "function=wc, openfaas-fn",
        "function=wc&namespace=staging, staging",
    })
    void asksForRightsWhereTheCallsAre(String query, String namespace) {
        assertThat(gateway.get("/system/calls?" + query).status()).isEqualTo(200);
        assertThat(gateway.gate.asked).containsExactly("Call:List " + namespace);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "state=lost",
                "label=novalue",
                "from=yesterday",
                "to=1",
                "limit=0",
                "limit=1001",
                "limit=many",
                "function=UPPER",
                "function=wc.staging&namespace=other",
            })
    void namesTheFilterThatIsWrong(String query) {
        RawHttp.Reply reply = gateway.get("/system/calls?" + query);
        assertThat(reply.status()).isEqualTo(400);
        assertThat(gateway.journal.queries).isEmpty();
    }

    @Test
    void isForThoseWhoMay() {
        for (String call : List.of(
                "GET /system/calls",
                "DELETE /system/calls?state=dead",
                "POST /system/calls/redrive?state=dead",
                "POST /system/calls/purge?state=dead",
                "POST /system/calls/pause?queue=q",
                "POST /system/calls/resume?queue=q",
                "GET /system/calls/paused",
                "GET /system/calls/00000000000000000000000000000001")) {
            String[] parts = call.split(" ", 2);
            assertThat(gateway.call(parts[0], parts[1]).status()).as(call).isEqualTo(401);
            String elsewhere = parts[1] + (parts[1].contains("?") ? "&" : "?") + "namespace=forbidden";
            if (!call.contains("pause") && !call.contains("resume")) {
                assertThat(gateway.call(parts[0], elsewhere, TestGateway.CREDENTIALS)
                                .status())
                        .as(call)
                        .isEqualTo(403);
            }
        }
        assertThat(gateway.gate.asked)
                .contains(
                        "Call:List *", "Call:Cancel *", "Call:Redrive *", "Call:Purge *", "Call:Pause *", "Call:Get *");
        assertThat(gateway.journal.queries).isEmpty();
    }

    @Test
    void describesOneCall_inTheNamespaceThatIsNamed() {
        String id = submit("/async-function/wc.staging");
        String path = "/system/calls/" + gateway.journal.rid(id);
        assertThat(gateway.get(path).body()).contains("\"callId\":\"" + id + "\"");
        assertThat(gateway.get(path + "?namespace=staging").status()).isEqualTo(200);
        assertThat(gateway.get(path + "?namespace=" + NS).status()).isEqualTo(404);
        assertThat(gateway.get("/system/calls/ffffffffffffffffffffffffffffffff").status())
                .isEqualTo(404);
        assertThat(gateway.get("/system/calls/nope").status()).isEqualTo(404);
    }

    @Test
    void cancelsThoseThatAreMeant_andNotAllByMistake() {
        submit("/async-function/wc", "X-Sluice-Label: batch=1");
        submit("/async-function/wc", "X-Sluice-Label: batch=1");
        submit("/async-function/wc.staging");
        assertThat(act("DELETE", "/system/calls").status()).isEqualTo(400);
        assertThat(act("DELETE", "/system/calls?label=").status()).isEqualTo(400);
        assertThat(act("DELETE", "/system/calls?label=batch=1").body()).isEqualTo("{\"cancelled\":2}");
        String left = gateway.journal.submits.get(2).callId();
        String rid = gateway.journal.rid(left);
        assertThat(act("DELETE", "/system/calls?id=" + rid).body()).isEqualTo("{\"cancelled\":1}");
        assertThat(act("DELETE", "/system/calls?id=" + rid).body()).isEqualTo("{\"cancelled\":0}");
        assertThat(act("DELETE", "/system/calls?id=nope").status()).isEqualTo(404);
    }

    @Test
    void redrivesAndPurges_oneOrThoseThatAreMeant() {
        String one = submit("/async-function/wc");
        String two = submit("/async-function/wc");
        gateway.journal.end(one, CallState.DEAD, "gave up");
        gateway.journal.end(two, CallState.DEAD, "gave up");
        for (String what : List.of("redrive", "purge")) {
            assertThat(act("POST", "/system/calls/" + what).status()).isEqualTo(400);
        }
        assertThat(act("POST", "/system/calls/redrive?id=" + gateway.journal.rid(one))
                        .body())
                .isEqualTo("{\"redriven\":1}");
        assertThat(act("POST", "/system/calls/redrive?state=dead").body()).isEqualTo("{\"redriven\":1}");
        gateway.journal.end(one, CallState.CANCELLED, "");
        assertThat(act("POST", "/system/calls/purge?function=wc").body()).isEqualTo("{\"purged\":1}");
        assertThat(gateway.journal.size()).isEqualTo(1);
    }

    @Test
    void pausesAQueueOrAFunction() {
        assertThat(act("POST", "/system/calls/pause?queue=slow").status()).isEqualTo(202);
        assertThat(act("POST", "/system/calls/pause?function=wc").status()).isEqualTo(202);
        assertThat(gateway.get("/system/calls/paused").body())
                .isEqualTo("{\"queues\":[\"slow\"],\"functions\":[\"wc." + NS + "\"]}");
        assertThat(act("POST", "/system/calls/resume?queue=slow").status()).isEqualTo(202);
        assertThat(gateway.get("/system/calls/paused").body()).contains("\"queues\":[]");
        assertThat(act("POST", "/system/calls/pause").status()).isEqualTo(400);
        assertThat(act("POST", "/system/calls/pause?queue=slow&function=wc").status())
                .isEqualTo(400);
        assertThat(act("POST", "/system/calls/pause?queue=SLOW").status()).isEqualTo(400);
    }

    @CanIgnoreReturnValue
    private static String submit(String target, String... headers) {
        RawHttp.Reply reply = gateway.call("POST", target, headers);
        assertThat(reply.status()).as(reply.body()).isEqualTo(202);
        return reply.field("x-call-id");
    }

    private static RawHttp.Reply act(String method, String target) {
        return gateway.call(method, target, TestGateway.CREDENTIALS);
    }
}
