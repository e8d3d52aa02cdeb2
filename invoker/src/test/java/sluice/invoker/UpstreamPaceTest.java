package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.invoker.Requests.CHUNKED_OK;
import static sluice.invoker.Requests.answer;
import static sluice.invoker.Requests.chunk;
import static sluice.invoker.Requests.chunked;
import static sluice.invoker.Requests.get;
import static sluice.invoker.Requests.ok;
import static sluice.invoker.Requests.request;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Functions that end, pause, hurry or dawdle where one does not expect it (reliability matrix, U8 to U11, U14). */
class UpstreamPaceTest {
    private static final long LONG = 64L << 20;
    /** More than the kernel's buffers of two connections take, and far less than {@link #LONG}. */
    private static final long BUFFERED = 40L << 20;

    @RegisterExtension
    final GatewayFixture gateway =
            GatewayFixture.with("upstream_timeout", "400ms", "SLUICE_STREAM_IDLE", "2s", "SLUICE_MAX_HOPS", "4");

    private static void pause() {
        Eventually.linger(Duration.ofMillis(150));
    }

    @Test
    void u8_deliversAnAnswerThatEndsWithItsConnection() throws IOException {
        RawFunction function = gateway.function("f", (connection, number) -> {
            connection.request();
            connection.send("HTTP/1.1 200 OK\r\nX-A: b\r\n\r\nhello");
        });
        try (RawConnection client = gateway.connect()) {
            client.send(get("/function/f") + get("/function/f"));
            for (int i = 0; i < 2; i++) {
                RawMessage answer = client.answer();
                assertThat(answer.field("Transfer-Encoding")).isEqualTo("chunked");
                assertThat(answer.body()).isEqualTo("hello");
                assertThat(answer.isWhole()).isTrue();
            }
        }
        assertThat(function.connections()).isEqualTo(2);
    }

    @Test
    @Over.Http1Only("of HTTP/1.0")
    void u8_endsTheConnection_toHttp10() throws IOException {
        gateway.function("f", (connection, number) -> {
            connection.request();
            connection.send("HTTP/1.1 200 OK\r\n\r\nhello");
        });

        RawMessage answer = gateway.callUnfiltered(request("GET /function/f HTTP/1.0", "Connection: keep-alive"));

        assertThat(answer.has("Transfer-Encoding")).isFalse();
        assertThat(answer.body()).isEqualTo("hello");
        assertThat(answer.isWhole()).isTrue();
    }

    @Test
    void u9_saysBadGatewayAndNamesTheComponent_whenNoAnswerComes() throws IOException {
        RawFunction function = gateway.function("f", (connection, number) -> {
            connection.request();
            connection.ending();
        });

        RawMessage answer = gateway.call(get("/function/f"));

        assertThat(answer.status()).isEqualTo(502);
        assertThat(answer.field("X-OpenFaaS-Internal")).isNotEmpty();
        Eventually.await("the upstream request to be aborted", () -> function.openConnections() == 0);
        assertThat(function.requests()).hasSize(1);
    }

    @Test
    void u9_waitsForHalfAHeadNoLonger() throws IOException {
        gateway.function("f", (connection, number) -> {
            connection.request();
            connection.send("HTTP/1.1 200 OK\r\nContent-");
            connection.ending();
        });

        assertThat(gateway.call(get("/function/f")).status()).isEqualTo(502);
    }

    @Test
    void u9_aborts_whenTheAnswerFallsSilent() throws IOException {
        RawFunction function = gateway.function("f", (connection, number) -> {
            connection.request();
            connection.send(CHUNKED_OK + chunk("hello"));
            connection.ending();
        });

        RawMessage answer = gateway.call(get("/function/f"));

        assertThat(answer.body()).isEqualTo("hello");
        assertThat(answer.isWhole()).isFalse();
        Eventually.await("the upstream request to be aborted", () -> function.openConnections() == 0);
    }

