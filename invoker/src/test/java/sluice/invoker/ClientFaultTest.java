package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.invoker.Requests.CHUNKED_OK;
import static sluice.invoker.Requests.chunk;
import static sluice.invoker.Requests.chunked;
import static sluice.invoker.Requests.get;
import static sluice.invoker.Requests.post;
import static sluice.invoker.Requests.request;
import static sluice.invoker.Requests.switching;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that are too slow, or never go on (reliability matrix, C1 to C4). */
class ClientFaultTest {
    @RegisterExtension
    final GatewayFixture gateway = GatewayFixture.with(
            "SLUICE_HEAD_TIMEOUT", "400ms",
            "SLUICE_IDLE_TIMEOUT", "600ms",
            "SLUICE_BODY_SILENCE", "500ms",
            "SLUICE_WRITE_STALL", "500ms");

    @ParameterizedTest(name = "C1 {0}")
    @ValueSource(
            strings = {"G", "GET /function/f", "GET /function/f HTTP/1.1\r\n", "GET /function/f HTTP/1.1\r\nHost: x\r\n"
            })
    @Over.Http1Only("a head of HTTP/2 comes in frames: StreamFaultTest")
    void c1_refusesAHeadThatDoesNotEnd(String half) throws IOException {
        RawFunction function = gateway.function("f");
        try (RawConnection client = gateway.connect()) {
            client.send(half);

            RawMessage answer = client.answer();
            assertThat(answer.status()).isEqualTo(408);
            assertThat(answer.saysClose()).isTrue();
            assertThat(client.rest()).isEmpty();
        }
        gateway.assertUntouched(function);
    }

    @Test
    @Over.Http1Only("a head of HTTP/2 comes in frames: StreamFaultTest")
    void c1_grantsNoMoreTime_forEveryByte() throws IOException {
        RawFunction function = gateway.function("f");
        try (RawConnection client = gateway.connect()) {
            Thread drip = new Thread(
                    () -> {
                        try {
                            client.send("GET /function/f HTTP/1.1\r\nHost: x\r\nX: ");
                            while (true) {
                                client.send("y");
                                Eventually.linger(Duration.ofMillis(50));
                            }
                        } catch (IOException refused) {
                            // what is waited for
                        }
                    },
                    "drip");
            drip.setDaemon(true);
            drip.start();

            assertThat(client.answer().status()).isEqualTo(408);
        }
        gateway.assertUntouched(function);
    }

    @Test
    @Over.Http1Only("a head of HTTP/2 comes in frames: StreamFaultTest")
    void c1_appliesToEveryRequestOfAConnection() throws IOException {
        gateway.function("f");
        try (RawConnection client = gateway.connect()) {
            client.send(get("/function/f") + "GET /func");

            assertThat(client.answer().status()).isEqualTo(200);
            assertThat(client.answer().status()).isEqualTo(408);
            assertThat(client.rest()).isEmpty();
        }
    }

    @Test
    @Over.Http1Only("a head of HTTP/2 comes in frames: StreamFaultTest")
    void c1_tellsWhy_whateverTheRequestBeforeWas() throws IOException {
        gateway.function("f");
        try (RawConnection client = gateway.connect()) {
            client.send(request("HEAD /function/f HTTP/1.1", "Accept: application/json") + "GET /func");

            assertThat(client.answerTo("HEAD").status()).isEqualTo(200);
            RawMessage late = client.answer();
            assertThat(late.status()).isEqualTo(408);
            assertThat(late.isWhole()).isTrue();
            assertThat(late.body()).contains("SLUICE_HEAD_TIMEOUT").doesNotContain("{");
        }
    }

    @Test
    void c7_closesAnIdleConnectionWithoutAnAnswer() throws IOException {
        gateway.function("f");
        try (RawConnection client = gateway.connect()) {
            client.send(get("/function/f"));
            assertThat(client.answer().status()).isEqualTo(200);

            assertThat(client.rest()).isEmpty();
            assertThat(client.ending()).isEqualTo(RawConnection.Ending.FIN);
        }
    }

    @Test
    void c2_refusesABodyThatFallsSilent() throws IOException {
        RawFunction function = gateway.function("f");
        for (String half : List.of(
                request("POST /function/f HTTP/1.1", "Content-Length: 10") + "half",
                request("POST /function/f HTTP/1.1", "Content-Length: 1000000") + "half",
                chunked("/function/f") + chunk("half"),
                chunked("/function/f") + "10\r\nhalf",
                chunked("/function/f") + chunk("half") + "0\r\n")) {
            try (RawConnection client = gateway.connect()) {
                client.send(half);

                assertThat(client.answer().status()).describedAs(half).isEqualTo(408);
                assertThat(client.rest()).isEmpty();
            }
        }
        Eventually.await("upstream requests to be aborted", () -> function.openConnections() == 0);
        assertThat(function.requests()).noneMatch(RawMessage::isWhole);
    }

