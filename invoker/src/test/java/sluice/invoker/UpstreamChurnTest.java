package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.invoker.Requests.get;
import static sluice.invoker.Requests.ok;
import static sluice.invoker.Requests.post;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import sluice.core.Endpoint;

/** Connections and replicas that go away under load (reliability matrix, U12 and U13; promise 22). */
class UpstreamChurnTest {
    private static final int CLIENTS = 3;

    @RegisterExtension
    final GatewayFixture gateway = GatewayFixture.standard();

    @Test
    void u12_failsNoCall_whenTheFunctionClosesIdleConnections() throws Exception {
        Random random = new Random(12);
        AtomicInteger closed = new AtomicInteger();
        gateway.function("f", (connection, number) -> {
            int answers = 1 + random.nextInt(5);
            long lingerNanos = random.nextInt(2_000_000);
            for (int i = 0; i < answers; i++) {
                connection.request();
                connection.send(RawFunction.OK);
            }
            Eventually.linger(Duration.ofNanos(lingerNanos));
            closed.incrementAndGet();
        });

        assertThat(failures(() -> calls(get("/function/f"), 250))).isZero();
        assertThat(closed.get()).isGreaterThan(100);
    }

    /**
     * In one turn of a loop an answer finds its client gone, so that the client's connection is closed, other calls dial, and
     * then comes what the system had to say of the closed one: no new connection, though it may have got its descriptor,
     * hears of it.
     */
    @Test
    void u12_failsNoCall_whenAClientLeavesInTheTurnThatDialsForOthers() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        CountDownLatch isAnswered = new CountDownLatch(1);
        RawFunction function = gateway.function("f", (connection, number) -> {
            connection.request();
            if (number == 1) {
                answer.await();
            }
            connection.send(RawFunction.OK);
            isAnswered.countDown();
        });
        RawConnection leaving = gateway.connect();
        leaving.send(get("/function/f"));
        Eventually.await("the call", () -> function.requests().size() == 1);
        List<RawConnection> clients = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            RawConnection client = gateway.connect();
            client.send(get("/function/nobody"));
            assertThat(client.answer().status()).isEqualTo(404);
            clients.add(client);
        }

        AtomicBoolean isHalted = new AtomicBoolean(true);
        gateway.eventLoops()
                .forEach(loop -> loop.execute(() -> {
                    while (isHalted.get()) {
                        // everything that is sent below waits for the loop, in its order
                    }
                }));
        answer.countDown();
        isAnswered.await();
        for (RawConnection client : clients) {
            client.send(get("/function/f"));
        }
        leaving.reset();
        isHalted.set(false);

        for (RawConnection client : clients) {
            assertThat(client.answer().status()).isEqualTo(200);
            client.close();
        }
    }

    @Test
    void u12_keepsNoConnectionLongerThanTheFunctionSays() throws IOException {
        RawFunction function = gateway.function("f", RawFunction.answering(ok("ok", "Keep-Alive: timeout=1")));
        try (RawConnection client = gateway.connect()) {
            for (int i = 0; i < 3; i++) {
                client.send(get("/function/f"));
                assertThat(client.answer().status()).isEqualTo(200);
            }
        }
        assertThat(function.connections()).isEqualTo(3);
    }

    @Test
    void closesIdleConnections_whenTheReplicaIsGone() throws IOException {
        RawFunction function = gateway.function("f", RawFunction.answering(RawFunction.OK));
        assertThat(gateway.call(get("/function/f")).status()).isEqualTo(200);
        assertThat(function.openConnections()).isEqualTo(1);

        gateway.deploy("f");
        Eventually.await("the idle connection to be closed", () -> function.openConnections() == 0);
    }

    @Test
    void u13_failsNoIdempotentCall_whenAReplicaIsKilled() throws Exception {
        List<RawFunction> replicas = threeReplicas();
        AtomicInteger done = new AtomicInteger();

        assertThat(failures(() -> {
                    int failed = 0;
                    for (int i = 0; i < 200; i++) {
                        failed += calls(get("/function/f"), 1);
                        if (done.incrementAndGet() == CLIENTS * 50) {
                            replicas.get(0).kill();
                        }
                    }
                    return failed;
                }))
                .isZero();
        assertThat(replicas).allMatch(replica -> !replica.requests().isEmpty());
    }

    @Test
    void u13_failsOnlyCallsInFlight_whenTheyMustNotBeRepeated() throws Exception {
        List<RawFunction> replicas = threeReplicas();
        AtomicInteger done = new AtomicInteger();

        int failed = failures(() -> {
            int failures = 0;
            for (int i = 0; i < 200; i++) {
                failures += calls(post("/function/f", "x"), 1);
                if (done.incrementAndGet() == CLIENTS * 50) {
                    replicas.get(0).kill();
                }
            }
            return failures;
        });

        int arrived =
                replicas.stream().mapToInt(replica -> replica.requests().size()).sum();
        assertThat(failed).isLessThanOrEqualTo(CLIENTS - 1); // the one that killed it was not in flight
        assertThat(arrived).isLessThanOrEqualTo(CLIENTS * 200); // nothing was sent twice
    }

    @Test
    void promise22_failsNoIdempotentCall_whileReplicasComeAndGo() throws Exception {
        List<Endpoint> replicas = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            replicas.add(gateway.running(RawFunction.answering(RawFunction.OK)).endpoint("r" + i));
        }
        gateway.deploy("f", replicas.get(0));
        AtomicBoolean over = new AtomicBoolean();
        Thread scaling = new Thread(
                () -> {
                    for (int round = 0; !over.get(); round++) {
                        int count = round % 2 == 0 ? 20 : 1;
                        int first = round % replicas.size();
                        gateway.deploy(
                                "f",
                                replicas.subList(first, Math.min(20, first + count))
                                        .toArray(Endpoint[]::new));
                        Eventually.linger(Duration.ofMillis(2));
                    }
                },
                "scaling");
        scaling.start();
        int failed = failures(() -> calls(get("/function/f"), 600));
        over.set(true);
        scaling.join();

        assertThat(failed).isZero();
    }

    private List<RawFunction> threeReplicas() throws IOException {
        List<RawFunction> replicas = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            replicas.add(gateway.running(RawFunction.answering(RawFunction.OK)));
        }
        gateway.deploy(
                "f",
                replicas.get(0).endpoint("a"),
                replicas.get(1).endpoint("b"),
                replicas.get(2).endpoint("c"));
        return replicas;
    }

    /** Runs {@code client} in parallel and sums up what it returns. */
    private static int failures(Callable<Integer> client) throws Exception {
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        try {
            int failures = 0;
            for (Future<Integer> result : clients.invokeAll(Collections.nCopies(CLIENTS, client))) {
                failures += result.get();
            }
            return failures;
        } finally {
            clients.shutdownNow();
        }
    }

    /** How many of so many calls on one connection did not end in 200. */
    private int calls(String request, int count) throws IOException {
        int failed = 0;
        try (RawConnection client = gateway.connect()) {
            for (int i = 0; i < count; i++) {
                client.send(request);
                failed += client.answer().status() == 200 ? 0 : 1;
            }
        }
        return failed;
    }
}
