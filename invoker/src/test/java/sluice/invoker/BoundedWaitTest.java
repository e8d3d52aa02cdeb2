package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.invoker.Requests.CHUNKED_OK;
import static sluice.invoker.Requests.chunk;
import static sluice.invoker.Requests.get;
import static sluice.invoker.Requests.ok;

import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.core.Endpoint;

/** Limits of time, number and memory (reliability, promises 6, 7, 10 and 13; matrix row O1). */
class BoundedWaitTest {
    @RegisterExtension
    final GatewayFixture gateway = GatewayFixture.with(
            "SLUICE_HOLD_WAIT", "400ms",
            "SLUICE_WRITE_STALL", "700ms",
            "SLUICE_MAX_CALLS", "70",
            "SLUICE_MAX_HELD_CALLS", "1",
            "SLUICE_STREAM_WINDOW", "65536"); // what each stream has for sure; the budget for more: StreamWindowTest

    private final CountDownLatch release = new CountDownLatch(1);
    private final RawFunction.Script waits = (connection, number) -> {
        while (true) {
            connection.request();
            release.await();
            connection.send(RawFunction.OK);
        }
    };

    @Test
    void promise6_holdsLittle_forClientsThatDoNotRead() throws IOException {
        long before = PlatformDependent.usedDirectMemory();
        AtomicLong sent = new AtomicLong();
        gateway.function("f", (connection, number) -> {
            connection.request();
            connection.send(CHUNKED_OK);
            byte[] piece = chunk("d".repeat(8_192)).getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
            while (true) {
                connection.send(piece);
                sent.addAndGet(piece.length);
            }
        });
        List<RawConnection> clients = new ArrayList<>();
        long most = 0;
        for (int i = 0; i < 60; i++) {
            RawConnection client = gateway.connect();
            client.send(get("/function/f"));
            clients.add(client);
        }
        for (long seen = -1; seen != sent.get(); most = Math.max(most, PlatformDependent.usedDirectMemory())) {
            seen = sent.get();
            Eventually.linger(Duration.ofMillis(200));
        }
        for (RawConnection client : clients) {
            client.close();
        }
        assertThat(most - before).isLessThan(60 * 200L * 1024 + (32L << 20)); // and what the pool takes at once
    }

    @ParameterizedTest(name = "promise 6 {0}")
    @ValueSource(strings = {"/function/f", "/function/none", "/function/x/../f", "/healthz"})
    @Over.Http1Only("streams are not pipelined, and their number is bounded: StreamFaultTest")
    void promise6_takesNoMoreRequests_fromAClientThatReadsNoAnswers(String target) throws IOException {
        gateway.function("f", RawFunction.answering(ok("a".repeat(200))));
        try (RawConnection client = RawConnection.openWithReceiveBuffer(gateway.port(), 64 * 1024)) {
            String requests = get(target + "?" + "q".repeat(400)).repeat(20);
            long kernel = mostOf("tcp_rmem") + 2 * mostOf("tcp_wmem"); // which no gateway can keep from filling
            Flood flood = Flood.of(client, requests, kernel + (48L << 20));

            assertThat(flood.stalledAt()).isLessThan(kernel + (32L << 20));
        }
    }

    /** The bytes to which this machine lets a socket's buffer grow; 8 MiB where it does not say. */
    private static long mostOf(String setting) throws IOException {
        Path file = Path.of("/proc/sys/net/ipv4", setting);
        if (!Files.isReadable(file)) {
            return 8L << 20;
        }
        String leastUsualMost = Files.readAllLines(file).get(0); // in one read: the kernel answers no second one
        return Long.parseLong(leastUsualMost.substring(leastUsualMost.lastIndexOf('\t') + 1));
    }

