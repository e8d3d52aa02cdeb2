package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.invoker.Requests.CHUNKED_OK;
import static sluice.invoker.Requests.answer;
import static sluice.invoker.Requests.cases;
import static sluice.invoker.Requests.get;
import static sluice.invoker.Requests.ok;
import static sluice.invoker.Requests.post;
import static sluice.invoker.Requests.request;
import static sluice.invoker.Requests.switching;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.core.Endpoint;

/** Functions that cannot be reached, break off, or say what they should not (reliability matrix, U1 to U7). */
class UpstreamFaultTest {
    @RegisterExtension
    final GatewayFixture gateway = GatewayFixture.with("SLUICE_DIAL_TIMEOUT", "300ms");

    /** How a script leaves. */
    enum Leave {
        FIN,
        RESET;

        void of(RawConnection connection) throws IOException {
            if (this == RESET) {
                connection.reset();
            } else {
                connection.close();
            }
        }
    }

    @Test
    void u1_saysBadGateway_whenTheOnlyReplicaRefuses() throws IOException {
        gateway.deploy("f", gateway.deadEndpoint("gone"));

        RawMessage answer = gateway.call(get("/function/f"));

        assertThat(answer.status()).isEqualTo(502);
        assertThat(answer.field("X-OpenFaaS-Internal")).isNotEmpty();
        assertThat(answer.has("X-Call-Id")).isTrue();
    }

    @ParameterizedTest(name = "U1 {0}")
    @ValueSource(strings = {"GET", "POST"})
    void u1_triesTheNextReplica_whenOneRefuses(String method) throws IOException {
        RawFunction alive = gateway.running(RawFunction.answering(RawFunction.OK));
        gateway.deploy("f", gateway.deadEndpoint("a"), alive.endpoint("b"), gateway.deadEndpoint("c"));

        for (int i = 0; i < 20; i++) {
            assertThat(gateway.call(request(method + " /function/f HTTP/1.1", "Content-Length: 2") + "hi")
                            .status())
                    .isEqualTo(200);
        }
        assertThat(alive.requests())
                .hasSize(20)
                .allMatch(request -> request.body().equals("hi"));
    }

