package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.invoker.Requests.chunk;
import static sluice.invoker.Requests.chunked;
import static sluice.invoker.Requests.get;
import static sluice.invoker.Requests.post;

import java.io.IOException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.publisher.Sinks;
import sluice.core.AccessGate.Decision;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.Guard;

/** Calls that wait until the gate has asked somebody. */
class AskedGateTest {
    @RegisterExtension
    final GatewayFixture gateway = GatewayFixture.standard();

    private final Sinks.One<Decision> answer = Sinks.one();
    private RawFunction function;

    @BeforeEach
    void deploy() throws IOException {
        function = gateway.running(RawFunction.answering(RawFunction.OK));
        gateway.deployWith("f", Guard.JWT_AUTH, "true", function.endpoint("f-1"));
        gateway.admitAfter(answer.asMono());
    }

    private void awaitTheQuestion() {
        Eventually.await("the gate to be asked", () -> answer.currentSubscriberCount() == 1);
    }

    private void allow() {
        answer.tryEmitValue(new Decision.Allow("somebody")).orThrow();
    }

    @Test
    void keepsTheBody_untilTheGateAllows() throws IOException {
        try (RawConnection client = gateway.connect()) {
            client.send(post("/function/f", "hello"));
            awaitTheQuestion();
            allow();

            assertThat(client.answer().status()).isEqualTo(200);
        }
        assertThat(function.onlyRequest().body()).isEqualTo("hello");
    }

    @Test
    @Over.Http1Only("the trailers of a stream are not forwarded")
    void keepsTheTrailersForGrpc_untilTheGateAllows() throws IOException {
        try (RawConnection client = gateway.connect()) {
            client.send(chunked("/function/f", "Content-Type: application/grpc", "TE: trailers")
                    + chunk("hello")
                    + "0\r\nX-Status: 0\r\n\r\n");
            awaitTheQuestion();
            allow();

            assertThat(client.answer().status()).isEqualTo(200);
        }
        assertThat(function.onlyRequest().body()).isEqualTo("hello");
        assertThat(function.onlyRequest().trailers()).containsExactly("X-Status: 0");
    }

    @Test
    void callsNobody_whenTheGateRefuses() throws IOException {
        try (RawConnection client = gateway.connect()) {
            client.send(post("/function/f", "hello"));
            awaitTheQuestion();
            answer.tryEmitValue(new Decision.Deny(Failure.NOT_PERMITTED.in(Component.ACCESS, "not for you"), "", 0))
                    .orThrow();

            assertThat(client.answer().status()).isEqualTo(403);
        }
        assertThat(function.requests()).isEmpty();
    }

    @Test
    void callsNobody_whenTheClientHasLeftMeanwhile() throws IOException {
        try (RawConnection client = gateway.connect()) {
            client.send(get("/function/f"));
            awaitTheQuestion();
        }
        gateway.awaitNothingInFlight();
        allow();

        gateway.deploy("g", function.endpoint("g-1"));
        assertThat(gateway.call(get("/function/g/marker")).status()).isEqualTo(200);
        assertThat(function.onlyRequest().target()).isEqualTo("/marker");
    }
}