    @Test
    void u9_allowsAnyTime_whileTheAnswerMakesProgress() throws IOException {
        gateway.function("f", (connection, number) -> {
            connection.request();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n");
            for (int i = 0; i < 6; i++) {
                pause();
                connection.send("x");
            }
        });

        assertThat(gateway.call(get("/function/f")).body()).isEqualTo("xxxxxx");
    }

    @Test
    void u9_countsFromTheLastByteOfTheRequest() throws IOException {
        RawFunction function = gateway.function("f");
        try (RawConnection client = gateway.connect()) {
            client.send(chunked("/function/f"));
            for (int i = 0; i < 6; i++) {
                pause();
                client.send(chunk("x"));
            }
            client.send("0\r\n\r\n");
            assertThat(client.answer().status()).isEqualTo(200);
        }
        assertThat(function.onlyRequest().body()).isEqualTo("xxxxxx");
    }

    @ParameterizedTest(name = "U9 {0}")
    @ValueSource(strings = {"text/event-stream", "text/event-stream; charset=utf-8", "application/x-ndjson"})
    void u9_givesStreamsTheirOwnIdleLimit(String type) throws IOException {
        gateway.function("f", (connection, number) -> {
            connection.request();
            connection.send("HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\nTransfer-Encoding: chunked\r\n\r\n");
            connection.send(chunk("one"));
            Eventually.linger(Duration.ofMillis(900));
            connection.send(chunk("two") + "0\r\n\r\n");
        });

        RawMessage answer = gateway.call(get("/function/f"));

        assertThat(answer.body()).isEqualTo("onetwo");
        assertThat(answer.isWhole()).isTrue();
    }

    @Test
    void u9_abortsAStream_afterItsIdleLimit() throws IOException {
        gateway.function("f", (connection, number) -> {
            connection.request();
            connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n");
            connection.ending();
        });

        RawMessage answer = gateway.call(get("/function/f"));

        assertThat(answer.body()).isEqualTo("data: 1\n\n");
        assertThat(answer.isWhole()).isFalse();
    }

    @Test
    void u10_passesAnEarlyAnswerOn_andStopsTheUpload() throws IOException {
        RawFunction function = gateway.function("f", (connection, number) -> {
            connection.head();
            connection.send(answer("413 Too Large", "no"));
            connection.ending();
        });
        try (RawConnection client = gateway.connect()) {
            client.send(request("POST /function/f HTTP/1.1", "Content-Length: " + LONG));
            Flood.of(client, "u".repeat(8_192), LONG);

            RawMessage answer = client.answer();
            assertThat(answer.status()).isEqualTo(413);
            assertThat(answer.body()).isEqualTo("no");
            client.awaitEndOfCall();
        }
        Eventually.await("the upload to be stopped", () -> function.openConnections() == 0);
    }

    @Test
    void u10_doesNotReuseAConnection_whoseRequestWasNotSentWhole() throws IOException {
        RawFunction function = gateway.function("f", (connection, number) -> {
            connection.head();
            connection.send(ok("connection " + number));
            connection.ending();
        });
        try (RawConnection client = gateway.connect()) {
            client.send(chunked("/function/f"));
            assertThat(client.answer().body()).isEqualTo("connection 1");
        }
        assertThat(gateway.call(get("/function/f")).body()).isEqualTo("connection 2");
        assertThat(function.connections()).isEqualTo(2);
    }

    @Test
    void u10_drainsAShortRest_andServesTheNextRequest() throws IOException {
        RawFunction function = gateway.function("f", (connection, number) -> {
            connection.head();
            if (number == 1) {
                connection.discard(60_000); // so that little enough is left
            }
            connection.send(ok("connection " + number));
            connection.ending();
        });
        try (RawConnection client = gateway.connect()) {
            client.send(request("PUT /function/f HTTP/1.1", "Content-Length: 100000") + "h".repeat(99_000));
            assertThat(client.answer().body()).isEqualTo("connection 1");

            client.send("h".repeat(1_000) + get("/function/f"));
            assertThat(client.answer().body()).isEqualTo("connection 2");
        }
        assertThat(function.connections()).isEqualTo(2);
    }

