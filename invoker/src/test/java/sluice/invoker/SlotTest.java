package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.invoker.Requests.get;
import static sluice.invoker.Requests.post;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Every slot that is taken comes back once, however its call ends. */
class SlotTest {
    @RegisterExtension
    final GatewayFixture gateway = GatewayFixture.standard();

    private final CountDownLatch release = new CountDownLatch(1);

    @Test
    void losesNoSlotAndMakesNone_howeverCallsEnd() throws Exception {
        AtomicBoolean isCalm = new AtomicBoolean();
        RawFunction function = gateway.running((connection, number) -> {
            Random random = new Random(number);
            while (true) {
                connection.request();
                if (isCalm.get()) {
                    release.await();
                }
                Eventually.linger(Duration.ofNanos(random.nextInt(2_000_000)));
                switch (isCalm.get() ? 9 : random.nextInt(8)) {
                    case 0 -> connection.reset();
                    case 1 -> connection.close();
                    case 2 -> connection.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
                    default -> connection.send(RawFunction.OK);
                }
            }
        });
        gateway.deployLimited("f", 2, function.endpoint("a"));
        Parallel.run(8, client -> leaveAtRandom(new Random(client)));
        gateway.awaitNothingInFlight();
        isCalm.set(true);

        try (RawConnection first = gateway.connect();
                RawConnection second = gateway.connect();
                RawConnection third = gateway.connect()) {
            first.send(get("/function/f/calm"));
            second.send(get("/function/f/calm"));
            Eventually.await("both slots to be taken", () -> calmCalls(function) == 2);
            third.send(get("/function/f/calm"));
            Eventually.await("the third to wait", () -> gateway.callsInFlight() == 3);
            assertThat(calmCalls(function)).isEqualTo(2);
            release.countDown();
            for (RawConnection client : List.of(first, second, third)) {
                assertThat(client.answer().status()).isEqualTo(200);
            }
        }
    }

    private static long calmCalls(RawFunction function) {
        return function.requests().stream()
                .filter(request -> request.target().equals("/calm"))
                .count();
    }

    private void leaveAtRandom(Random random) throws IOException {
        for (int i = 0; i < 60; i++) {
            try (RawConnection client = gateway.connect()) {
                String request = post("/function/f", "x".repeat(random.nextInt(100)));
                client.send(request.substring(0, request.length() - random.nextInt(2)));
                Eventually.linger(Duration.ofNanos(random.nextInt(4_000_000)));
                if (random.nextBoolean()) {
                    client.reset();
                }
            }
        }
    }
}
