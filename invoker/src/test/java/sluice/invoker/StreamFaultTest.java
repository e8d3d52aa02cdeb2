package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.invoker.RawHttp2.CONTINUATION;
import static sluice.invoker.RawHttp2.DATA;
import static sluice.invoker.RawHttp2.END_HEADERS;
import static sluice.invoker.RawHttp2.END_STREAM;
import static sluice.invoker.RawHttp2.ENHANCE_YOUR_CALM;
import static sluice.invoker.RawHttp2.HEADERS;
import static sluice.invoker.RawHttp2.PING;
import static sluice.invoker.RawHttp2.PRIORITY;
import static sluice.invoker.RawHttp2.PROTOCOL_ERROR;
import static sluice.invoker.RawHttp2.RST_STREAM;
import static sluice.invoker.RawHttp2.SETTINGS;
import static sluice.invoker.RawHttp2.WINDOW_UPDATE;
import static sluice.invoker.RawHttp2.request;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** HTTP/2 that is meant to hurt (reliability matrix, O5 and O6), and that the next connection is served after it. */
class StreamFaultTest {
    @RegisterExtension
    final GatewayFixture gateway = GatewayFixture.with(
            "SLUICE_HTTP2_RESETS", "50", "SLUICE_HTTP2_CONTROL_FRAMES", "100", "SLUICE_HTTP2_STREAMS", "10");

    @Test
    void servesACall() throws IOException {
        RawFunction function = gateway.function("f");
        try (RawHttp2 client = RawHttp2.open(gateway.port())) {
            client.send(HEADERS, END_HEADERS, 1, request("POST", "/function/f/a?b", "content-length", "5", "x-a", "b"));
            client.send(DATA, END_STREAM, 1, "hello".getBytes(StandardCharsets.US_ASCII));

            assertThat(client.await(frame -> frame.isEndOf(1)).type()).isNotEqualTo(RST_STREAM);
        }
        assertThat(function.onlyRequest().target()).isEqualTo("/a?b");
        assertThat(function.onlyRequest().body()).isEqualTo("hello");
        assertThat(function.onlyRequest().field("X-A")).isEqualTo("b");
    }

