package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.invoker.Requests.get;
import static sluice.invoker.Requests.post;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import java.io.IOException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code Prefer: respond-async} (RFC 7240, 4.1) makes a call one for the control plane, which keeps it for later. */
class AsyncPreferenceTest {
    @RegisterExtension
    final GatewayFixture gateway = GatewayFixture.standard();

    private RawFunction function;

    @BeforeEach
    void deploy() throws IOException {
        function = gateway.function("f");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Prefer: respond-async",
                "prefer: Respond-Async",
                "Prefer: respond-async, wait=10",
                "Prefer: wait=10,respond-async",
                "Prefer: respond-async;later=1",
                "Prefer: wait=10\r\nPREFER:\trespond-async "
            })
    void goesDown_andTheConnectionServesTheNextRequest(String fields) throws IOException {
        try (RawConnection client = gateway.connect()) {
            client.send(post("/function/f/later", "body", fields) + get("/function/f/now"));
            assertThat(client.answer().status()).isNotEqualTo(200);
            assertThat(client.answer().status()).isEqualTo(200);
        }
        assertThat(function.onlyRequest().target()).isEqualTo("/now");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Prefer: wait=10",
                "Prefer: respond-asynchronously",
                "Prefer: x;respond-async",
                "Prefer: not respond-async",
                "Prefer:",
                "Preferred: respond-async",
                "X-Prefer: respond-async"
            })
    void isRelayed_whenNothingElseWasWished(String field) throws IOException {
        assertThat(gateway.call(post("/function/f", "body", field)).status()).isEqualTo(200);
        assertThat(function.onlyRequest().fields())
                .anyMatch(seen -> seen.strip().equalsIgnoreCase(field));
    }

    @Test
    void decidesAlikeAboutStreams() {
        Invoker invoker = gateway.anotherInvoker();
        assertThat(invoker.takes("/function/f", new DefaultHttpHeaders())).isTrue();
        assertThat(invoker.takes("/function/f", new DefaultHttpHeaders().set("prefer", "wait=1")))
                .isTrue();
        assertThat(invoker.takes("/function/f", new DefaultHttpHeaders().set("prefer", "wait=1, respond-async")))
                .isFalse();
        assertThat(invoker.takes("/system/info", new DefaultHttpHeaders())).isFalse();
        invoker.dispose();
    }
}
