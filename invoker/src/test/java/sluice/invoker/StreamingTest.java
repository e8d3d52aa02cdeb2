package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.invoker.Requests.CHUNKED_OK;
import static sluice.invoker.Requests.chunk;
import static sluice.invoker.Requests.chunked;
import static sluice.invoker.Requests.get;
import static sluice.invoker.Requests.request;

import java.io.IOException;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies leave as they come, in both directions (OpenFaaS gateway contract, streaming). */
class StreamingTest {
    @RegisterExtension
    final GatewayFixture gateway = GatewayFixture.standard();

    @ParameterizedTest
    @ValueSource(strings = {"text/event-stream", "application/x-ndjson", "text/plain", "application/octet-stream"})
    void flushesEveryPieceOfAnAnswer(String type) throws IOException {
        Semaphore next = new Semaphore(1);
        gateway.function("f", (connection, number) -> {
            connection.request();
            connection.send("HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (int i = 0; i < 5; i++) {
                next.acquire(); // only once the client has seen the piece before
                connection.send(chunk("piece " + i + "\n"));
            }
            connection.send("0\r\n\r\n");
        });
        try (RawConnection client = gateway.connect()) {
            client.send(get("/function/f"));
            assertThat(client.head()).contains(type);
            for (int i = 0; i < 5; i++) {
                String piece = chunk("piece " + i + "\n");
                assertThat(client.exactly(piece.length())).isEqualTo(piece);
                next.release();
            }
            assertThat(client.exactly(5)).isEqualTo("0\r\n\r\n");
        }
    }

    @Test
    void flushesPiecesOfAnAnswerWithALength() throws IOException {
        Semaphore next = new Semaphore(1);
        gateway.function("f", (connection, number) -> {
            connection.request();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
            for (int i = 0; i < 5; i++) {
                next.acquire();
                connection.send("x");
            }
        });
        try (RawConnection client = gateway.connect()) {
            client.send(get("/function/f"));
            client.head();
            for (int i = 0; i < 5; i++) {
                assertThat(client.exactly(1)).isEqualTo("x");
                next.release();
            }
        }
    }

    @Test
    void flushesTheHeadBeforeTheBody() throws IOException {
        Semaphore seen = new Semaphore(0);
        gateway.function("f", (connection, number) -> {
            connection.request();
            connection.send(CHUNKED_OK);
            seen.acquire();
            connection.send("0\r\n\r\n");
        });
        try (RawConnection client = gateway.connect()) {
            client.send(get("/function/f"));
            assertThat(client.head()).startsWith("HTTP/1.1 200 ");
            seen.release();
            assertThat(client.exactly(5)).isEqualTo("0\r\n\r\n");
        }
    }

    @Test
    void flushesEveryPieceOfARequest() throws IOException {
        gateway.function("f", (connection, number) -> {
            connection.head();
            connection.send(CHUNKED_OK);
            connection.echo(); // the chunks of the request become those of the answer
        });
        try (RawConnection client = gateway.connect()) {
            client.send(chunked("/function/f"));
            client.head();
            for (int i = 0; i < 5; i++) {
                String piece = chunk("piece " + i);
                client.send(piece);
                assertThat(client.exactly(piece.length())).isEqualTo(piece);
            }
            client.send("0\r\n\r\n");
            assertThat(client.exactly(5)).isEqualTo("0\r\n\r\n");
        }
    }

    @Test
    void carriesLargeBodiesUnchanged() throws Exception {
        byte[] body = new byte[24 << 20];
        new Random(7).nextBytes(body);
        gateway.function("f", (connection, number) -> {
            connection.head();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + body.length + "\r\n\r\n");
            connection.echo();
        });
        try (RawConnection client = gateway.connect()) {
            client.send(request("POST /function/f HTTP/1.1", "Content-Length: " + body.length));
            CompletableFuture<Void> sender = CompletableFuture.runAsync(() -> send(client, body));
            client.head();

            assertThat(client.bytes(body.length)).isEqualTo(body);
            sender.get();
        }
    }

    private static void send(RawConnection client, byte[] body) {
        try {
            client.send(body);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
