package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.invoker.Requests.get;

import java.io.IOException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.core.Endpoint;
import sluice.core.HeapPressure.Level;

/** What is refused while the heap is nearly full (reliability matrix, O2). */
class HeapPressureTest {
    @RegisterExtension
    final GatewayFixture gateway = GatewayFixture.standard();

    private RawFunction function;

    @BeforeEach
    void deploy() throws IOException {
        function = gateway.function("f");
    }

    @Test
    void o2_holdsNoCall_whenTheHeapIsNearlyFull() throws IOException {
        gateway.deploy("starting", new Endpoint("a", "127.0.0.1", 1, Endpoint.State.STARTING));
        gateway.heap(Level.HIGH);

        RawMessage held = gateway.call(get("/function/starting"));

        assertThat(held.status()).isEqualTo(503);
        assertThat(held.field("Retry-After")).isEqualTo("1");
        assertThat(held.body()).contains("SLUICE_HEAP_HIGH");
        assertThat(gateway.call(get("/function/f")).status()).isEqualTo(200); // it waits for nothing
        assertThat(gateway.call(get("/system/functions")).status()).isEqualTo(401);
    }

    @Test
    void o2_letsCallsWaitOn_thatWereHeldBefore() throws IOException {
        gateway.deploy("starting", new Endpoint("a", "127.0.0.1", function.port(), Endpoint.State.STARTING));
        try (RawConnection client = gateway.connect()) {
            client.send(get("/function/starting"));
            Eventually.await("the call to be held", () -> gateway.callsInFlight() == 1);
            gateway.heap(Level.CRITICAL);
            gateway.deploy("starting", function.endpoint("a"));

            assertThat(client.answer().status()).isEqualTo(200);
        }
    }

    @ParameterizedTest(name = "O2 {0}")
    @ValueSource(strings = {"/function/f", "/function/none", "/system/functions", "/system/info", "/ui/", "/none"})
    void o2_answersNothingButHealth_whenTheHeapIsFull(String target) throws IOException {
        gateway.heap(Level.CRITICAL);

        RawMessage refused = gateway.call(get(target, "Authorization: " + GatewayFixture.OWN_CREDENTIAL));

        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.field("Retry-After")).isEqualTo("1");
        assertThat(refused.body()).contains("SLUICE_HEAP_CRITICAL");
        assertThat(function.requests()).isEmpty();
        assertThat(gateway.call(get("/healthz")).status()).isEqualTo(200);
    }

    @ParameterizedTest(name = "O2 {0}")
    @EnumSource(
            value = Level.class,
            names = {"HIGH", "CRITICAL"})
    void o2_servesAgain_onceThereIsRoom(Level level) throws IOException {
        gateway.heap(level);
        assertThat(gateway.call(get("/healthz")).status()).isEqualTo(200);
        gateway.heap(Level.LOW);

        assertThat(gateway.call(get("/function/f")).status()).isEqualTo(200);
        assertThat(function.onlyRequest().target()).isEqualTo("/");
    }
}
