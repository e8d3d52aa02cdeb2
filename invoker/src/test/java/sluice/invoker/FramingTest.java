package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.invoker.Requests.CHUNKED_OK;
import static sluice.invoker.Requests.cases;
import static sluice.invoker.Requests.chunk;
import static sluice.invoker.Requests.chunked;
import static sluice.invoker.Requests.get;
import static sluice.invoker.Requests.post;
import static sluice.invoker.Requests.request;

import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How the end of a request is found, and that nothing ambiguous reaches a function (reliability matrix, F1 to F8). */
@Over.Http1Only("HTTP/2 frames for itself: StreamFaultTest")
class FramingTest {
    @RegisterExtension
    final GatewayFixture gateway = GatewayFixture.standard();

    private RawFunction function;

    @BeforeEach
    void deploy() throws IOException {
        function = gateway.function("f");
    }

    static Stream<Named<String>> twoFramings() {
        return cases(
                "POST /function/f HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked",
                "POST /function/f HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5",
                "POST /function/f HTTP/1.1\r\nContent-Length: 0\r\nX: y\r\nTransfer-Encoding: chunked",
                "POST /function/f HTTP/1.0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked",
                "POST /function/f HTTP/1.0\r\nTransfer-Encoding: chunked\r\nContent-Length: 5",
                "POST /function/f HTTP/1.0\r\nTransfer-Encoding: chunked",
                "GET /function/f HTTP/1.0\r\nTransfer-Encoding: identity");
    }

    @ParameterizedTest(name = "F1 {0}")
    @MethodSource("twoFramings")
    void f1_refusesTransferEncodingBesideLengthOrInHttp10(String head) throws IOException {
        gateway.assertRefused(request(head) + "0\r\n\r\n", 400, function);
    }

    static Stream<Named<String>> strangeTransferEncodings() {
        return cases(
                "Transfer-Encoding: xchunked",
                "Transfer-Encoding: chunked, x",
                "Transfer-Encoding: chunked, chunked",
                "Transfer-Encoding: \"chunked\"",
                "Transfer-Encoding: 'chunked'",
                "Transfer-Encoding: chunked\u000b",
                "Transfer-Encoding: \u000bchunked",
                "Transfer-Encoding: chun\0ked",
                "Transfer-Encoding: chunked;q=1",
                "Transfer-Encoding: chunked,",
                "Transfer-Encoding: chun ked",
                "Transfer-Encoding:",
                "Transfer-Encoding: identity",
                "Transfer-Encoding: identity, chunked",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
                "Transfer-Encoding: chunked\r\nX: y\r\ntransfer-encoding: x");
    }

    @ParameterizedTest(name = "F2 {0}")
    @MethodSource("strangeTransferEncodings")
    void f2_refusesTransferEncodingOtherThanOneChunked(String field) throws IOException {
        gateway.assertRefused(request("POST /function/f HTTP/1.1", field) + "0\r\n\r\n", 400, function);
    }

    @ParameterizedTest(name = "F2 {0}")
    @ValueSource(strings = {"transfer-encoding: Chunked", "TRANSFER-ENCODING:\tCHUNKED \t"})
    void f2_readsChunkedInAnyCase(String field) throws IOException {
        String bytes = request("POST /function/f HTTP/1.1", field) + chunk("hello") + "0\r\n\r\n";

        assertThat(gateway.call(bytes).status()).isEqualTo(200);
        assertThat(function.onlyRequest().body()).isEqualTo("hello");
    }

    @ParameterizedTest(name = "F3 {0}")
    @ValueSource(strings = {"gzip, chunked", "deflate,chunked", "compress , chunked", "GZIP, Chunked"})
    void f3_saysNotImplemented_whenAnotherCodingIsUsed(String codings) throws IOException {
        String head = request("POST /function/f HTTP/1.1", "Transfer-Encoding: " + codings);

        gateway.assertRefused(head + "0\r\n\r\n", 501, function);
    }

    static Stream<Named<String>> strangeLengths() {
        return cases(
                "Content-Length: 5\r\nContent-Length: 5",
                "Content-Length: 5\r\nContent-Length: 6",
                "Content-Length: 5\r\nX: y\r\ncontent-length: 0",
                "Content-Length: 5, 5",
                "Content-Length: 5,6",
                "Content-Length: 5,",
                "Content-Length: +5",
                "Content-Length: -1",
                "Content-Length: -0",
                "Content-Length: 0x5",
                "Content-Length: 5a",
                "Content-Length: 5.0",
                "Content-Length: 5e0",
                "Content-Length: \"5\"",
                "Content-Length:",
                "Content-Length: 5 0",
                "Content-Length: \u00b2",
                "Content-Length: 9223372036854775808",
                "Content-Length: 18446744073709551621",
                "Content-Length: 99999999999999999999999999999999");
    }

