package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.invoker.Requests.get;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Input that wants to be remembered or to be looked at (reliability matrix, O4 and O8; promise 25). */
class NoiseTest {
    @RegisterExtension
    final GatewayFixture gateway = GatewayFixture.standard();

    @Test
    void o4_answersUnknownNames_withoutAskingOrRememberingAnything() throws IOException {
        RawFunction function = gateway.function("f");
        assertThat(gateway.call(get("/function/f")).status()).isEqualTo(200);
        gateway.awaitNothingInFlight();
        long families = gateway.metricsText().lines().count();
        int asked = gateway.provider().scaleRequests();
        try (RawConnection client = gateway.connect()) {
            for (int i = 0; i < 2_000; i++) {
                client.send(get("/function/unknown-" + i + ".of-" + i + "?x"));
                assertThat(client.answer().status()).isEqualTo(404);
            }
        }
        assertThat(gateway.metricsText()).doesNotContain("unknown");
        assertThat(gateway.metricsText().lines().count()).isEqualTo(families);
        assertThat(gateway.provider().scaleRequests()).isEqualTo(asked);
        assertThat(gateway.logged()).noneMatch(line -> line.contains("unknown"));
        assertThat(function.requests()).hasSize(1);
    }

    @ParameterizedTest(name = "O8 {0}")
    @ValueSource(
            strings = {
                "/function/a%0d%0aSet-Cookie:%20x",
                "/function/%1b%5b31mred",
                "/function/%22quoted%22%5c",
                "/function/f/%0d%0ax?y=%0a%1b",
                "/system/functions/%0d%0ax%1b%22",
                "/%0d%0a%1b%22",
                "/function/../%0d%0aLocation:%20x"
            })
    void o8_escapesWhatItRepeats(String target) throws IOException {
        gateway.function("f");
        for (String accept : List.of("*/*", "application/json")) {
            RawMessage answer = gateway.call(get(
                    target, "Accept: " + accept, "X-Call-Id: a\"b", "User-Agent: \u00e4\"\\x", "Authorization: x\"y"));

            assertThat(answer.status()).isLessThan(500);
            assertThat(answer.has("Set-Cookie")).isFalse();
            assertThat(answer.body().trim().chars()).as(answer.body()).noneMatch(c -> c < ' ' || c == 0x7f);
            assertThat(answer.toString()).doesNotContain("\nLocation: x");
        }
        assertThat(gateway.metricsText().lines()).allMatch(line -> line.chars().noneMatch(c -> c < ' '));
        assertThat(gateway.logged()).allMatch(line -> line.chars().noneMatch(c -> c < ' ' && c != '\n' && c != '\t'));
    }
}
