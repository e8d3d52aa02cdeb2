package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static sluice.invoker.Requests.CHUNKED_OK;
import static sluice.invoker.Requests.get;
import static sluice.invoker.Requests.ok;
import static sluice.invoker.Requests.post;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The instruments themselves: a cut must not look whole to them, and nothing malformed well formed. */
@Over.Http1Only("functions are called over HTTP/1.1, and no gateway is here")
@Over.CleartextOnly("functions are called in cleartext, and no gateway is here")
class RawFunctionTest {
    @Test
    void recordsWhatItIsSent() throws IOException {
        try (RawFunction function = RawFunction.running(RawFunction.answering(ok("hello", "X-A: b")));
                RawConnection client = RawConnection.open(function.port())) {
            client.send(post("/a?b", "body", "X-B: c", "X-B: d"));

            RawMessage answer = client.answer();
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.field("x-a")).isEqualTo("b");
            assertThat(answer.body()).isEqualTo("hello");
            assertThat(function.onlyRequest().target()).isEqualTo("/a?b");
            assertThat(function.onlyRequest().values("X-B")).containsExactly("c", "d");
            assertThat(function.onlyRequest().body()).isEqualTo("body");
            assertThat(function.connections()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "HTTP/1.1 200 OK\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab",
                CHUNKED_OK,
                CHUNKED_OK + "3\r\nabc\r\n",
                CHUNKED_OK + "3\r\nabc\r\n0\r\n"
            })
    void noticesACut(String answer) throws IOException {
        assertThat(answerOf((connection, number) -> {
                            connection.head();
                            connection.send(answer);
                        })
                        .isWhole())
                .isFalse();
    }

    @Test
    void tellsFinFromReset() throws IOException {
        RawFunction.Script open = (connection, number) -> {
            connection.head();
            connection.send("HTTP/1.1 200 OK\r\n\r\nhello");
        };
        assertThat(answerOf(open).isWhole()).isTrue();
        assertThat(answerOf((connection, number) -> {
                            open.serve(connection, number);
                            connection.reset();
                        })
                        .isWhole())
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                CHUNKED_OK + "1\r\nab\r\n0\r\n\r\n",
                CHUNKED_OK + "1;e\r\na\r\n0\r\n\r\n"
            })
    void refusesWhatIsMalformed(String answer) {
        assertThatThrownBy(() -> answerOf(RawFunction.answering(answer)))
                .isInstanceOfAny(AssertionError.class, NumberFormatException.class);
    }

    private static RawMessage answerOf(RawFunction.Script script) throws IOException {
        try (RawFunction function = RawFunction.running(script);
                RawConnection client = RawConnection.open(function.port())) {
            client.send(get("/"));
            return client.answer();
        }
    }
}