    @ParameterizedTest(name = "F4 {0}")
    @MethodSource("strangeLengths")
    void f4_refusesLengthThatIsNotOnePlainNumber(String field) throws IOException {
        gateway.assertRefused(request("POST /function/f HTTP/1.1", field) + "hello", 400, function);
    }

    @ParameterizedTest(name = "F4 {0}")
    @ValueSource(strings = {"05", "0000000000000000000000000000005", "5 \t"})
    void f4_forwardsLengthWithLeadingZerosAsPlainNumber(String length) throws IOException {
        RawMessage answer = gateway.call(request("POST /function/f HTTP/1.1", "Content-Length: " + length) + "hello");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(function.onlyRequest().field("Content-Length")).isEqualTo("5");
        assertThat(function.onlyRequest().body()).isEqualTo("hello");
    }

    static Stream<Named<String>> foldedHeads() {
        return cases(
                "GET /function/f HTTP/1.1\r\nHost : gw.test\r\n\r\n",
                "GET /function/f HTTP/1.1\r\nHost: gw.test\r\nX-A : b\r\n\r\n",
                "GET /function/f HTTP/1.1\r\nHost: gw.test\r\nX-A\t: b\r\n\r\n",
                "POST /function/f HTTP/1.1\r\nHost: gw.test\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
                "GET /function/f HTTP/1.1\r\nHost: gw.test\r\nX-A: b\r\n c\r\n\r\n",
                "GET /function/f HTTP/1.1\r\nHost: gw.test\r\nX-A: b\r\n\tc\r\n\r\n",
                "POST /function/f HTTP/1.1\r\nHost: gw.test\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
                "GET /function/f HTTP/1.1\r\nHost: gw.test\r\nX-A: b\r\n \r\n\r\n",
                "GET /function/f HTTP/1.1\r\n Host: gw.test\r\n\r\n",
                "GET /function/f HTTP/1.1\r\n\tHost: gw.test\r\n\r\n",
                "GET /function/f HTTP/1.1\r\n X: y\r\nHost: gw.test\r\n\r\n");
    }

    @ParameterizedTest(name = "F5 {0}")
    @MethodSource("foldedHeads")
    void f5_refusesSpaceBeforeColonAndFoldedLines(String bytes) throws IOException {
        gateway.assertRefused(bytes, 400, function);
    }

    static Stream<Named<String>> strangeChunks() {
        return cases(
                "+5\r\nhello\r\n0\r\n\r\n",
                "-5\r\nhello\r\n0\r\n\r\n",
                "0x5\r\nhello\r\n0\r\n\r\n",
                "g\r\nhello\r\n0\r\n\r\n",
                "\r\nhello\r\n0\r\n\r\n",
                " 5\r\nhello\r\n0\r\n\r\n",
                "5 5\r\nhello\r\n0\r\n\r\n",
                "00000000000000005\r\nhello\r\n0\r\n\r\n",
                "8000000000000000\r\nhello\r\n0\r\n\r\n",
                "ffffffffffffffff\r\nhello\r\n0\r\n\r\n",
                "10000000000000000\r\nhello\r\n0\r\n\r\n",
                "5\nhello\r\n0\r\n\r\n",
                "5\r\nhello\n0\r\n\r\n",
                "5\r\nhello\r\n0\n\r\n",
                "5\r\nhello\r\n0\r\n\n",
                "5\rhello\r\n0\r\n\r\n",
                "5;a\nhello\r\n0\r\n\r\n",
                "5;a=\nb\r\nhello\r\n0\r\n\r\n",
                "5;a\rb\r\nhello\r\n0\r\n\r\n",
                "5;a=\"\r\n\"\r\nhello\r\n0\r\n\r\n",
                "5;a\0\r\nhello\r\n0\r\n\r\n",
                "5\r\nhelloX\r\n0\r\n\r\n",
                "5\r\nhello0\r\n\r\n",
                "5\r\nhello\rX0\r\n\r\n",
                "5\r\nhello\r\n0\r\nno colon\r\n\r\n",
                "5\r\nhello\r\n0\r\nX: y\n\r\n",
                "5\r\nhello\r\n0\r\n X: y\r\n\r\n",
                "5\r\nhello\r\n0\r\nX : y\r\n\r\n");
    }

