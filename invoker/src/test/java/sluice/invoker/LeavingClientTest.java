package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.invoker.Requests.CHUNKED_OK;
import static sluice.invoker.Requests.chunk;
import static sluice.invoker.Requests.chunked;
import static sluice.invoker.Requests.get;
import static sluice.invoker.Requests.ok;
import static sluice.invoker.Requests.request;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import sluice.core.Endpoint;

/** Clients that leave, in every state of a call (reliability matrix, C5 and C6; promise 5). */
class LeavingClientTest {
    @RegisterExtension
    final GatewayFixture gateway = GatewayFixture.standard();

    /** How a client leaves. */
    enum Exit {
        CLOSE,
        RESET,
        /** Only its sending side: treated as gone, as the OpenFaaS gateway does (row C6). */
        HALF_CLOSE;

        void of(RawConnection client) throws IOException {
            switch (this) {
                case CLOSE -> client.close();
                case RESET -> client.reset();
                case HALF_CLOSE -> client.finish();
            }
        }
    }

    @ParameterizedTest(name = "C5 C6 {0}")
    @EnumSource
    void c5_forgetsAClientThatLeavesInTheHead(Exit exit) throws IOException {
        RawFunction function = gateway.function("f");
        try (RawConnection client = gateway.connect()) {
            client.send("GET /function/f HTTP/1.1\r\nHost: gw");
            exit.of(client);
            if (exit == Exit.HALF_CLOSE) {
                client.ending();
            }
        }
        gateway.assertUntouched(function);
    }

    @ParameterizedTest(name = "C5 C6 {0}")
    @EnumSource
    void c5_abortsTheUpload_whenTheClientLeavesInTheBody(Exit exit) throws IOException {
        RawFunction function = gateway.function("f");
        try (RawConnection client = gateway.connect()) {
            client.send(chunked("/function/f") + chunk("half".repeat(50_000)));
            Eventually.await("the upload to begin", () -> function.openConnections() == 1);
            exit.of(client);
            Eventually.await("the upload to be aborted", () -> function.openConnections() == 0);
        }
        assertThat(function.onlyRequest().isWhole()).isFalse();
        gateway.awaitNothingInFlight();
    }

    @ParameterizedTest(name = "C5 C6 {0}")
    @EnumSource
    void c5_runsNoCall_whoseClientLeftWhileItWasHeld(Exit exit) throws IOException {
        RawFunction function = gateway.running(RawFunction.answering(RawFunction.OK));
        gateway.deploy("f", new Endpoint("a", "127.0.0.1", function.port(), Endpoint.State.STARTING));
        try (RawConnection client = gateway.connect()) {
            client.send(get("/function/f/left"));
            Eventually.await("the call to be held", () -> gateway.callsInFlight() == 1);
            exit.of(client);
            gateway.awaitNothingInFlight();
        }
        gateway.deploy("f", function.endpoint("a"));

        assertThat(gateway.call(get("/function/f/stayed")).status()).isEqualTo(200);
        assertThat(function.onlyRequest().target()).isEqualTo("/stayed");
    }

    @ParameterizedTest(name = "C5 C6 {0}")
    @EnumSource
    void c5_runsNoCall_whoseClientLeftWhileItWaitedForASlot(Exit exit) throws IOException {
        CountDownLatch release = new CountDownLatch(1);
        RawFunction function = gateway.running((connection, number) -> {
            while (true) {
                RawMessage request = connection.request();
                release.await();
                connection.send(ok(request.target()));
            }
        });
        gateway.deployLimited("f", 1, function.endpoint("a"));
        try (RawConnection first = gateway.connect();
                RawConnection second = gateway.connect()) {
            first.send(get("/function/f/first"));
            Eventually.await("the slot to be taken", () -> function.requests().size() == 1);
            second.send(get("/function/f/left"));
            Eventually.await("the second call to wait", () -> gateway.callsInFlight() == 2);
            exit.of(second);
            Eventually.await("the second call to be gone", () -> gateway.callsInFlight() == 1);
            release.countDown();
            assertThat(first.answer().body()).isEqualTo("/first");
        }
        assertThat(gateway.call(get("/function/f/third")).body()).isEqualTo("/third");
        assertThat(function.requests()).extracting(RawMessage::target).containsExactly("/first", "/third");
    }

    @ParameterizedTest(name = "C5 C6 {0}")
    @EnumSource
    void c5_abortsTheCall_whenTheClientLeavesBeforeTheAnswer(Exit exit) throws IOException {
        RawFunction function = gateway.function("f", (connection, number) -> {
            connection.request();
            connection.ending();
        });
        try (RawConnection client = gateway.connect()) {
            client.send(get("/function/f"));
            Eventually.await("the call", () -> function.requests().size() == 1);
            exit.of(client);
            Eventually.await("the call to be aborted", () -> function.openConnections() == 0);
        }
        gateway.awaitNothingInFlight();
        Eventually.await("the call to be counted", () -> gateway.completed("f", "502") == 1);
    }

    @ParameterizedTest(name = "C5 C6 {0}")
    @EnumSource
    void c5_abortsTheCall_whenTheClientLeavesInTheAnswer(Exit exit) throws IOException {
        RawFunction function = gateway.function("f", (connection, number) -> {
            connection.request();
            connection.send(CHUNKED_OK + chunk("first"));
            connection.ending();
        });
        try (RawConnection client = gateway.connect()) {
            client.send(get("/function/f"));
            client.head();
            exit.of(client);
            Eventually.await("the call to be aborted", () -> function.openConnections() == 0);
        }
        gateway.awaitNothingInFlight();
        Eventually.await("the call to be counted", () -> gateway.completed("f", "200") == 1);
    }

    @ParameterizedTest(name = "C5 C6 {0}")
    @EnumSource
    @Over.Http1Only("streams are not pipelined")
    void c5_noticesAClientThatLeaves_behindPipelinedRequests(Exit exit) throws IOException {
        RawFunction function = gateway.function("f", (connection, number) -> {
            connection.request();
            connection.ending();
        });
        try (RawConnection client = gateway.connect()) {
            client.send(get("/function/f/1") + get("/function/f/2") + get("/function/f/3"));
            Eventually.await("the call", () -> function.requests().size() == 1);
            exit.of(client);
            Eventually.await("the call to be aborted", () -> function.openConnections() == 0);
        }
        gateway.awaitNothingInFlight();
        assertThat(function.requests()).hasSize(1);
    }

    @ParameterizedTest(name = "C5 C6 {0}")
    @EnumSource
    void c5_abortsAnEndlessAnswer_whenTheClientLeaves(Exit exit) throws IOException {
        RawFunction function = gateway.function("f", (connection, number) -> {
            connection.request();
            connection.send(CHUNKED_OK);
            Flood.of(connection, chunk("d".repeat(8_192)), Long.MAX_VALUE).awaitEnd();
        });
        try (RawConnection client = gateway.connect()) {
            client.send(get("/function/f"));
            client.head();
            exit.of(client);
            Eventually.await("the call to be aborted", () -> function.openConnections() == 0);
        }
    }

    @Test
    void c5_leavesTheConnectionOfACompletedCallAlone() throws IOException {
        RawFunction function = gateway.function("f");
        for (int i = 0; i < 3; i++) {
            assertThat(gateway.call(request("GET /function/f HTTP/1.1")).status())
                    .isEqualTo(200);
            Eventually.linger(Duration.ofMillis(20));
        }
        assertThat(function.openConnections()).isPositive();
    }
}
