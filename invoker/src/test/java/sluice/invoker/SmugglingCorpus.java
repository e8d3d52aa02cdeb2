package sluice.invoker;

import java.util.ArrayList;
import java.util.List;

/**
 * Known ways to have a message read differently by two readers, and ordinary messages to build them from. Each belongs to
 * a row of the reliability matrix: F (framing), L (lines), H (host and target), U (answers of functions).
 */
final class SmugglingCorpus {
    static final String NEXT = "GET /function/next HTTP/1.1\r\nHost: b\r\n\r\n";

    /** First lines of requests: rows L3 to L5, H2, H3. */
    static final List<String> REQUEST_LINES = List.of(
            "GET /function/f HTTP/1.1",
            "POST /function/f HTTP/1.1",
            "POST /function/f HTTP/1.0",
            "GET http://other/function/f HTTP/1.1",
            "GET /function/f?a=b%20c HTTP/1.1",
            "GET /function/f HTTP/2.0",
            "GET /function/f HTTP/9.9",
            "GET /function/f http/1.1",
            "GET /function/f",
            "GET  /function/f HTTP/1.1",
            "GET /function/f  HTTP/1.1",
            "GET\t/function/f\tHTTP/1.1",
            "GET /function/f HTTP/1.1 ",
            "GET /function/a b HTTP/1.1",
            "GET /function/f#x HTTP/1.1",
            "GET /function/\u00e9 HTTP/1.1",
            "G(T /function/f HTTP/1.1",
            "CONNECT a:80 HTTP/1.1",
            "OPTIONS * HTTP/1.1",
            "GET function/f HTTP/1.1");

    /** Field lines: rows F1 to F5, F8, F11, F12, L1, L2, H1, X1, X2. */
    static final List<String> FIELDS = List.of(
            "Host: a",
            "Host: a:80",
            "Host: u@a",
            "Host: a/b",
            "Host: a, b",
            "Host : a",
            "Content-Length: 5",
            "Content-Length: 0",
            "Content-Length: 05",
            "Content-Length: +5",
            "Content-Length: -1",
            "Content-Length: 0x5",
            "Content-Length: 5, 5",
            "Content-Length: 5,6",
            "Content-Length: 5 0",
            "Content-Length:",
            "Content-Length: 9223372036854775808",
            "Content-Length: 18446744073709551621",
            "Content-Length : 5",
            "Content_Length: 5",
            " Content-Length: 5",
            "Transfer-Encoding: chunked",
            "transfer-encoding: Chunked",
            "Transfer-Encoding: xchunked",
            "Transfer-Encoding: chunked, x",
            "Transfer-Encoding: chunked, chunked",
            "Transfer-Encoding: gzip, chunked",
            "Transfer-Encoding: identity",
            "Transfer-Encoding: identity, chunked",
            "Transfer-Encoding: \"chunked\"",
            "Transfer-Encoding: chunked;q=1",
            "Transfer-Encoding: \u000bchunked",
            "Transfer-Encoding:\r\n chunked",
            "Transfer-Encoding : chunked",
            "Transfer-Encoding\t: chunked",
            "Transfer-Encoding\0: chunked",
            "Transfer_Encoding: chunked",
            "X: y\nTransfer-Encoding: chunked",
            "X: y\rTransfer-Encoding: chunked",
            "X: y\r\n z",
            "X: y\r\n\tTransfer-Encoding: chunked",
            "X",
            ": y",
            "X y: z",
            "X: y\0z",
            "X: \u00ff\u00e9",
            "Connection: close",
            "Connection: keep-alive, Content-Length",
            "Connection: Transfer-Encoding",
            "Expect: 100-continue",
            "Expect: x",
            "Upgrade: h2c",
            "Upgrade: custom\r\nConnection: Upgrade",
            "Trailer: X",
            "TE: trailers",
            "X-Call-Id: a",
            "X-Forwarded-For: 192.0.2.1");