    @Test
    void c3_takesNeitherConnectionNorSlot_beforeAShortBodyIsThere() throws IOException {
        RawFunction function = gateway.running(RawFunction.answering(RawFunction.OK));
        gateway.deployLimited("f", 1, function.endpoint("a"));
        List<RawConnection> slow = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            RawConnection client = gateway.connect();
            client.send(request("POST /function/f HTTP/1.1", "Content-Length: 65536") + "half");
            slow.add(client);
        }

        assertThat(gateway.call(post("/function/f", "quick")).status()).isEqualTo(200);
        assertThat(function.onlyRequest().body()).isEqualTo("quick");
        assertThat(function.connections()).isEqualTo(1);
        for (RawConnection client : slow) {
            client.close();
        }
    }

    @Test
    void c4_abortsBothSides_whenTheClientStopsReading() throws IOException {
        RawFunction function = gateway.function("f", (connection, number) -> {
            connection.request();
            connection.send(CHUNKED_OK);
            Flood.of(connection, chunk("d".repeat(8_192)), Long.MAX_VALUE).awaitEnd();
        });
        try (RawConnection client = gateway.connect()) {
            client.send(get("/function/f"));
            client.head();

            Eventually.await("the upstream request to be aborted", () -> function.openConnections() == 0);
            assertThat(client.rest()).doesNotContain("\r\n0\r\n");
        }
    }

    /** A connection may be idle for so long that it plays no part. */
    @Over.Http1Only("a connection of HTTP/2 begins with a preface")
    @Nested
    class WithALongIdleTimeout {
        @RegisterExtension
        final GatewayFixture gateway =
                GatewayFixture.with("SLUICE_HEAD_TIMEOUT", "400ms", "SLUICE_IDLE_TIMEOUT", "10m");

        @Test
        void c1_closesAFreshConnectionThatSendsNothing_withoutAnAnswer() throws IOException {
            try (RawConnection client = gateway.connect()) {
                assertThat(client.rest()).isEmpty();
            }
        }

        @Test
        void c7_keepsAConnectionThatHasCalledBefore() throws IOException {
            gateway.function("f");
            try (RawConnection client = gateway.connect();
                    RawConnection fresh = gateway.connect()) {
                client.send(get("/function/f"));
                assertThat(client.answer().status()).isEqualTo(200);
                assertThat(fresh.rest()).isEmpty(); // a head timeout later
                client.send(get("/function/f"));
                assertThat(client.answer().status()).isEqualTo(200);
            }
        }
    }

    /** A minimum rate and a silence so long that it plays no part. */
    @Nested
    class WithAMinimumRate {
        @RegisterExtension
        final GatewayFixture gateway = GatewayFixture.with(
                "SLUICE_UPLOAD_RATE", "100000",
                "SLUICE_UPLOAD_GRACE", "500ms");

        @ParameterizedTest(name = "C2 {0}")
        @ValueSource(strings = {"Content-Length: 1000", "Content-Length: 1000000", "Transfer-Encoding: chunked"})
        void c2_refusesABodyBelowTheMinimumRate(String framing) throws IOException {
            RawFunction function = gateway.function("f");
            try (RawConnection client = gateway.connect()) {
                client.send(request("POST /function/f HTTP/1.1", framing));
                Thread drip = new Thread(() -> drip(client, framing.contains("chunked") ? chunk("x") : "x"), "drip");
                drip.setDaemon(true);
                drip.start();

                assertThat(client.answer().status()).isEqualTo(408);
                client.awaitEndOfCall();
            }
            Eventually.await("the upstream request to be aborted", () -> function.openConnections() == 0);
            assertThat(function.requests()).noneMatch(RawMessage::isWhole);
        }

        private static void drip(RawConnection client, String piece) {
            try {
                while (true) {
                    client.send(piece);
                    Eventually.linger(Duration.ofMillis(50));
                }
            } catch (IOException refused) {
                // what is waited for
            }
        }

        @Test
        @Over.Http1Only("HTTP/2 has no Upgrade")
        void c2_appliesToNeitherTunnelsNorStreams() throws IOException {
            gateway.function("tunnel", (connection, number) -> {
                connection.request();
                connection.send(switching("x"));
                connection.send(connection.exactly(10));
            });
            try (RawConnection client = gateway.connect()) {
                client.send(get("/function/tunnel", "Connection: Upgrade", "Upgrade: x"));
                assertThat(client.answer().status()).isEqualTo(101);
                for (int i = 0; i < 10; i++) {
                    Eventually.linger(Duration.ofMillis(100));
                    client.send("x");
                }
                assertThat(client.exactly(10)).isEqualTo("xxxxxxxxxx");
            }
        }
    }
}
