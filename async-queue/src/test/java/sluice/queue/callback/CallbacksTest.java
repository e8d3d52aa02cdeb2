package sluice.queue.callback;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import sluice.core.FunctionName;
import sluice.core.Settings;
import sluice.core.calls.CallRecord;
import sluice.core.calls.CallState;
import sluice.core.calls.CallbackPolicy;
import sluice.core.calls.CallbackRules;
import sluice.core.calls.Submission;
import sluice.queue.DueCallback;
import sluice.queue.Rid;
import sluice.queue.Rids;

/** Callbacks on the wire, to receivers of every kind (reliability matrix, A15 and A16). */
class CallbacksTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static final String OLD_SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    private static final int OWN_PORT = 4;

    private final TestLedger ledger = new TestLedger();
    private final TestJournal journal = new TestJournal();
    private final TestFunctions functions = new TestFunctions();
    private final Rids rids = new Rids(System::currentTimeMillis);
    private final Map<String, List<String>> names = new ConcurrentHashMap<>();
    private final List<String> lookedUp = new CopyOnWriteArrayList<>();
    private final List<Receiver> receivers = new ArrayList<>();
    private final CountDownLatch release = new CountDownLatch(1);
    private final Map<String, String> settings = new HashMap<>(Map.of(
            "SLUICE_CALLBACK_FIRST_WAIT", "1ms",
            "gateway_url", "http://gateway.openfaas:8080"));
    private boolean isLoopbackAllowed = true;
    private @Nullable Callbacks callbacks;

    @AfterEach
    void stop() throws IOException {
        release.countDown();
        for (Receiver receiver : receivers) {
            receiver.close();
        }
        if (callbacks != null) {
            callbacks.stop(PATIENCE).block();
        }
    }

    @Test
    void tellsWhatTheFunctionAnswered_andHowItWent() throws IOException {
        Receiver receiver = receiver(Receiver.answering(Receiver.OK));
        HttpHeaders answer = new DefaultHttpHeaders()
                .add("Content-Type", "text/csv")
                .add("Set-Cookie", "a=1")
                .add("Set-Cookie", "b=2")
                .add("X-Start-Time", "1767600000123456789")
                .add("X-Duration-Seconds", "9.9")
                .add("X-Callback-Url", "http://elsewhere.test/")
                .add("Authorization", "Bearer of-somebody")
                .add("webhook-signature", "v1,forged")
                .add("X-Retry", "77")
                .add("Transfer-Encoding", "chunked");
        names.put("hooks.test", List.of("127.0.0.1"));
        deliver("http://me:s%40cret@hooks.test:" + receiver.port() + "/in?b=c", answer, "result");

        Receiver.Request request = receiver.requests().get(0);
        assertThat(request.line()).isEqualTo("POST /in?b=c HTTP/1.1");
        assertThat(request.body()).isEqualTo("result");
        assertThat(request.field("Host")).isEqualTo("hooks.test:" + receiver.port());
        assertThat(request.field("Content-Length")).isEqualTo("6");
        assertThat(request.field("Content-Type")).isEqualTo("text/csv");
        assertThat(request.field("Set-Cookie")).isEqualTo("a=1 & b=2");
        assertThat(request.field("X-Start-Time")).isEqualTo("1767600000123456789");
        assertThat(request.field("X-Call-Id")).isEqualTo("call-1");
        assertThat(request.field("X-Duration-Seconds")).isEqualTo("0.002885");
        assertThat(request.field("X-Function-Status")).isEqualTo("200");
        assertThat(request.field("X-Function-Name")).isEqualTo("figlet.staging");
        assertThat(request.field("X-Retry")).isEqualTo("2");
        assertThat(request.field("X-Retry-Max")).isEqualTo("9");
        assertThat(request.field("User-Agent")).isEqualTo("queue-worker/1.2.3 (sluice)");
        assertThat(request.field("Authorization")).isEqualTo("Basic " + base64("me:s@cret"));
        assertThat(request.field("X-Callback-Url")).isEmpty();
        assertThat(request.field("webhook-signature")).isEmpty();
        assertThat(request.field("Transfer-Encoding")).isEmpty();
        assertThat(ledger.tried()).containsExactly(new TestLedger.Tried(lastRid(), 200, "", true));
        assertThat(metric("delivered")).isEqualTo(1);
    }

    @Test
    void tellsOfAFunctionThatWasNotReached() throws IOException {
        Receiver receiver = receiver(Receiver.answering(Receiver.OK));
        add(url(receiver), false, 0);
        open().due(0);
        await("the callback", () -> ledger.tried().size() == 1);
        Receiver.Request request = receiver.requests().get(0);
        assertThat(request.field("X-Function-Status")).isEqualTo("503");
        assertThat(request.field("Content-Length")).isEqualTo("0");
        assertThat(request.body()).isEmpty();
    }

    @Test
    void signsTheWholeBody_withEachKey(@TempDir Path directory) throws IOException, GeneralSecurityException {
        Receiver receiver = receiver(Receiver.answering(Receiver.OK));
        Path file = Files.writeString(directory.resolve("keys"), OLD_SECRET + "\n" + SECRET);
        settings.put("SLUICE_CALLBACK_KEY_FILE", file.toString());
        byte[] body = new byte[5_000_000];
        new Random(1).nextBytes(body);
        DueCallback callback = callback(URI.create(url(receiver)), true, 200);
        journal.keep(callback.record(), new DefaultHttpHeaders(), body);
        ledger.add(callback);
        open().due(0);
        await("the callback", () -> ledger.tried().size() == 1);

        Receiver.Request request = receiver.requests().get(0);
        assertThat(request.body().getBytes(ISO_8859_1)).isEqualTo(body);
        String id = request.field("webhook-id");
        String timestamp = request.field("webhook-timestamp");
        assertThat(id).isEqualTo(callback.rid().toString());
        assertThat(Math.abs(Long.parseLong(timestamp) - Instant.now().getEpochSecond()))
                .isLessThan(300);
        assertThat(request.field("webhook-signature"))
                .isEqualTo(signature(OLD_SECRET, id, timestamp, body) + " " + signature(SECRET, id, timestamp, body));
    }

    private static String signature(String secret, String id, String timestamp, byte[] body)
            throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(Base64.getDecoder().decode(secret.substring(6)), "HmacSHA256"));
        mac.update((id + "." + timestamp + ".").getBytes(ISO_8859_1));
        return "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body));
    }

    @Test
    void triesAgain_untilAReceiverTakesIt() throws IOException {
        Receiver receiver = receiver(Receiver.running((number, out) -> out.write(
                (number < 3 ? "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n" : Receiver.OK).getBytes(ISO_8859_1))));
        deliverUntilOver(url(receiver));
        assertThat(ledger.tried()).extracting(TestLedger.Tried::status).containsExactly(503, 503, 200);
        assertThat(receiver.requests())
                .extracting(request -> request.field("X-Call-Id"))
                .containsOnly("call-1");
        assertThat(metric("rejected")).isEqualTo(2);
    }

    @Test
    void givesUp_afterAsManyAttemptsAsAreSet() throws IOException {
        Receiver receiver = receiver(Receiver.answering("HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n"));
        settings.put("SLUICE_CALLBACK_ATTEMPTS", "3");
        deliverUntilOver(url(receiver));
        assertThat(ledger.tried())
                .extracting(TestLedger.Tried::problem)
                .containsOnly("answered 500")
                .hasSize(3);
    }

    @Test
    void followsNoRedirect() throws IOException {
        Receiver elsewhere = receiver(Receiver.answering(Receiver.OK));
        Receiver receiver = receiver(Receiver.answering(
                "HTTP/1.1 307 Over there\r\nLocation: " + url(elsewhere) + "\r\nContent-Length: 0\r\n\r\n"));
        settings.put("SLUICE_CALLBACK_ATTEMPTS", "1");
        deliverUntilOver(url(receiver));
        assertThat(ledger.tried().get(0).problem()).isEqualTo("answered 307, redirects are not followed");
        assertThat(elsewhere.connections()).isZero();
    }

    @Test
    void readsLittleOfAnEndlessAnswer() throws IOException {
        Receiver receiver = receiver(Receiver.running((number, out) -> {
            out.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".getBytes(ISO_8859_1));
            while (true) {
                out.write(("1000\r\n" + "x".repeat(4_096) + "\r\n").getBytes(ISO_8859_1));
            }
        }));
        deliverUntilOver(url(receiver));
        assertThat(ledger.tried()).extracting(TestLedger.Tried::status).containsExactly(200);
        await("the connection to be closed", () -> receiver.ended() == 1);
    }

    @Test
    void waitsForNoReceiverLongerThanIsSet() throws IOException {
        Receiver silent = receiver(Receiver.running((number, out) -> release.await()));
        settings.put("SLUICE_CALLBACK_ATTEMPTS", "1");
        settings.put("SLUICE_CALLBACK_TIMEOUT", "300ms");
        deliverUntilOver(url(silent));
        assertThat(ledger.tried().get(0).problem()).isEqualTo("no answer within SLUICE_CALLBACK_TIMEOUT");
        assertThat(metric("timed_out")).isEqualTo(1);
    }

    @Test
    void tellsWhyNobodyWasReached_withoutThePassword() throws IOException {
        Receiver gone = receiver(Receiver.answering(Receiver.OK));
        gone.close();
        settings.put("SLUICE_CALLBACK_ATTEMPTS", "2");
        deliverUntilOver("http://me:secret@127.0.0.1:" + gone.port() + "/");
        assertThat(ledger.tried()).hasSize(2).allSatisfy(tried -> {
            assertThat(tried.status()).isZero();
            assertThat(tried.problem()).contains("refused").doesNotContain("secret");
        });
        assertThat(callback(URI.create("http://me:secret@a/"), true, 200).toString())
                .doesNotContain("secret");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "::1",
                "0.0.0.0",
                "169.254.169.254",
                "fe80::1",
                "64:ff9b::7f00:1",
                "224.0.0.1",
                "93.184.216.34,127.0.0.1"
            })
    void dialsNothing_whereANameLeadsInside(String addresses) throws IOException {
        Receiver inside = receiver(Receiver.answering(Receiver.OK));
        isLoopbackAllowed = false;
        names.put("hooks.test", List.of(addresses.split(",", -1)));
        deliverUntilOver("http://hooks.test:" + inside.port() + "/");
        assertThat(ledger.tried()).hasSize(1);
        assertThat(ledger.tried().get(0).problem()).startsWith("leads to a");
        assertThat(inside.connections()).isZero();
        assertThat(metric("refused")).isEqualTo(1);
    }

    @Test
    void checksAnAddressInTheUrlToo() throws IOException {
        Receiver inside = receiver(Receiver.answering(Receiver.OK));
        isLoopbackAllowed = false;
        deliverUntilOver(url(inside));
        assertThat(ledger.tried().get(0).problem()).isEqualTo("leads to a loopback address");
        assertThat(inside.connections()).isZero();
    }

    @Test
    void dialsTheAddressThatWasChecked_whateverTheNameMeansAMomentLater() throws IOException {
        Receiver receiver = receiver(Receiver.answering(Receiver.OK));
        names.put("hooks.test", List.of("127.0.0.1"));
        deliverUntilOver("http://hooks.test:" + receiver.port() + "/");
        assertThat(lookedUp).containsExactly("hooks.test");
        assertThat(receiver.requests().get(0).field("Host")).isEqualTo("hooks.test:" + receiver.port());
    }

    @Test
    void callsAFunctionOfThisGateway_fromInside() {
        deliverUntilOver("http://gateway.openfaas:8080/function/next/a%20b?c=d");
        assertThat(functions.bodies).containsExactly("result");
        var head = functions.heads.get(0);
        assertThat(head.method()).isEqualTo("POST");
        assertThat(head.target()).isEqualTo("/a%20b?c=d");
        assertThat(head.host()).isEqualTo("gateway.openfaas:8080");
        assertThat(head.contentLength()).isEqualTo(6);
        assertThat(head.headers().get("X-Call-Id")).isEqualTo("call-1");
        assertThat(head.headers().get("X-Function-Status")).isEqualTo("200");
        assertThat(head.headers().get("X-Sluice-Hops")).isEqualTo("1");
        assertThat(ledger.tried()).extracting(TestLedger.Tried::status).containsExactly(200);
        assertThat(lookedUp).isEmpty();
    }

    @Test
    void triesAFunctionOfThisGatewayAgain() {
        functions.status.set(500);
        settings.put("SLUICE_CALLBACK_ATTEMPTS", "2");
        deliverUntilOver("http://gateway.openfaas:8080/function/next");
        assertThat(ledger.tried()).extracting(TestLedger.Tried::status).containsExactly(500, 500);
    }

    @Test
    void queuesACallOfThisGateway_underOneKey(@TempDir Path directory) throws IOException {
        settings.put(
                "SLUICE_CALLBACK_KEY_FILE",
                Files.writeString(directory.resolve("keys"), SECRET).toString());
        deliverUntilOver("http://me:secret@gateway.openfaas:8080/async-function/next.openfaas-fn/x");
        assertThat(journal.submitted).hasSize(1);
        Submission call = journal.submitted.get(0);
        assertThat(call.function()).isEqualTo(TestFunctions.NEXT);
        assertThat(call.submittedName()).isEqualTo("next.openfaas-fn");
        assertThat(call.callId()).isEqualTo("call-1");
        assertThat(call.target()).isEqualTo("/x");
        assertThat(call.callback()).isNull();
        assertThat(call.idempotencyKey()).isEqualTo("callback-" + lastRid());
        assertThat(call.headers().get("X-Function-Status")).isEqualTo("200");
        assertThat(call.headers().contains("webhook-signature")).isFalse();
        assertThat(new String(journal.bodies.get(0), ISO_8859_1)).isEqualTo("result");
        assertThat(ledger.tried()).extracting(TestLedger.Tried::status).containsExactly(202);
    }

    @Test
    void knowsItselfByAddressAndPort() {
        names.put("alias.test", List.of("127.0.0.1"));
        deliverUntilOver("http://alias.test:" + OWN_PORT + "/function/next");
        assertThat(functions.bodies).containsExactly("result");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://alias.test:4/system/functions",
                "http://alias.test:4/function/../system/functions",
                "http://gateway.openfaas:8080/ui/"
            })
    void neverReachesItsOwnControlPlane(String url) {
        names.put("alias.test", List.of("127.0.0.1"));
        deliverUntilOver(url);
        assertThat(ledger.tried().get(0).problem()).startsWith("leads to this gateway");
        assertThat(metric("refused")).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"function", "async-function"})
    void failsForAFunctionThatIsUnknown(String path) {
        settings.put("SLUICE_CALLBACK_ATTEMPTS", "1");
        deliverUntilOver("http://gateway.openfaas:8080/" + path + "/unknown");
        assertThat(ledger.tried().get(0).problem()).startsWith("no such function");
    }

    @ParameterizedTest
    @ValueSource(strings = {"function", "async-function"})
    void refusesAFunctionThatAsksWhoIsCalling(String path) {
        functions.annotations.put("sluice_jwt_auth", "true");
        deliverUntilOver("http://gateway.openfaas:8080/" + path + "/next");
        assertThat(ledger.tried()).hasSize(1);
        assertThat(ledger.tried().get(0).problem()).contains("asks for a token");
        assertThat(functions.bodies).isEmpty();
        assertThat(journal.submitted).isEmpty();
        assertThat(metric("refused")).isEqualTo(1);
    }

    @Test
    void triesAgain_whenTheResultIsNotThere() throws IOException {
        Receiver receiver = receiver(Receiver.answering(Receiver.OK));
        ledger.add(callback(URI.create(url(receiver)), true, 200));
        open().due(0);
        await("the end", () -> ledger.tried().stream().anyMatch(TestLedger.Tried::isOver));
        assertThat(ledger.tried()).hasSizeGreaterThan(1);
        assertThat(ledger.tried()).extracting(TestLedger.Tried::problem).containsOnly("the result is not there");
        assertThat(receiver.connections()).isZero();
    }

    @Test
    void goesOn_whenTheLedgerWasDown() throws IOException {
        Receiver receiver = receiver(Receiver.answering(Receiver.OK));
        ledger.fail(2); // to read what is due, then to record it
        deliverUntilOver(url(receiver));
        assertThat(ledger.tried()).hasSize(1);
        assertThat(receiver.requests()).hasSize(1);
    }

    @Test
    void deliversManyAtOnce_andEachOnce() throws IOException {
        Receiver receiver = receiver(Receiver.answering(Receiver.OK));
        Receiver stuck = receiver(Receiver.running((number, out) -> release.await()));
        settings.put("SLUICE_CALLBACK_INFLIGHT", "8");
        for (int i = 0; i < 5; i++) {
            add(url(stuck), true, 200);
        }
        for (int i = 0; i < 200; i++) {
            add(url(receiver), true, 200);
        }
        open().due(0);
        await("all but the stuck ones", () -> ledger.tried().size() == 200);
        assertThat(receiver.requests()).hasSize(200);
        assertThat(stuck.connections()).as("a quarter of all deliveries").isEqualTo(2);
        assertThat(receiver.connections()).isLessThanOrEqualTo(8);
        release.countDown();
    }

    @Test
    void deliversOnce_whatEndsBetweenALookAndItsAnswer() throws IOException {
        Receiver receiver = receiver(Receiver.running((number, out) -> {
            release.await();
            out.write(Receiver.OK.getBytes(ISO_8859_1));
        }));
        add(url(receiver), true, 200);
        open().due(0);
        await("the delivery", () -> inFlight() == 1);
        Sinks.Empty<Void> told = Sinks.empty();
        ledger.hold(told.asMono());
        open().due(0); // reads that it is due
        release.countDown();
        await("its end", () -> ledger.tried().size() == 1 && inFlight() == 0);
        ledger.hold(Mono.empty());
        told.tryEmitEmpty().orThrow();
        assertThat(inFlight()).isZero();
        assertThat(receiver.requests()).hasSize(1);
    }

    @Test
    void checksTheReceiversCertificate(@TempDir Path directory) throws Exception {
        try (TlsReceiver receiver = TlsReceiver.forLocalhost(directory)) {
            settings.put("SLUICE_CALLBACK_CA_FILE", receiver.certificate().toString());
            settings.put("SLUICE_CALLBACK_ATTEMPTS", "1");
            names.put("localhost", List.of("127.0.0.1"));
            names.put("other.test", List.of("127.0.0.1"));
            deliverUntilOver("https://localhost:" + receiver.port() + "/in");
            assertThat(ledger.tried().get(0).status()).isEqualTo(204);
            add("https://other.test:" + receiver.port() + "/in", true, 200);
            Objects.requireNonNull(callbacks).due(0);
            await("the second", () -> ledger.tried().size() == 2);
            assertThat(ledger.tried().get(1).status()).isZero();
            assertThat(receiver.requests()).hasValue(1);
        }
    }

    // ---- helpers ---------------------------------------------------------------------------------------------------

    private void deliver(String url, HttpHeaders answer, String body) {
        DueCallback callback = callback(URI.create(url), true, 200);
        journal.keep(callback.record(), answer, body.getBytes(ISO_8859_1));
        ledger.add(callback);
        open().due(0);
        await("the end of the callback", this::isOver);
    }

    private void deliverUntilOver(String url) {
        add(url, true, 200);
        open().due(0);
        await("the end of the callback", this::isOver);
    }

    private boolean isOver() {
        return ledger.tried().stream().anyMatch(TestLedger.Tried::isOver);
    }

    private void add(String url, boolean hasAnswer, int status) {
        DueCallback callback = callback(URI.create(url), hasAnswer, status);
        if (hasAnswer) {
            journal.keep(callback.record(), new DefaultHttpHeaders(), "result".getBytes(ISO_8859_1));
        }
        ledger.add(callback);
    }

    private DueCallback callback(URI url, boolean hasAnswer, int status) {
        Rid rid = rids.next();
        CallRecord record = new CallRecord(
                rid.toString(),
                "call-1",
                true,
                new FunctionName("figlet", "staging"),
                "faas-request",
                hasAnswer ? CallState.COMPLETED : CallState.DEAD,
                3,
                10,
                Instant.EPOCH,
                null,
                null,
                null,
                status,
                "",
                -1,
                hasAnswer,
                false,
                Map.of(),
                null);
        return new DueCallback(rid, url, "figlet.staging", 1, 0.002885, hasAnswer, record);
    }

    private Rid lastRid() {
        return ledger.tried().get(ledger.tried().size() - 1).rid();
    }

    private Callbacks open() {
        if (callbacks != null) {
            return callbacks;
        }
        Settings read = new Settings(settings);
        CallbackPolicy policy = new CallbackPolicy(
                CallbackRules.from(read), isLoopbackAllowed, port -> port == 4_222, port -> port == OWN_PORT);
        CallbackConfig config = CallbackConfig.from(read);
        assertThat(read.problems()).isEmpty();
        Callbacks opened = Callbacks.open(
                config,
                policy,
                ledger,
                journal,
                functions,
                functions,
                "openfaas-fn",
                "1.2.3",
                Schedulers.newBoundedElastic(2, 100, "test-blocking", 60, true),
                this::find);
        callbacks = opened;
        return opened;
    }

    private Mono<List<HostLookup.Found>> find(String host) {
        lookedUp.add(host);
        List<HostLookup.Found> found = new ArrayList<>();
        for (String literal : names.getOrDefault(host, List.of(host))) {
            InetAddress address = NetUtil.createInetAddressFromIpAddressString(literal);
            if (address == null) {
                return Mono.error(new UnknownHostException(literal));
            }
            found.add(new HostLookup.Found(address, address.isLoopbackAddress()));
        }
        return Mono.just(found);
    }

    private Receiver receiver(Receiver receiver) {
        receivers.add(receiver);
        return receiver;
    }

    private static String url(Receiver receiver) {
        return "http://127.0.0.1:" + receiver.port() + "/in";
    }

    private double inFlight() {
        return Objects.requireNonNull(
                        Objects.requireNonNull(callbacks).collect().block())
                .stream()
                .filter(family -> family.name().equals("sluice_callbacks_in_flight"))
                .mapToDouble(family -> family.samples().get(0).value())
                .sum();
    }

    private double metric(String outcome) {
        return Objects.requireNonNull(
                        Objects.requireNonNull(callbacks).collect().block())
                .stream()
                .filter(family -> family.name().equals("sluice_callbacks_total"))
                .flatMap(family -> family.samples().stream())
                .filter(sample -> outcome.equals(sample.labels().get("outcome")))
                .mapToDouble(sample -> sample.value())
                .sum();
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(ISO_8859_1));
    }

    private static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("waited in vain for " + what);
            }
            LockSupport.parkNanos(2_000_000);
        }
    }
}