    @Test
    void u11_pausesTheFunction_whileTheClientDoesNotRead() throws IOException {
        AtomicLong stalledAt = new AtomicLong(-1);
        gateway.function("f", (connection, number) -> {
            connection.head();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + LONG + "\r\n\r\n");
            Flood flood = Flood.of(connection, "d".repeat(8_192), LONG);
            stalledAt.set(flood.stalledAt());
            flood.awaitEnd();
        });
        try (RawConnection client = gateway.connect()) {
            client.send(get("/function/f"));
            client.head();
            Eventually.await("the function to be paused", () -> stalledAt.get() >= 0);

            client.discard(LONG);
            assertThat(client.hasMore()).isFalse();
        }
        assertThat(stalledAt.get()).isLessThan(BUFFERED);
    }

    @Test
    void u11_pausesTheClient_whileTheFunctionDoesNotRead() throws IOException {
        CountDownLatch paused = new CountDownLatch(1);
        gateway.function("f", (connection, number) -> {
            connection.head();
            paused.await();
            connection.discard(LONG);
            connection.send(ok("all"));
        });
        try (RawConnection client = gateway.connect()) {
            client.send(request("POST /function/f HTTP/1.1", "Content-Length: " + LONG));
            Flood flood = Flood.of(client, "u".repeat(8_192), LONG);
            assertThat(flood.stalledAt()).isLessThan(BUFFERED);

            paused.countDown();
            assertThat(client.answer().body()).isEqualTo("all");
        }
    }

    @Test
    void u11_endsTheWait_whenTheFunctionReadsNoMore() throws IOException {
        CountDownLatch ended = new CountDownLatch(1);
        gateway.function("f", (connection, number) -> {
            connection.head();
            ended.await();
        });
        try (RawConnection client = gateway.connect()) {
            client.send(request("POST /function/f HTTP/1.1", "Content-Length: " + LONG));
            Flood.of(client, "u".repeat(8_192), LONG);

            assertThat(client.answer().status()).isEqualTo(502);
        }
        gateway.awaitNothingInFlight();
        ended.countDown();
    }

    @Test
    void u14_endsALoop_afterTheLastHop() throws IOException {
        RawFunction function = gateway.function("f", (connection, number) -> {
            RawMessage request = connection.request();
            try (RawConnection again = gateway.connect()) {
                String fields = String.join("\r\n", request.fields());
                again.send("GET /function/f HTTP/1.1\r\n" + fields + "\r\n\r\n");
                connection.send(answer(again.answer().status() + " Again", ""));
            }
        });

        assertThat(gateway.call(get("/function/f")).status()).isEqualTo(508);
        assertThat(function.requests()).hasSize(4);
    }

    @Nested
    class WithGatewayTimeouts {
        @RegisterExtension
        final GatewayFixture modern =
                GatewayFixture.with("upstream_timeout", "300ms", "SLUICE_GATEWAY_TIMEOUT_504", "true");

        @Test
        void u9_saysGatewayTimeout_whenConfigured() throws IOException {
            modern.function("f", (connection, number) -> connection.ending());

            assertThat(modern.call(get("/function/f")).status()).isEqualTo(504);
        }
    }

    @Nested
    class WithALongTimeout {
        @RegisterExtension
        final GatewayFixture patient = GatewayFixture.standard();

        @Test
        void u9_honoursTheTimeoutOfTheFunction() throws IOException {
            RawFunction silent = patient.running((connection, number) -> connection.ending());
            patient.deployWith("f", "sluice_upstream_timeout", "300ms", silent.endpoint("a"));

            assertThat(patient.call(get("/function/f")).status()).isEqualTo(502);
        }
    }

    @Test
    void u9_neverWaitsLongerThanTheGatewaysTimeout() throws IOException {
        RawFunction silent = gateway.running((connection, number) -> connection.ending());
        gateway.deployWith("f", "sluice_upstream_timeout", "1h", silent.endpoint("a"));

        assertThat(gateway.call(get("/function/f")).status()).isEqualTo(502);
    }
}
