package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.invoker.Requests.get;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How many connections to a replica there are, and how long they live. */
class UpstreamPoolTest {
    private static final int LOOPS = Runtime.getRuntime().availableProcessors();

    @RegisterExtension
    final GatewayFixture gateway = GatewayFixture.with(
            "SLUICE_UPSTREAM_CONNECTIONS", "3",
            "SLUICE_UPSTREAM_IDLE_CONNECTIONS", "2",
            "SLUICE_UPSTREAM_IDLE", "10m");

    /** So many calls at once; {@code whileTheyRun} when as many are with the function as can be. */
    private static void burst(GatewayFixture gateway, int calls, Runnable whileTheyRun) throws IOException {
        List<RawConnection> clients = new ArrayList<>();
        for (int i = 0; i < calls; i++) {
            RawConnection client = gateway.connect();
            client.send(get("/function/f"));
            clients.add(client);
        }
        whileTheyRun.run();
        for (RawConnection client : clients) {
            assertThat(client.answer().status()).isEqualTo(200);
            client.close();
        }
    }

    @Test
    void opensNoMoreThanSoManyPerLoop_andServesTheOthersInTurn() throws IOException {
        CountDownLatch release = new CountDownLatch(1);
        RawFunction function = gateway.function("f", (connection, number) -> {
            while (true) {
                connection.request();
                release.await();
                connection.send(RawFunction.OK);
            }
        });

        burst(gateway, 20 * LOOPS, () -> {
            Eventually.await("all calls", () -> gateway.callsInFlight() == 20L * LOOPS);
            Eventually.await("connections", () -> function.requests().size() >= 3);
            release.countDown();
        });

        assertThat(function.requests()).hasSize(20 * LOOPS);
        assertThat(function.connections()).isLessThanOrEqualTo(3 * LOOPS);
    }

    @Test
    void keepsNoMoreThanSoManyIdle() throws IOException {
        CountDownLatch release = new CountDownLatch(1);
        RawFunction function = gateway.function("f", (connection, number) -> {
            while (true) {
                connection.request();
                release.await();
                connection.send(RawFunction.OK);
            }
        });
        burst(gateway, 6 * LOOPS, () -> {
            Eventually.await("three connections of a loop", () -> function.openConnections() >= 3);
            release.countDown();
        });

        Eventually.await("the surplus to be closed", () -> function.openConnections() <= 2 * LOOPS);
        assertThat(function.openConnections()).isPositive();
        assertThat(gateway.call(get("/function/f")).status()).isEqualTo(200);
    }

    @Test
    void usesAWarmConnectionFirst() throws IOException {
        RawFunction function = gateway.function("f");
        try (RawConnection client = gateway.connect()) {
            for (int i = 0; i < 50; i++) {
                client.send(get("/function/f"));
                assertThat(client.answer().status()).isEqualTo(200);
            }
        }
        assertThat(function.connections()).isEqualTo(1);
    }

    @Nested
    class WithAShortIdleTime {
        @RegisterExtension
        final GatewayFixture forgetful = GatewayFixture.with("SLUICE_UPSTREAM_IDLE", "200ms");

        @Test
        void closesAConnection_thatNobodyUses() throws IOException {
            RawFunction function = forgetful.function("f");
            assertThat(forgetful.call(get("/function/f")).status()).isEqualTo(200);

            Eventually.await("the idle connection to be closed", () -> function.openConnections() == 0);
            assertThat(forgetful.call(get("/function/f")).status()).isEqualTo(200);
            assertThat(function.connections()).isEqualTo(2);
        }
    }

    @Nested
    class WithAShortLife {
        @RegisterExtension
        final GatewayFixture renewing = GatewayFixture.with("SLUICE_UPSTREAM_LIFE", "300ms");

        @Test
        void renewsAConnection_howeverBusyItIs() throws IOException {
            RawFunction function = renewing.function("f");
            try (RawConnection client = renewing.connect()) {
                Eventually.await("a third connection", () -> {
                    try {
                        client.send(get("/function/f"));
                        assertThat(client.answer().status()).isEqualTo(200);
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                    return function.connections() >= 3;
                });
            }
            assertThat(function.openConnections()).isLessThanOrEqualTo(1);
        }
    }
}