    @Test
    void promise7_endsTheWaitForAReplica() throws IOException {
        gateway.deploy("f", new Endpoint("a", "127.0.0.1", 1, Endpoint.State.STARTING));

        RawMessage answer = gateway.call(get("/function/f"));

        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.has("Retry-After")).isTrue();
    }

    @Test
    void promise7_endsTheWaitForASlot() throws IOException {
        RawFunction function = gateway.running(waits);
        gateway.deployLimited("f", 1, function.endpoint("a"));
        try (RawConnection first = gateway.connect()) {
            first.send(get("/function/f"));
            Eventually.await("the slot to be taken", () -> function.requests().size() == 1);

            RawMessage answer = gateway.call(get("/function/f"));
            assertThat(answer.status()).isIn(429, 503);
            assertThat(answer.has("Retry-After")).isTrue();
            release.countDown();
            assertThat(first.answer().status()).isEqualTo(200);
        }
    }

    @Test
    void promise10_refusesCallsAboveTheLimitOfTheProcess() throws IOException {
        RawFunction function = gateway.function("f", waits);
        List<RawConnection> clients = new ArrayList<>();
        for (int i = 0; i < 70; i++) {
            RawConnection client = gateway.connect();
            client.send(get("/function/f"));
            clients.add(client);
        }
        Eventually.await("all slots to be taken", () -> function.requests().size() == 70);

        RawMessage answer = gateway.call(get("/function/f"));
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.has("Retry-After")).isTrue();
        assertThat(answer.body()).contains("SLUICE_MAX_CALLS");
        assertThat(gateway.call(get("/healthz")).status()).isEqualTo(200);

        release.countDown();
        for (RawConnection client : clients) {
            assertThat(client.answer().status()).isEqualTo(200);
            client.close();
        }
        assertThat(gateway.call(get("/function/f")).status()).isEqualTo(200);
    }

    @Test
    void promise10_refusesCallsThatMayNotWait() throws IOException {
        RawFunction function = gateway.running(waits);
        gateway.deployLimited("f", 1, function.endpoint("a"));
        try (RawConnection first = gateway.connect();
                RawConnection second = gateway.connect()) {
            first.send(get("/function/f"));
            Eventually.await("the slot to be taken", () -> function.requests().size() == 1);
            second.send(get("/function/f"));
            Eventually.await("the second to wait", () -> gateway.callsInFlight() == 2);

            RawMessage third = gateway.call(get("/function/f"));
            assertThat(third.status()).isEqualTo(429);
            assertThat(third.has("Retry-After")).isTrue();
            release.countDown();
            assertThat(first.answer().status()).isEqualTo(200);
            assertThat(second.answer().status()).isEqualTo(200);
        }
    }

    @Test
    void promise10_refusesCallsAboveTheLimitOfAHold() throws IOException {
        gateway.deploy("f", new Endpoint("a", "127.0.0.1", 1, Endpoint.State.STARTING));
        try (RawConnection first = gateway.connect()) {
            first.send(get("/function/f"));
            Eventually.await("the first to be held", () -> gateway.callsInFlight() == 1);

            RawMessage second = gateway.call(get("/function/f"));
            assertThat(second.status()).isEqualTo(503);
            assertThat(second.has("Retry-After")).isTrue();
            assertThat(first.answer().status()).isEqualTo(503);
        }
    }

    @ParameterizedTest(name = "promise 13 {0}")
    @ValueSource(strings = {"/function/f", "/healthz", "/function/none"})
    @Over.Http1Only("GOAWAY says which streams were taken: promise13_saysWhichStreamWasTheLast")
    void promise13_answersARequest_thatWasOnItsWayWhenTheDrainBegan(String target) throws Exception {
        RawFunction function = gateway.function("f", waits);
        gateway.function("g");
        try (RawConnection busy = gateway.connect();
                RawConnection idle = gateway.connect();
                RawConnection last = gateway.connect()) {
            for (RawConnection client : List.of(idle, last)) {
                client.send(get("/function/g"));
                assertThat(client.answer().status()).isEqualTo(200);
            }
            busy.send(get("/function/f"));
            Eventually.await("the call", () -> function.requests().size() == 1);

            Thread stopping = new Thread(gateway::stop, "stopping");
            stopping.start();
            Eventually.await("the drain to begin", () -> gateway.isDraining());
            idle.send(get(target));
            release.countDown();

            RawMessage answer = idle.answer();
            assertThat(answer.status()).isIn(200, 404, 503); // of the function; none; the health check says it drains
            assertThat(answer.saysClose()).isTrue();
            assertThat(idle.rest()).isEmpty();
            assertThat(last.rest()).isEmpty(); // without a request it ends too
            assertThat(busy.answer().status()).isEqualTo(200);
            stopping.join();
        }
    }

    @Test
    void promise13_saysWhichStreamWasTheLast_whenTheDrainBegins() throws Exception {
        gateway.function("g");
        try (RawHttp2 client = RawHttp2.open(gateway.port())) {
            client.send(
                    RawHttp2.HEADERS,
                    RawHttp2.END_HEADERS | RawHttp2.END_STREAM,
                    1,
                    RawHttp2.request("GET", "/function/g"));
            assertThat(client.await(frame -> frame.isEndOf(1)).type()).isNotEqualTo(RawHttp2.RST_STREAM);

            Thread stopping = new Thread(gateway::stop, "stopping");
            stopping.start();
            RawHttp2.Frame goAway = client.await(frame -> frame.type() == RawHttp2.GOAWAY);
            assertThat(goAway.error()).isZero();
            assertThat(goAway.number(0)).isEqualTo(1); // whatever comes after it may be sent again, elsewhere
            stopping.join();
        }
    }

    @Test
    void promise13_endsRunningCallsAndTakesNoNewOnes_whileDraining() throws Exception {
        RawFunction function = gateway.function("f", waits);
        try (RawConnection busy = gateway.connect();
                RawConnection idle = gateway.connect()) {
            idle.send(get("/healthz"));
            assertThat(idle.answer().status()).isEqualTo(200);
            busy.send(get("/function/f"));
            Eventually.await("the call", () -> function.requests().size() == 1);

            Thread stopping = new Thread(gateway::stop, "stopping");
            stopping.start();
            assertThat(idle.rest()).isEmpty();
            release.countDown();
            RawMessage answer = busy.answer();
            assertThat(answer.status()).isEqualTo(200);
            assertThat(busy.rest()).isEmpty();
            stopping.join();
        }
    }
}
