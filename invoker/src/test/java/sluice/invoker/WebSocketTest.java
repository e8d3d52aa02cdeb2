package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.invoker.Requests.get;
import static sluice.invoker.Requests.request;
import static sluice.invoker.Requests.switching;

import java.io.IOException;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tunnels (reliability matrix, C9; OpenFaaS gateway contract, streaming; RFC 6455). */
@Over.Http1Only("HTTP/2 has no Upgrade, and extended CONNECT is not offered")
class WebSocketTest {
    private static final String KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
    private static final String VERSION = "Sec-WebSocket-Version: 13";
    private static final String[] UPGRADE = {"Connection: keep-alive, Upgrade", "Upgrade: websocket"};
    private static final String ACCEPTED = switching("websocket", "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");

    @RegisterExtension
    final GatewayFixture gateway = GatewayFixture.with("upstream_timeout", "500ms", "SLUICE_STREAM_IDLE", "3s");

    private static String handshake(String... fields) {
        return get("/function/f", UPGRADE[0], UPGRADE[1], String.join("\r\n", fields));
    }

    /** Accepts the upgrade and sends back every byte. */
    private static final RawFunction.Script ECHO = (connection, number) -> {
        connection.request();
        connection.send(ACCEPTED);
        connection.echo();
    };

    @Test
    void passesTheHandshakeOn() throws IOException {
        RawFunction function = gateway.function("f", ECHO);
        try (RawConnection client = gateway.connect()) {
            client.send(handshake(KEY, VERSION, "Origin: https://other.example", "Sec-WebSocket-Protocol: chat"));

            RawMessage answer = client.answer();
            assertThat(answer.status()).isEqualTo(101);
            assertThat(answer.field("Upgrade")).isEqualTo("websocket");
            assertThat(answer.field("Connection")).isEqualToIgnoringCase("upgrade");
            assertThat(answer.field("Sec-WebSocket-Accept")).isEqualTo("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        }
        RawMessage seen = function.onlyRequest();
        assertThat(seen.field("Connection")).isEqualToIgnoringCase("upgrade");
        assertThat(seen.field("Upgrade")).isEqualTo("websocket");
        assertThat(seen.field("Origin")).isEqualTo("https://other.example");
        assertThat(seen.field("Sec-WebSocket-Key")).isEqualTo("dGhlIHNhbXBsZSBub25jZQ==");
        assertThat(seen.field("Sec-WebSocket-Version")).isEqualTo("13");
        assertThat(seen.field("Sec-WebSocket-Protocol")).isEqualTo("chat");
        assertThat(seen.field("X-Call-Id")).hasSize(36);
    }

    @Test
    void carriesTenThousandMessagesBothWays() throws Exception {
        gateway.function("f", ECHO);
        try (RawConnection client = gateway.connect()) {
            client.send(handshake(KEY, VERSION));
            assertThat(client.answer().status()).isEqualTo(101);

            CompletableFuture<Void> sender = CompletableFuture.runAsync(() -> Messages.send(client));
            for (Messages expected = new Messages(); expected.hasNext(); ) {
                expected.assertNextFrom(client);
            }
            sender.get();
        }
    }

    @Test
    void outlivesTheUpstreamTimeout() throws IOException {
        gateway.function("f", ECHO);
        try (RawConnection client = gateway.connect()) {
            client.send(handshake(KEY, VERSION));
            assertThat(client.answer().status()).isEqualTo(101);
            Eventually.linger(java.time.Duration.ofMillis(1_200));

            client.send("still there");
            assertThat(client.exactly(11)).isEqualTo("still there");
        }
    }

    @Test
    void endsBothSides_whenOneIsSilentTooLong() throws IOException {
        RawFunction function = gateway.function("f", ECHO);
        try (RawConnection client = gateway.connect()) {
            client.send(handshake(KEY, VERSION));
            assertThat(client.answer().status()).isEqualTo(101);

            client.ending();
            Eventually.await("the function's side to be closed", () -> function.openConnections() == 0);
        }
    }

    @Test
    void endsTheFunctionsSide_whenTheClientLeaves() throws IOException {
        RawFunction function = gateway.function("f", ECHO);
        try (RawConnection client = gateway.connect()) {
            client.send(handshake(KEY, VERSION));
            assertThat(client.answer().status()).isEqualTo(101);
        }
        Eventually.await("the function's side to be closed", () -> function.openConnections() == 0);
    }

    @Test
    void endsTheClientsSide_whenTheFunctionLeaves() throws IOException {
        gateway.function("f", (connection, number) -> {
            connection.request();
            connection.send(ACCEPTED + "last words");
        });
        try (RawConnection client = gateway.connect()) {
            client.send(handshake(KEY, VERSION));

            assertThat(client.answer().status()).isEqualTo(101);
            assertThat(client.rest()).isEqualTo("last words");
        }
    }

    @Test
    void deliversEverything_beforeItEnds() throws Exception {
        int size = 4 << 20;
        CompletableFuture<Integer> taken = new CompletableFuture<>();
        gateway.function("f", (connection, number) -> {
            connection.request();
            connection.send(ACCEPTED + "d".repeat(size));
            connection.finish();
            taken.complete(connection.rest().length());
        });
        try (RawConnection client = gateway.connect()) {
            client.send(handshake(KEY, VERSION));
            assertThat(client.answer().status()).isEqualTo(101);
            Eventually.linger(java.time.Duration.ofMillis(100)); // a slow reader
            assertThat(client.rest()).hasSize(size);
        }
        gateway.function("f", (connection, number) -> {
            connection.request();
            connection.send(ACCEPTED);
            Eventually.linger(java.time.Duration.ofMillis(100));
            taken.obtrudeValue(connection.rest().length());
        });
        try (RawConnection client = gateway.connect()) {
            client.send(handshake(KEY, VERSION));
            assertThat(client.answer().status()).isEqualTo(101);
            client.send("u".repeat(size));
        }
        Eventually.await("the function to get everything", () -> taken.getNow(0) == size);
    }

    @ParameterizedTest(name = "C9 {0}")
    @ValueSource(
            strings = {
                "X: no key",
                "Sec-WebSocket-Key: short",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                "Sec-WebSocket-Key: **********************=="
            })
    void c9_refusesABadKey(String key) throws IOException {
        RawFunction function = gateway.function("f", ECHO);

        gateway.assertRejected(handshake(key, VERSION), 400, function);
    }

    @ParameterizedTest(name = "C9 {0}")
    @ValueSource(
            strings = {"Sec-WebSocket-Version: 12", "Sec-WebSocket-Version: 8", "Sec-WebSocket-Version: x", "X: none"})
    void c9_asksForTheVersionItKnows(String version) throws IOException {
        RawFunction function = gateway.function("f", ECHO);

        RawMessage answer = gateway.call(handshake(KEY, version));

        assertThat(answer.status()).isEqualTo(426);
        assertThat(answer.field("Sec-WebSocket-Version")).isEqualTo("13");
        assertThat(function.requests()).isEmpty();
    }

    @ParameterizedTest(name = "C9 {0}")
    @ValueSource(strings = {"POST", "PUT", "OPTIONS", "DELETE"})
    void c9_refusesOtherMethods(String method) throws IOException {
        RawFunction function = gateway.function("f", ECHO);

        RawMessage answer =
                gateway.call(request(method + " /function/f HTTP/1.1", UPGRADE[0], UPGRADE[1], KEY, VERSION));

        assertThat(answer.status()).isIn(400, 426);
        assertThat(function.requests()).isEmpty();
    }

    @Test
    void c9_readsTheUpgradeInAnyCase() throws IOException {
        gateway.function("f", ECHO);
        try (RawConnection client = gateway.connect()) {
            client.send(get("/function/f", "connection: UPGRADE", "upgrade: WebSocket", KEY, VERSION));
            assertThat(client.answer().status()).isEqualTo(101);
        }
    }

    /** The same sequence of sizes and bytes on both sides: each message a length, a comma and so many bytes. */
    private static final class Messages {
        private static final int COUNT = 10_000;
        private final Random random = new Random(13);
        private int told;

        boolean hasNext() {
            return told < COUNT;
        }

        String next() {
            told++;
            int bits = told % 1_000 == 0 ? 20 : random.nextInt(13);
            int size = 1 + random.nextInt(1 << bits);
            String letter = String.valueOf((char) ('a' + random.nextInt(26)));
            return size + "," + letter.repeat(size);
        }

        void assertNextFrom(RawConnection client) throws IOException {
            String message = next();
            assertThat(client.exactly(message.length()).equals(message))
                    .describedAs("message " + told)
                    .isTrue();
        }

        static void send(RawConnection client) {
            try {
                for (Messages messages = new Messages(); messages.hasNext(); ) {
                    client.send(messages.next());
                }
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }
}
