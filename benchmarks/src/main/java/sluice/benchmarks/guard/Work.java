package sluice.benchmarks.guard;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** What is called, in the words of the baseline. */
enum Work {
    /** A small call on one connection: nothing is shared between calls, so that counts are exact. */
    GET64("GET", 0),
    /** A body both ways. */
    POST4K("POST", 4_096);

    private final String method;
    private final int bodyBytes;

    Work(String method, int bodyBytes) {
        this.method = method;
        this.bodyBytes = bodyBytes;
    }

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The whole request. */
    byte[] request() {
        String length = bodyBytes == 0 ? "" : "Content-Length: " + bodyBytes + "\r\n";
        return (method + " /function/up/" + label() + " HTTP/1.1\r\nHost: guard.local\r\nAccept: */*\r\n"
                        + "User-Agent: sluice-guard\r\n" + length + "\r\n" + "b".repeat(bodyBytes))
                .getBytes(StandardCharsets.US_ASCII);
    }
}
