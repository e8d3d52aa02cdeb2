package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.invoker.Requests.chunk;
import static sluice.invoker.Requests.chunked;
import static sluice.invoker.Requests.get;
import static sluice.invoker.Requests.post;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.Disposable;
import sluice.core.Endpoint;
import sluice.core.FunctionName;
import sluice.core.RouteChange;

/** Calls to functions without a replica are held, and go on the moment one is ready (OpenFaaS, scale from zero). */
class ColdStartTest {
    @RegisterExtension
    final GatewayFixture gateway = GatewayFixture.standard();

    @Test
    void asksForOneReplica_howeverManyCallsWait() throws IOException {
        RawFunction function = gateway.running(RawFunction.answering(RawFunction.OK));
        gateway.deploy("f");
        List<Integer> asked = new CopyOnWriteArrayList<>();
        Disposable feed = gateway.provider().changes().subscribe(change -> {
            if (change instanceof RouteChange.Changed changed
                    && changed.endpoints().isEmpty()) {
                asked.add(changed.status().replicas());
            }
        });
        List<RawConnection> clients = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            RawConnection client = gateway.connect();
            client.send(post("/function/f/" + i, "held"));
            clients.add(client);
        }
        Eventually.await("the calls to be held", () -> gateway.callsInFlight() == 20);
        gateway.deploy("f", function.endpoint("a"));

        for (RawConnection client : clients) {
            assertThat(client.answer().status()).isEqualTo(200);
            client.close();
        }
        feed.dispose();
        assertThat(asked).containsExactly(0, 1); // as it was deployed, and what was asked for
        assertThat(function.requests())
                .hasSize(20)
                .allMatch(request -> request.body().equals("held"));
    }

    @Test
    void holdsALongBodyBack_untilAReplicaIsReady() throws IOException {
        RawFunction function = gateway.running(RawFunction.answering(RawFunction.OK));
        gateway.deploy("f", new Endpoint("a", "127.0.0.1", function.port(), Endpoint.State.STARTING));
        String piece = "b".repeat(16_384);
        try (RawConnection client = gateway.connect()) {
            client.send(chunked("/function/f"));
            Eventually.await("the call to be held", () -> gateway.callsInFlight() == 1);
            Flood flood = Flood.of(client, chunk(piece), 16L << 20);
            assertThat(flood.stalledAt()).isLessThan(16L << 20);

            gateway.deploy("f", function.endpoint("a"));
            flood.awaitEnd();
            client.send("0\r\n\r\n");
            assertThat(client.answer().status()).isEqualTo(200);
            assertThat(function.onlyRequest().body().length() % piece.length()).isZero();
            assertThat(function.onlyRequest().body().length()).isGreaterThanOrEqualTo(16_000_000);
        }
    }

    @Test
    void failsHeldCalls_whenTheFunctionIsRemoved() throws IOException {
        gateway.deploy("f");
        try (RawConnection client = gateway.connect()) {
            client.send(get("/function/f"));
            Eventually.await("the call to be held", () -> gateway.callsInFlight() == 1);
            gateway.provider().drop(new FunctionName("f", "openfaas-fn"));

            assertThat(client.answer().status()).isEqualTo(404);
        }
    }

    @Test
    void doesNotWakeAFunction_whoseReplicaIsOnItsWay() throws IOException {
        List<RouteChange> changes = new CopyOnWriteArrayList<>();
        gateway.deploy("f", new Endpoint("a", "127.0.0.1", 1, Endpoint.State.STARTING));
        Disposable feed = gateway.provider().changes().subscribe(changes::add);
        try (RawConnection client = gateway.connect()) {
            client.send(get("/function/f"));
            Eventually.await("the call to be held", () -> gateway.callsInFlight() == 1);
        }
        gateway.awaitNothingInFlight();
        feed.dispose();
        assertThat(changes).hasSize(2); // what there was, and that this was all
    }
}
