package sluice.benchmarks.load;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** One kind of work: what is sent, what must come back, and how often in the phases with a fixed rate. */
public enum Shape {
    /** The smallest useful call: all cost is per call. */
    GET64(Kind.DOWNLOAD, 64, 5_000, 20_000),
    /** A body in both directions that fits one read. */
    POST4K(Kind.ECHO, 4_096, 3_000),
    /** A large answer: all cost is per byte. */
    GET1M(Kind.DOWNLOAD, 1 << 20, 200),
    /** An answer larger than every buffer. */
    GET100M(Kind.DOWNLOAD, 100 << 20),
    /** A large request, answered with 64 bytes. */
    UP1M(Kind.UPLOAD, 1 << 20),
    /** A request larger than every buffer. */
    UP100M(Kind.UPLOAD, 100 << 20),
    /** Server-sent events of 64 bytes, spread over all connections, each written by itself. */
    SSE(Kind.EVENTS, 64, 20_000),
    /** WebSocket messages of 64 bytes, each echoed before the next is sent. */
    WS(Kind.MESSAGES, 64, 3_000),
    /** The fat stream beside small calls; of no use as a shape of its own. */
    GET1G(Kind.DOWNLOAD, 1 << 30);

    /** Which way the bytes go. */
    public enum Kind {
        DOWNLOAD,
        UPLOAD,
        ECHO,
        EVENTS,
        MESSAGES
    }

    static final int UPLOAD_ANSWER_BYTES = 64;

    private final Kind kind;
    private final int bytes;
    private final int fixedRate; // 0 for none
    private final int higherRate;

    Shape(Kind kind, int bytes) {
        this(kind, bytes, 0);
    }

    Shape(Kind kind, int bytes, int fixedRate) {
        this(kind, bytes, fixedRate, 0);
    }

    Shape(Kind kind, int bytes, int fixedRate, int higherRate) {
        this.kind = kind;
        this.bytes = bytes;
        this.fixedRate = fixedRate;
        this.higherRate = higherRate;
    }

    /** The shape of that label. @throws IllegalArgumentException when there is none */
    public static Shape of(String label) {
        return Arrays.stream(values())
                .filter(shape -> shape.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("(" + label + ") is no shape"));
    }

    /** The name in options, reports and paths: {@code get64}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Which way the bytes go. */
    public Kind kind() {
        return kind;
    }

    /** The length of the request's body. */
    public int requestBytes() {
        return kind == Kind.DOWNLOAD || kind == Kind.EVENTS ? 0 : bytes;
    }

    /** The length that every answer's body must have. */
    public int responseBytes() {
        return kind == Kind.UPLOAD ? UPLOAD_ANSWER_BYTES : bytes;
    }

    /** Calls per second in the phases with a fixed rate, below what any good peer can do on one core. */
    public List<Integer> fixedRates() {
        return IntStream.of(fixedRate, higherRate)
                .filter(rate -> rate > 0)
                .boxed()
                .toList();
    }

    /** Whether there is a phase in which every connection sends as soon as it was answered; events have a pace only. */
    public boolean canSaturate() {
        return kind != Kind.EVENTS;
    }

    /** What is counted, in the singular. */
    public String unit() {
        return switch (kind) {
            case EVENTS -> "event";
            case MESSAGES -> "message";
            default -> "call";
        };
    }

    /** The larger body in MiB, or 0 when it is so small that cost is per call. */
    public int mebibytes() {
        return bytes >> 20;
    }
}
