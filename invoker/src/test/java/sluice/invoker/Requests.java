package sluice.invoker;

import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import sluice.core.Text;

/** Request bytes, and cases of them under names that can be printed. */
final class Requests {
    /** The head of an answer that comes in chunks. */
    static final String CHUNKED_OK = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

    private Requests() {}

    static String get(String target, String... fields) {
        return request("GET " + target + " HTTP/1.1", fields);
    }

    static String post(String target, String body, String... fields) {
        return request("POST " + target + " HTTP/1.1\r\nContent-Length: " + body.length(), fields) + body;
    }

    /** A head whose body comes in chunks; the chunks are still to be sent. */
    static String chunked(String target, String... fields) {
        return request("POST " + target + " HTTP/1.1\r\nTransfer-Encoding: chunked", fields);
    }

    /** A head with {@code Host}; the first line may carry fields of its own. */
    static String request(String firstLine, String... fields) {
        StringBuilder head = new StringBuilder(firstLine).append("\r\nHost: gw.test\r\n");
        for (String field : fields) {
            head.append(field).append("\r\n");
        }
        return head.append("\r\n").toString();
    }

    static String chunk(String bytes) {
        return Integer.toString(bytes.length(), 16).toLowerCase(Locale.ROOT) + "\r\n" + bytes + "\r\n";
    }

    /** An answer with a length. */
    static String ok(String body, String... fields) {
        return answer("200 OK", body, fields);
    }

    static String answer(String status, String body, String... fields) {
        StringBuilder head = new StringBuilder("HTTP/1.1 " + status + "\r\n");
        for (String field : fields) {
            head.append(field).append("\r\n");
        }
        return head.append("Content-Length: ")
                .append(body.length())
                .append("\r\n\r\n")
                .append(body)
                .toString();
    }

    /** The head with which a function agrees to change the protocol. */
    static String switching(String protocol, String... fields) {
        StringBuilder head = new StringBuilder("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n");
        for (String field : fields) {
            head.append(field).append("\r\n");
        }
        return head.append("Upgrade: ").append(protocol).append("\r\n\r\n").toString();
    }

    /** Each case under its own text, control bytes escaped. */
    static Stream<Named<String>> cases(String... cases) {
        return Stream.of(cases).map(text -> Named.of(Text.printable(text), text));
    }
}