    @Test
    void u1_saysBadGateway_whenADialTakesTooLong() throws IOException {
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            List<Socket> queued = new ArrayList<>();
            for (int i = 0; i < 2; i++) { // what the backlog takes; further handshakes are not answered
                queued.add(new Socket(InetAddress.getLoopbackAddress(), full.getLocalPort()));
            }
            gateway.deploy("f", new Endpoint("full", "127.0.0.1", full.getLocalPort(), Endpoint.State.READY));

            assertThat(gateway.call(get("/function/f")).status()).isEqualTo(502);
            for (Socket socket : queued) {
                socket.close();
            }
        }
    }

    @Test
    void u1_leavesAReplicaAlone_afterThreeFailuresInARow() throws IOException {
        RawFunction broken = gateway.running((connection, number) -> {
            connection.request();
            connection.reset();
        });
        RawFunction alive = gateway.running(RawFunction.answering(RawFunction.OK));
        gateway.deploy("f", broken.endpoint("broken"), alive.endpoint("alive"));

        int failures = 0;
        for (int i = 0; i < 40; i++) {
            failures += gateway.call(post("/function/f", "x")).status() == 200 ? 0 : 1;
        }

        assertThat(failures).isEqualTo(3);
        assertThat(broken.requests()).hasSize(3);
    }

    @ParameterizedTest(name = "U2 {0}")
    @EnumSource
    void u2_saysBadGateway_whenANewConnectionEndsBeforeAnAnswer(Leave leave) throws IOException {
        RawFunction function = gateway.function("f", (connection, number) -> {
            connection.request();
            leave.of(connection);
        });

        assertThat(gateway.call(get("/function/f")).status()).isEqualTo(502);
        assertThat(gateway.call(post("/function/f", "once")).status()).isEqualTo(502);
        assertThat(function.requests()).hasSize(2);
    }

    @ParameterizedTest(name = "U2 {0}")
    @EnumSource
    void u2_triesOnceMore_whenAReusedConnectionEndsAndTheMethodIsIdempotent(Leave leave) throws IOException {
        for (String method : new String[] {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"}) {
            String target = "/function/f" + method.length();
            RawFunction function = gateway.function("f" + method.length(), endsTheSecondCall(leave));
            try (RawConnection client = gateway.connect()) {
                client.send(get(target));
                assertThat(client.answer().status()).isEqualTo(200);

                client.send(request(method + " " + target + " HTTP/1.1", "Content-Length: 4") + "body");
                assertThat(client.answerTo(method).status()).describedAs(method).isEqualTo(200);
            }
            assertThat(function.requests()).hasSize(3);
            assertThat(function.requests().get(2).body()).isEqualTo("body");
        }
    }

    @ParameterizedTest(name = "U2 {0}")
    @ValueSource(strings = {"POST", "PATCH"})
    void u2_sendsNothingTwice_whenTheMethodIsNotIdempotent(String method) throws IOException {
        RawFunction function = gateway.function("f", endsTheSecondCall(Leave.FIN));
        try (RawConnection client = gateway.connect()) {
            client.send(get("/function/f"));
            assertThat(client.answer().status()).isEqualTo(200);

            client.send(request(method + " /function/f HTTP/1.1", "Content-Length: 4") + "body");
            assertThat(client.answer().status()).isEqualTo(502);
        }
        assertThat(function.requests()).hasSize(2);
    }

    @Test
    void u2_sendsNothingTwice_whenTheBodyIsNoLongerHeld() throws IOException {
        RawFunction function = gateway.function("f", endsTheSecondCall(Leave.FIN));
        try (RawConnection client = gateway.connect()) {
            client.send(get("/function/f"));
            assertThat(client.answer().status()).isEqualTo(200);

            client.send(request("PUT /function/f HTTP/1.1", "Content-Length: 300000") + "b".repeat(300_000));
            assertThat(client.answer().status()).isEqualTo(502);
        }
        assertThat(function.requests()).hasSize(2);
    }

    @Test
    void u2_givesUp_whenTheSecondTryEndsToo() throws IOException {
        RawFunction function = gateway.function("f", (connection, number) -> {
            connection.request();
            if (number == 1) {
                connection.send(RawFunction.OK);
                connection.request();
            }
        });
        try (RawConnection client = gateway.connect()) {
            client.send(get("/function/f"));
            assertThat(client.answer().status()).isEqualTo(200);
            client.send(get("/function/f"));
            assertThat(client.answer().status()).isEqualTo(502);
        }
        assertThat(function.requests()).hasSize(3);
    }

    private static RawFunction.Script endsTheSecondCall(Leave leave) {
        return (connection, number) -> {
            connection.request();
            connection.send(RawFunction.OK);
            if (number == 1) {
                connection.request();
                leave.of(connection);
                return;
            }
            connection.ending();
        };
    }

    static Stream<Named<String>> cutAnswers() {
        String head = CHUNKED_OK;
        return cases(
                "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
                head + "5\r\nhello\r\n",
                head + "5\r\nhel",
                head + "5\r\nhello",
                head + "5\r\nhello\r\n5",
                head + "5\r\nhello\r\n0",
                head + "5\r\nhello\r\n0\r\n",
                head + "5\r\nhello\r\n0\r\nX: y\r\n");
    }

    @ParameterizedTest(name = "U3 {0}")
    @MethodSource("cutAnswers")
    void u3_showsThatAnAnswerIsCut(String cut) throws IOException {
        gateway.function("f", (connection, number) -> {
            connection.request();
            connection.send(cut);
        });

        RawMessage answer = gateway.call(get("/function/f"));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.isWhole()).isFalse();
        assertThat(gateway.metricsText()).contains("sluice_aborted_answers_totalSample[suffix=, labels={}, value=1.0]");
    }

    @ParameterizedTest(name = "U3 to HTTP/1.0: {0}")
    @MethodSource("cutAnswers")
    @Over.Http1Only("of HTTP/1.0")
    void u3_showsThatAnAnswerIsCut_toHttp10(String cut) throws IOException {
        gateway.function("f", (connection, number) -> {
            connection.request();
            connection.send(cut);
        });

        assertThat(gateway.call(request("GET /function/f HTTP/1.0")).isWhole()).isFalse();
    }

    @Test
    void u3_showsThatAnAnswerIsCut_whenItHasNoLengthAndIsReset() throws IOException {
        showsThatAnAnswerIsCut_whenItHasNoLengthAndIsReset("HTTP/1.1");
    }

    @Test
    @Over.Http1Only("of HTTP/1.0")
    void u3_showsThatAnAnswerIsCut_toHttp10_whenItHasNoLengthAndIsReset() throws IOException {
        showsThatAnAnswerIsCut_whenItHasNoLengthAndIsReset("HTTP/1.0");
    }

    private void showsThatAnAnswerIsCut_whenItHasNoLengthAndIsReset(String version) throws IOException {
        CountDownLatch arrived = new CountDownLatch(1);
        gateway.function("f", (connection, number) -> {
            connection.request();
            connection.send("HTTP/1.1 200 OK\r\n\r\nhello");
            arrived.await();
            connection.reset();
        });
        try (RawConnection client = gateway.connect()) {
            client.send(request("GET /function/f " + version));
            assertThat(client.head()).startsWith("HTTP/1.1 200 ");
            arrived.countDown();

            boolean isChunked = version.equals("HTTP/1.1");
            String rest = client.rest();
            assertThat(rest).contains("hello");
            assertThat(isChunked ? rest.contains("\r\n0\r\n") : client.ending() == RawConnection.Ending.FIN)
                    .isFalse();
        }
    }

    static Stream<Named<String>> answersWithMore() {
        String[] answers = {
            ok("first"),
            CHUNKED_OK + "5\r\nfirst\r\n0\r\n\r\n",
            "HTTP/1.1 204 No Content\r\n\r\n",
            "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
        };
        return Stream.of(answers)
                .flatMap(answer -> cases(answer + ok("stolen"), answer + "HTTP/1.", answer + "x", answer + "\r\n"));
    }

    @ParameterizedTest(name = "U4 {0}")
    @MethodSource("answersWithMore")
    void u4_givesLeftOverBytesToNobody(String bytes) throws IOException {
        RawFunction function = gateway.function("f", firstConnectionSends(bytes));

        assertSecondCallerIsUnaffected(function, "GET");
    }

    @Test
    void u4_givesTheBodyOfAHeadAnswerToNobody() throws IOException {
        RawFunction function = gateway.function("f", firstConnectionSends(ok("HTTP/1.1 200 OK\r\n\r\nstolen")));

        assertSecondCallerIsUnaffected(function, "HEAD");
    }

    private static RawFunction.Script firstConnectionSends(String bytes) {
        return (connection, number) -> {
            while (true) {
                connection.request();
                connection.send(number == 1 ? bytes : ok("own"));
            }
        };
    }

    private void assertSecondCallerIsUnaffected(RawFunction function, String method) throws IOException {
        try (RawConnection client = gateway.connect()) {
            client.send(request(method + " /function/f HTTP/1.1"));
            assertThat(client.answerTo(method).isWhole()).isTrue();

            client.send(get("/function/f"));
            assertThat(client.answer().body()).isEqualTo("own");
        }
        assertThat(function.connections()).isEqualTo(2);
    }

    @Test
    void u4_closesAnIdleConnectionThatSpeaksUnasked() throws IOException {
        CountDownLatch answered = new CountDownLatch(1);
        RawFunction function = gateway.function("f", (connection, number) -> {
            connection.request();
            connection.send(ok("own"));
            if (number == 1) {
                answered.await();
                connection.send(ok("stolen"));
            }
            connection.ending();
        });
        try (RawConnection client = gateway.connect()) {
            client.send(get("/function/f"));
            assertThat(client.answer().body()).isEqualTo("own");
            answered.countDown();
            Eventually.await("the connection to be closed", () -> function.openConnections() == 0);

            client.send(get("/function/f"));
            assertThat(client.answer().body()).isEqualTo("own");
        }
    }

    static Stream<Named<String>> answersThatAreNoHttp() {
        return cases(
                "garbage\r\n\r\n",
                "\0\u0001\u0002\u0003",
                "SSH-2.0-OpenSSH_9.2\r\n",
                "HTTP/1.1 abc OK\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 -20 OK\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
                "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
                "http/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
                "ICY 200 OK\r\n\r\n",
                "HTTP/1.1 200 O\rK\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
                "HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\na",
                "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\na",
                "HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\na",
                "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\na",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nX : a\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 200 OK\r\n: a\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nno colon\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nX: a\r\n folded\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 200 OK\r\n X: a\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
                "HTTP/1.1 200 OK\r\nX: a\nY: b\r\nContent-Length: 0\r\n\r\n");
    }

    @ParameterizedTest(name = "U5 {0}")
    @MethodSource("answersThatAreNoHttp")
    void u5_saysBadGatewayAndCloses_whenTheAnswerIsMalformed(String bytes) throws IOException {
        assertBadGateway(bytes);
    }

    @Test
    void u5_saysBadGatewayAndCloses_whenTheHeadIsTooLong() throws IOException {
        assertBadGateway("HTTP/1.1 200 OK\r\nX: " + "a".repeat(66_000) + "\r\nContent-Length: 0\r\n\r\n");
        assertBadGateway("HTTP/1.1 200 " + "a".repeat(66_000) + "\r\nContent-Length: 0\r\n\r\n");
        assertBadGateway("HTTP/1.1 200 OK\r\n" + "X: y\r\n".repeat(201) + "Content-Length: 0\r\n\r\n");
    }

    @ParameterizedTest(name = "U5 {0}")
    @ValueSource(
            strings = {
                "x\r\nhello\r\n0\r\n\r\n",
                "-5\r\nhello\r\n0\r\n\r\n",
                "5\r\nhello0\r\n\r\n",
                "5\nhello\r\n0\r\n\r\n"
            })
    void u5_showsThatTheAnswerIsCut_whenItsChunksAreMalformed(String chunks) throws IOException {
        gateway.function("f", RawFunction.answering(CHUNKED_OK + chunks));

        RawMessage answer = gateway.call(get("/function/f"));

        assertThat(answer.status() == 502 || !answer.isWhole()).isTrue();
    }

    private void assertBadGateway(String bytes) throws IOException {
        RawFunction function = gateway.function("f", RawFunction.answering(bytes));

        assertThat(gateway.call(get("/function/f")).status()).isEqualTo(502);
        Eventually.await("the connection to be closed", () -> function.openConnections() == 0);
        assertThat(function.requests()).hasSize(1);
    }

    @Test
    void u5_takesHeadsWithinTheLimits() throws IOException {
        String fields = ("X: " + "v".repeat(300) + "\r\n").repeat(190);
        gateway.function("f", RawFunction.answering("HTTP/1.1 200 OK\r\n" + fields + "Content-Length: 0\r\n\r\n"));

        assertThat(gateway.call(get("/function/f")).values("X")).hasSize(190);
    }

    @Test
    void u6_deliversTheFinalAnswer_afterInformationalOnes() throws IOException {
        gateway.function(
                "f",
                RawFunction.answering("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"
                        + "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + ok("final")));
        try (RawConnection client = gateway.connect()) {
            for (int i = 0; i < 3; i++) {
                client.send(get("/function/f"));
                assertThat(client.answer().body()).isEqualTo("final");
            }
        }
    }

    @Test
    @Over.Http1Only("of HTTP/1.0, which knows no informational answers")
    void u6_deliversNoInformationalAnswers_toHttp10() throws IOException {
        gateway.function("f", RawFunction.answering("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + ok("final")));

        assertThat(gateway.callUnfiltered(request("GET /function/f HTTP/1.0")).body())
                .isEqualTo("final");
    }

    @Test
    void u6_boundsInformationalAnswers() throws IOException {
        String hint = "HTTP/1.1 103 Early Hints\r\n\r\n";
        gateway.function("few", RawFunction.answering(hint.repeat(16) + ok("final")));
        gateway.function("many", RawFunction.answering(hint.repeat(17) + ok("final")));

        assertThat(gateway.call(get("/function/few")).body()).isEqualTo("final");
        assertThat(gateway.call(get("/function/many")).status()).isIn(0, 502);
    }

    @Test
    void u7_refusesASwitchOfProtocolsNobodyAskedFor() throws IOException {
        RawFunction function = gateway.function("f", firstConnectionSends(switching("x")));
        try (RawConnection client = gateway.connect()) {
            client.send(get("/function/f"));
            assertThat(client.answer().status()).isEqualTo(502);
        }
        assertThat(gateway.call(get("/function/f")).body()).isEqualTo("own");
        assertThat(function.connections()).isEqualTo(2);
    }

    @Test
    void passesFailuresOfTheFunctionOn() throws IOException {
        gateway.function("f", RawFunction.answering(answer("500 Oh No", "broken", "X-A: b")));

        RawMessage answer = gateway.call(get("/function/f"));

        assertThat(answer.status()).isEqualTo(500);
        assertThat(answer.body()).isEqualTo("broken");
    }
}
