package sluice.benchmarks.load;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/** One kind of call: what is sent, what must come back, and how often in the phase with a fixed rate. */
public enum Shape {
    /** The smallest useful call: all cost is per call. */
    GET64("GET", 0, 64, 5_000),
    /** A body in both directions that fits one read. */
    POST4K("POST", 4_096, 4_096, 3_000),
    /** A large answer: all cost is per byte. */
    GET1M("GET", 0, 1 << 20, 200);

    private final String method;
    private final int requestBytes;
    private final int responseBytes;
    private final int fixedRate;

    Shape(String method, int requestBytes, int responseBytes, int fixedRate) {
        this.method = method;
        this.requestBytes = requestBytes;
        this.responseBytes = responseBytes;
        this.fixedRate = fixedRate;
    }

    /** The name in options, reports and paths: {@code get64}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The length of the request's body. */
    public int requestBytes() {
        return requestBytes;
    }

    /** The length that every answer's body must have. */
    public int responseBytes() {
        return responseBytes;
    }

    /** Calls per second in the latency phase, far below what any peer can do on one core. */
    public int fixedRate() {
        return fixedRate;
    }

    /** The whole request, sent to {@code prefix} followed by a slash and the label. */
    byte[] request(String prefix) {
        String length = requestBytes == 0 ? "" : "Content-Length: " + requestBytes + "\r\n";
        byte[] head = (method + " " + prefix + "/" + label() + " HTTP/1.1\r\nHost: bench.local\r\n" + length
                        + "Accept: */*\r\nUser-Agent: sluice-bench\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        byte[] request = Arrays.copyOf(head, head.length + requestBytes);
        Arrays.fill(request, head.length, request.length, (byte) 'b');
        return request;
    }
}