    @ParameterizedTest(name = "F6 {0}")
    @MethodSource("strangeChunks")
    void f6_refusesMalformedChunks(String body) throws IOException {
        gateway.assertRefusedAfterTheHead(chunked("/function/f") + body, 400, function);
    }

    @ParameterizedTest(name = "F6 after a good chunk: {0}")
    @MethodSource("strangeChunks")
    void f6_abortsTheUpstreamRequest_whenALaterChunkIsMalformed(String body) throws IOException {
        gateway.assertRefusedAfterTheHead(chunked("/function/f") + chunk("good") + body, 400, function);
    }

    @ParameterizedTest(name = "F6 {0}")
    @ValueSource(strings = {"5", "005", "0000000000000005"})
    void f6_readsChunkSizesOfUpToSixteenDigits(String size) throws IOException {
        assertThat(gateway.call(chunked("/function/f") + size + "\r\nhello\r\n0\r\n\r\n")
                        .status())
                .isEqualTo(200);
        assertThat(function.onlyRequest().body()).isEqualTo("hello");
    }

    @Test
    void f7_dropsChunkExtensions() throws IOException {
        String body = "5;a\r\nhello\r\n1;b=c;d=\"e f\"\r\n!\r\n0;last\r\n\r\n";

        assertThat(gateway.call(chunked("/function/f") + body).status()).isEqualTo(200);
        assertThat(function.onlyRequest().body()).isEqualTo("hello!"); // the reader takes no extension for a size
    }

    @Test
    void f7_refusesABodyWithMoreThanFourKibOfExtensions() throws IOException {
        String one = "1;" + "x".repeat(5_000) + "\r\na\r\n0\r\n\r\n";
        String many = ("1;" + "x".repeat(60) + "\r\na\r\n").repeat(100) + "0\r\n\r\n";

        gateway.assertRefusedAfterTheHead(chunked("/function/f") + one, 400, function);
        gateway.assertRefusedAfterTheHead(chunked("/function/f") + many, 400, function);
    }

    @Test
    void f8_dropsTrailersOfARequest() throws IOException {
        String body = chunk("hello") + "0\r\nX-Checksum: 1\r\nAuthorization: Basic eA==\r\n\r\n";

        RawMessage answer = gateway.call(chunked("/function/f", "Trailer: X-Checksum") + body);

        assertThat(answer.status()).isEqualTo(200);
        assertThat(function.onlyRequest().body()).isEqualTo("hello");
        assertThat(function.onlyRequest().trailers()).isEmpty();
        assertThat(function.onlyRequest().has("Trailer")).isFalse();
    }

    @Test
    void f8_keepsTrailersForGrpc_exceptThoseThatRouteOrFrame() throws IOException {
        String trailers = String.join(
                "\r\n",
                "X-Status: 0",
                "Host: other",
                "Content-Length: 9",
                "Transfer-Encoding: x",
                "Authorization: Basic eA==",
                "Connection: close");
        String head = chunked("/function/f", "Content-Type: application/grpc", "TE: trailers, deflate");

        assertThat(gateway.call(head + chunk("hello") + "0\r\n" + trailers + "\r\n\r\n")
                        .status())
                .isEqualTo(200);
        assertThat(function.onlyRequest().trailers()).containsExactly("X-Status: 0");
        assertThat(function.onlyRequest().field("TE")).isEqualTo("trailers");
    }

    @Test
    void f8_reachesTheNextRequest_afterTrailers() throws IOException {
        try (RawConnection client = gateway.connect()) {
            client.send(chunked("/function/f/1") + "0\r\nX: y\r\nZ: GET / HTTP/1.1\r\n\r\n" + get("/function/f/2"));

            assertThat(client.answer().status()).isEqualTo(200);
            assertThat(client.answer().status()).isEqualTo(200);
        }
        assertThat(function.requests()).extracting(RawMessage::target).containsExactly("/1", "/2");
    }

    @Test
    void keepsTheLength_whenItIsKnown() throws IOException {
        assertThat(gateway.call(post("/function/f", "hello")).status()).isEqualTo(200);

        assertThat(function.onlyRequest().field("Content-Length")).isEqualTo("5");
        assertThat(function.onlyRequest().has("Transfer-Encoding")).isFalse();
    }

    @Test
    void writesOneFramingOfItsOwn_whenTheAnswerIsChunked() throws IOException {
        gateway.function(
                "chunky",
                RawFunction.answering(CHUNKED_OK.replace("chunked", "Chunked") + "5;ext=1\r\nhello\r\n0\r\n\r\n"));

        assertThat(gateway.call(get("/function/chunky")).body()).isEqualTo("hello");
    }
}