    /** Bodies: rows F6, F7, F8, F12. */
    static final List<String> BODIES = List.of(
            "",
            "hello",
            "5\r\nhello\r\n0\r\n\r\n",
            "05\r\nhello\r\n00\r\n\r\n",
            "5;a=b\r\nhello\r\n0;c\r\n\r\n",
            "5;a=\"b\"\r\nhello\r\n0\r\n\r\n",
            "5;a=\"\r\n\"\r\nhello\r\n0\r\n\r\n",
            "5;a\nhello\r\n0\r\n\r\n",
            "5;\rhello\r\n0\r\n\r\n",
            "5 \r\nhello\r\n0\r\n\r\n",
            " 5\r\nhello\r\n0\r\n\r\n",
            "5 ;a\r\nhello\r\n0\r\n\r\n",
            "+5\r\nhello\r\n0\r\n\r\n",
            "-5\r\nhello\r\n0\r\n\r\n",
            "0x5\r\nhello\r\n0\r\n\r\n",
            "100000005\r\nhello\r\n0\r\n\r\n",
            "10000000000000005\r\nhello\r\n0\r\n\r\n",
            "00000000000000005\r\nhello\r\n0\r\n\r\n",
            "ffffffffffffffff\r\nhello\r\n0\r\n\r\n",
            "5\nhello\r\n0\r\n\r\n",
            "5\r\nhello\n0\r\n\r\n",
            "5\r\nhello0\r\n\r\n",
            "5\r\nhelloxx0\r\n\r\n",
            "5\r\nhello\r\n0\r\nX: y\r\n\r\n",
            "5\r\nhello\r\n0\r\nContent-Length: 9\r\nHost: z\r\n\r\n",
            "5\r\nhello\r\n0\r\n X: y\r\n\r\n",
            "5\r\nhello\r\n0\r\nX: y\n\n",
            "5\r\nhello\r\n0\n\n",
            "5\r\nhello\r\n0\r\n\n",
            "0\r\n\r\n",
            "0\r\n",
            "\r\n",
            "a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n");

    /** Targets: rows H2, H3, H5 to H10. */
    static final List<String> TARGETS = List.of(
            "/function/f",
            "/function/f.openfaas-fn/a/b?c=d",
            "/function/f/../../system/functions",
            "/function/f/%2e%2e/%2E./x",
            "/function/f/a%2f..%2F..%2fb",
            "/function/..%2f..%2f/other/x",
            "/function/f/./x?y=/../z",
            "/function/%66",
            "/function/f%2fg",
            "/function/f%00",
            "/function/f/%00",
            "/function/%zz",
            "/function/f/%zz",
            "/function/f/%252e%252e/x",
            "/function/f/a;b\\c//d",
            "/function/127.0.0.1:22",
            "/function/x@y",
            "/function/[::1]",
            "/function/",
            "/function",
            "//function/f",
            "/system/functions",
            "/%73ystem/functions",
            "http://other/function/f",
            "HTTPS://other:1/function/f?x",
            "http://u@other/function/f",
            "http:///function/f",
            "other:80",
            "*");

    /** First lines of answers: rows U4 to U7. */
    static final List<String> STATUS_LINES = List.of(
            "HTTP/1.1 200 OK",
            "HTTP/1.1 200",
            "HTTP/1.1 200 ",
            "HTTP/1.0 200 OK",
            "HTTP/1.1 204 No Content",
            "HTTP/1.1 304 Not Modified",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK",
            "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK",
            "HTTP/1.1 404 \u00e9",
            "HTTP/1.1 99 x",
            "HTTP/1.1 1000 x",
            "HTTP/1.1  200 OK",
            "HTTP/1.1\t200 OK",
            "HTTP/1.1 2x0 OK",
            "HTTP/2.0 200 OK",
            "http/1.1 200 OK",
            "HTTP/1.1 200 OK\rX: y",
            " HTTP/1.1 200 OK",
            "\r\nHTTP/1.1 200 OK",
            "garbage");

    private SmugglingCorpus() {}

    /** Every form once, in an otherwise plain message: the seeds. */
    static List<String> requests() {
        List<String> all = new ArrayList<>();
        for (String line : REQUEST_LINES) {
            all.add(line + "\r\nHost: a\r\n\r\n" + NEXT);
        }
        for (String field : FIELDS) {
            all.add("POST /function/f HTTP/1.1\r\nHost: a\r\n" + field + "\r\n\r\nhello" + NEXT);
            all.add("POST /function/f HTTP/1.1\r\nHost: a\r\n" + field
                    + "\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n" + NEXT);
            all.add("POST /function/f HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n" + field + "\r\n\r\nhello" + NEXT);
        }
        for (String start : List.of("\r\n", "\r\n\r\n", "\n", " ", "\0", "\u00ef\u00bb\u00bf")) {
            all.add(start + "GET /function/f HTTP/1.1\r\nHost: a\r\n\r\n" + NEXT);
        }
        all.add("GET /function/f HTTP/1.1\nHost: a\n\n" + NEXT);
        return all;
    }

    /** Chunked bodies behind a plain head. */
    static List<String> chunkedRequests() {
        return BODIES.stream()
                .map(body -> "POST /function/f HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body + NEXT)
                .toList();
    }

    /** Answers of functions. */
    static List<String> responses() {
        List<String> all = new ArrayList<>();
        for (String line : STATUS_LINES) {
            all.add(line + "\r\nContent-Length: 5\r\n\r\nhello");
            all.add(line + "\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
        }
        for (String field : FIELDS) {
            all.add("HTTP/1.1 200 OK\r\n" + field + "\r\n\r\nhello");
            all.add("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n" + field + "\r\n\r\nhelloHTTP/1.1 200 OK\r\n\r\n");
        }
        for (String body : BODIES) {
            all.add("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body);
        }
        return all;
    }
}