    @Test
    void promise6_countsWhatWaitsForASlowClient_untilItIsTaken() throws IOException {
        int first = 60_000; // of the 65,535 that a client takes unasked
        int rest = 400_000;
        CountDownLatch hasFirst = new CountDownLatch(1);
        gateway.function("f", (connection, number) -> {
            connection.request();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + (first + rest) + "\r\n\r\n" + "a".repeat(first));
            hasFirst.await();
            connection.send("b".repeat(rest));
        });
        String budget = budget();
        try (RawHttp2 client = RawHttp2.open(gateway.port())) {
            client.send(HEADERS, END_HEADERS | END_STREAM, 1, request("GET", "/function/f"));
            for (int taken = 0; taken < first; ) {
                taken += client.await(frame -> frame.type() == DATA).payload().length;
            }
            hasFirst.countDown();
            RawHttp2.Frame unused = client.await(frame -> frame.type() == DATA); // the last that fits
            assertThat(budget()).isNotEqualTo(budget);

            byte[] room = {0, 15, 66, 64}; // 1,000,000
            client.send(WINDOW_UPDATE, 0, 0, room);
            client.send(WINDOW_UPDATE, 0, 1, room);
            assertThat(client.await(frame -> frame.isEndOf(1)).type()).isNotEqualTo(RST_STREAM);
            Eventually.await("the share to be given back", () -> budget().equals(budget));
        }
    }

    private String budget() {
        return gateway.metricsText()
                .lines()
                .filter(line -> line.startsWith("sluice_stream_budget_bytes"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void o5_endsAConnectionThatResetsTooOften() throws IOException {
        CountDownLatch release = new CountDownLatch(1);
        gateway.function("f", (connection, number) -> {
            connection.request();
            release.await();
        });
        try (RawHttp2 client = RawHttp2.open(gateway.port())) {
            for (int i = 0; i < 60; i++) {
                int stream = 2 * i + 1;
                ByteArrayOutputStream both = new ByteArrayOutputStream();
                both.writeBytes(
                        RawHttp2.frame(HEADERS, END_HEADERS | END_STREAM, stream, request("GET", "/function/f")));
                both.writeBytes(RawHttp2.frame(RST_STREAM, 0, stream, new byte[] {0, 0, 0, 8}));
                client.flood(both.toByteArray(), 1);
            }
            assertThat(client.goAway()).isEqualTo(ENHANCE_YOUR_CALM);
        }
        release.countDown();
        gateway.awaitNothingInFlight();
        assertIsAlive();
    }

    /** Made-you-reset: each stream breaks a rule, so that it is the gateway which resets it. */
    @Test
    void o5_endsAConnectionThatHasTooManyStreamsReset() throws IOException {
        gateway.function("f");
        try (RawHttp2 client = RawHttp2.open(gateway.port())) {
            for (int i = 0; i < 60; i++) {
                int stream = 2 * i + 1;
                ByteArrayOutputStream both = new ByteArrayOutputStream();
                both.writeBytes(RawHttp2.frame(
                        HEADERS, END_HEADERS, stream, request("POST", "/function/f", "content-length", "1")));
                both.writeBytes(RawHttp2.frame(DATA, END_STREAM, stream, new byte[] {1, 2, 3}));
                client.flood(both.toByteArray(), 1);
            }
            assertThat(client.goAway()).isEqualTo(ENHANCE_YOUR_CALM);
        }
        gateway.awaitNothingInFlight();
        assertIsAlive();
    }

    static Stream<Named<byte[]>> frames() {
        return Stream.of(
                Named.of("SETTINGS", RawHttp2.frame(SETTINGS, 0, 0)),
                Named.of("PING", RawHttp2.frame(PING, 0, 0, new byte[8])),
                Named.of("PRIORITY", RawHttp2.frame(PRIORITY, 0, 1, new byte[] {0, 0, 0, 3, 1})),
                Named.of("an unknown frame", RawHttp2.frame(0x42, 0, 0, new byte[3])),
                Named.of("empty DATA", RawHttp2.frame(DATA, 0, 1)));
    }

    @ParameterizedTest(name = "O5 {0}")
    @MethodSource("frames")
    void o5_endsAConnectionThatFloodsWithFrames(byte[] frame) throws IOException {
        gateway.function("f");
        try (RawHttp2 client = RawHttp2.open(gateway.port())) {
            client.send(HEADERS, END_HEADERS, 1, request("POST", "/function/f"));
            client.flood(frame, 200);

            assertThat(client.goAway()).isEqualTo(ENHANCE_YOUR_CALM);
        }
        gateway.awaitNothingInFlight();
        assertIsAlive();
    }

    static Stream<Named<byte[]>> fragments() {
        return Stream.of(
                Named.of("empty", new byte[0]),
                Named.of("small", RawHttp2.fields("x-a", "b")),
                Named.of("large", largeFields()));
    }

    private static byte[] largeFields() {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        for (int i = 0; i < 60; i++) {
            block.writeBytes(RawHttp2.fields("x-" + i, "v".repeat(120)));
        }
        return block.toByteArray();
    }

    @ParameterizedTest(name = "O5 {0}")
    @MethodSource("fragments")
    void o5_endsAConnectionWhoseHeadNeverEnds(byte[] fragment) throws IOException {
        RawFunction function = gateway.function("f");
        try (RawHttp2 client = RawHttp2.open(gateway.port())) {
            client.send(HEADERS, END_STREAM, 1, request("GET", "/function/f"));
            client.flood(RawHttp2.frame(CONTINUATION, 0, 1, fragment), 500);

            assertThat(client.goAway()).isIn(ENHANCE_YOUR_CALM, PROTOCOL_ERROR); // the latter for too many bytes
        }
        gateway.assertUntouched(function);
    }

    /** Heads that do not end: a frame that is not whole, and fragments of which the last does not come. */
    static Stream<Named<byte[]>> unfinishedHeads() {
        byte[] fields = request("GET", "/function/f");
        byte[] frame = RawHttp2.frame(HEADERS, END_HEADERS | END_STREAM, 1, fields);
        return Stream.of(
                Named.of("half a frame", Arrays.copyOf(frame, frame.length / 2)),
                Named.of("all fields and no end", RawHttp2.frame(HEADERS, END_STREAM, 1, fields)));
    }

    /** Heads must be complete in time, whatever else comes. */
    @Nested
    class WithAShortHeadTimeout {
        @RegisterExtension
        final GatewayFixture hasty = GatewayFixture.with("SLUICE_HEAD_TIMEOUT", "400ms", "SLUICE_BODY_SILENCE", "10s");

        @ParameterizedTest(name = "C1 {0}")
        @MethodSource("sluice.invoker.StreamFaultTest#unfinishedHeads")
        void c1_endsAConnectionWhoseHeadDoesNotEnd(byte[] half) throws IOException {
            RawFunction function = hasty.function("f");
            try (RawHttp2 client = RawHttp2.open(hasty.port())) {
                client.write(half);

                assertThat(client.goAway()).isEqualTo(ENHANCE_YOUR_CALM);
            }
            hasty.assertUntouched(function);
        }

        @Test
        void c1_grantsAnyTime_oncePastTheHead() throws IOException {
            RawFunction function = hasty.function("f");
            try (RawHttp2 client = RawHttp2.open(hasty.port())) {
                client.send(HEADERS, 0, 1, request("POST", "/function/f"));
                client.send(CONTINUATION, END_HEADERS, 1);
                Eventually.linger(Duration.ofMillis(700));
                client.send(DATA, END_STREAM, 1, (byte) 'x');

                assertThat(client.await(frame -> frame.isEndOf(1)).type()).isNotEqualTo(RST_STREAM);
            }
            assertThat(function.onlyRequest().body()).isEqualTo("x");
        }
    }

    static Stream<Named<List<byte[]>>> wrongStreams() {
        return Stream.of(
                Named.of("more than its length", wrong(request("POST", "/function/f", "content-length", "3"), "hello")),
                Named.of("less than its length", wrong(request("POST", "/function/f", "content-length", "9"), "hello")),
                Named.of(
                        "no method",
                        wrong(RawHttp2.fields(":scheme", "http", ":path", "/function/f", ":authority", "a"), "")),
                Named.of("no path", wrong(RawHttp2.fields(":method", "GET", ":scheme", "http", ":authority", "a"), "")),
                Named.of("an empty path", wrong(request("GET", ""), "")),
                Named.of("two methods", wrong(request("GET", "/function/f", ":method", "GET"), "")),
                Named.of("two paths", wrong(request("GET", "/function/f", ":path", "/function/g"), "")),
                Named.of(
                        "a pseudo-field behind others",
                        wrong(
                                RawHttp2.fields(
                                        ":method",
                                        "GET",
                                        "x-a",
                                        "b",
                                        ":scheme",
                                        "http",
                                        ":path",
                                        "/function/f",
                                        ":authority",
                                        "a"),
                                "")),
                Named.of("an unknown pseudo-field", wrong(request("GET", "/function/f", ":x", "y"), "")),
                Named.of("an upper-case name", wrong(request("GET", "/function/f", "X-A", "b"), "")),
                Named.of("a Connection field", wrong(request("GET", "/function/f", "connection", "x-a"), "")),
                Named.of("a coding", wrong(request("POST", "/function/f", "transfer-encoding", "chunked"), "")),
                Named.of("TE other than trailers", wrong(request("GET", "/function/f", "te", "gzip"), "")),
                Named.of("a line end in a value", wrong(request("GET", "/function/f", "x-a", "b\r\nx-c: d"), "")),
                Named.of("a line end in the path", wrong(request("GET", "/function/f HTTP/1.1\r\nx: y"), "")),
                Named.of("a space in a name", wrong(request("GET", "/function/f", "x a", "b"), "")));
    }

    private static List<byte[]> wrong(byte[] fields, String body) {
        return List.of(fields, body.getBytes(StandardCharsets.US_ASCII));
    }

    @ParameterizedTest(name = "O6 {0}")
    @MethodSource("wrongStreams")
    void o6_refusesAStreamThatBreaksTheRules_andServesTheNext(List<byte[]> wrong) throws IOException {
        RawFunction function = gateway.function("f");
        try (RawHttp2 client = RawHttp2.open(gateway.port())) {
            boolean hasBody = wrong.get(1).length > 0;
            client.send(HEADERS, hasBody ? END_HEADERS : END_HEADERS | END_STREAM, 1, wrong.get(0));
            if (hasBody) {
                client.send(DATA, END_STREAM, 1, wrong.get(1));
            }
            RawHttp2.Frame end = client.await(frame -> frame.isEndOf(1) || frame.type() == HEADERS);
            boolean isRefused =
                    end.type() == RST_STREAM || new String(end.payload(), StandardCharsets.ISO_8859_1).contains("400");
            assertThat(isRefused).as(end.toString()).isTrue();

            client.send(HEADERS, END_HEADERS | END_STREAM, 3, request("GET", "/function/f/next"));
            assertThat(client.await(frame -> frame.isEndOf(3)).type()).isNotEqualTo(RST_STREAM);
        }
        Eventually.await("cut requests to be aborted", () -> function.unfinishedRequests() == 0);
        assertThat(function.requests())
                .filteredOn(RawMessage::isWhole)
                .extracting(RawMessage::target)
                .containsExactly("/next");
    }

    @Test
    void o6_refusesStreamsAboveTheLimit_andKeepsTheOthers() throws IOException {
        CountDownLatch release = new CountDownLatch(1);
        RawFunction function = gateway.function("f", (connection, number) -> {
            connection.request();
            release.await();
            connection.send(RawFunction.OK);
        });
        try (RawHttp2 client = RawHttp2.open(gateway.port())) {
            for (int i = 0; i < 11; i++) {
                client.send(HEADERS, END_HEADERS | END_STREAM, 2 * i + 1, request("GET", "/function/f"));
            }
            assertThat(client.await(frame -> frame.type() == RST_STREAM).stream())
                    .isEqualTo(21);
            Eventually.await("ten calls to run", () -> function.requests().size() == 10);
            release.countDown();
            for (int i = 0; i < 10; i++) {
                assertThat(client.await(frame -> frame.isEndOf(frame.stream()) && frame.stream() > 0)
                                .type())
                        .isNotEqualTo(RST_STREAM);
            }
        }
    }

    private void assertIsAlive() throws IOException {
        RawFunction alive = gateway.function("alive");
        try (RawHttp2 client = RawHttp2.open(gateway.port())) {
            client.send(HEADERS, END_HEADERS | END_STREAM, 1, request("GET", "/function/alive"));
            assertThat(client.await(frame -> frame.isEndOf(1)).type()).isNotEqualTo(RST_STREAM);
        }
        assertThat(alive.requests()).hasSize(1);
    }
}
