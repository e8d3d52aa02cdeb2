package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.invoker.Requests.CHUNKED_OK;
import static sluice.invoker.Requests.chunk;
import static sluice.invoker.Requests.chunked;
import static sluice.invoker.Requests.get;
import static sluice.invoker.Requests.ok;
import static sluice.invoker.Requests.post;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Messages that arrive in pieces, cut anywhere: where the pieces end means nothing. */
@Over.Http1Only("what is cut are the bytes of HTTP/1")
class SplitTest {
    private static final Duration APART = Duration.ofMillis(1);

    @RegisterExtension
    final GatewayFixture gateway = GatewayFixture.standard();

    @Test
    void readsRequestsCutAnywhere() throws IOException {
        RawFunction function = gateway.function("f", (connection, number) -> {
            while (true) {
                RawMessage request = connection.request();
                connection.send(ok(request.target() + request.body()));
            }
        });
        String bytes = post("/function/f/1", "body", "Connection: keep-alive, X-A", "X-A: b")
                + chunked("/function/f/2") + "4;a=\"b\"\r\nbody\r\n" + chunk("-more") + "0\r\nX-T: u\r\n\r\n"
                + get("/healthz")
                + get("/function/f/3");
        try (RawConnection client = gateway.connect()) {
            for (int cut = 1; cut < bytes.length(); cut++) {
                sendInTwo(client, bytes, cut);

                assertThat(client.answer().body()).describedAs("cut at %d", cut).isEqualTo("/1body");
                assertThat(client.answer().body()).isEqualTo("/2body-more");
                assertThat(client.answer().status()).isEqualTo(200);
                assertThat(client.answer().body()).isEqualTo("/3");
            }
        }
        assertThat(function.requests()).hasSize(3 * (bytes.length() - 1));
    }

    @Test
    void readsAnswersCutAnywhere() throws IOException {
        List<String> answers = List.of(
                ok("hello", "X-A: b"),
                CHUNKED_OK + "2;e\r\nhe\r\n" + chunk("llo") + "0\r\nX-T: u\r\n\r\n",
                "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + ok("hello"));
        for (String bytes : answers) {
            RawFunction function = gateway.function("f", (connection, number) -> {
                while (true) {
                    int cut = Integer.parseInt(connection.request().target().substring(1));
                    sendInTwo(connection, bytes, cut);
                }
            });
            try (RawConnection client = gateway.connect()) {
                for (int cut = 1; cut < bytes.length(); cut++) {
                    client.send(get("/function/f/" + cut));
                    assertThat(client.answer().body())
                            .describedAs("cut at %d", cut)
                            .isEqualTo("hello");
                }
            }
            assertThat(function.connections()).isEqualTo(1);
        }
    }

    @Test
    void readsMessagesThatComeByteByByte() throws IOException {
        gateway.function("f", (connection, number) -> {
            RawMessage request = connection.request();
            sendByteByByte(connection, CHUNKED_OK + chunk(request.body()) + "0\r\nX-T: u\r\n\r\n");
        });
        try (RawConnection client = gateway.connect()) {
            sendByteByByte(client, chunked("/function/f") + chunk("hel") + "2;x\r\nlo\r\n0\r\n\r\n");

            RawMessage answer = client.answer();
            assertThat(answer.body()).isEqualTo("hello");
            assertThat(answer.trailers()).containsExactly("X-T: u");
        }
    }

    private static void sendInTwo(RawConnection connection, String bytes, int cut) throws IOException {
        connection.send(bytes.substring(0, cut));
        Eventually.linger(APART);
        connection.send(bytes.substring(cut));
    }

    private static void sendByteByByte(RawConnection connection, String bytes) throws IOException {
        for (int i = 0; i < bytes.length(); i++) {
            connection.send(bytes.substring(i, i + 1));
            Eventually.linger(APART);
        }
    }
}
