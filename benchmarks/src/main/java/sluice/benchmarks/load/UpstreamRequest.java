package sluice.benchmarks.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** What {@link Upstream} has to know of a request; its path ends with the label of a {@link Shape}. */
final class UpstreamRequest {
    private static final String ANSWER =
            "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nServer: bench\r\nContent-Length: ";

    private final ByteBuffer in;
    private final int end;

    /** The request at the beginning of {@code in}, whose head is {@code end} bytes long. */
    UpstreamRequest(ByteBuffer in, int end) {
        this.in = in;
        this.end = end;
    }

    /** The length of the head at the beginning of {@code in}; negative when it is incomplete. */
    static int endOfHead(ByteBuffer in) {
        for (int i = 3; i < in.position(); i++) {
            if (in.get(i) == '\n' && in.get(i - 2) == '\n') {
                return i + 1;
            }
        }
        return -1;
    }

    static byte[] answerHead(int length) {
        return (ANSWER + length + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
    }

    /** Fails when the path names none. */
    Shape shape() throws IOException {
        String target = target();
        int query = target.indexOf('?');
        String path = query < 0 ? target : target.substring(0, query);
        try {
            return Shape.of(path.substring(path.lastIndexOf('/') + 1));
        } catch (IllegalArgumentException e) {
            throw new IOException(path + " is no shape", e);
        }
    }

    /** What follows the question mark. */
    String query() {
        return target().substring(target().indexOf('?') + 1);
    }

    /** The value of header {@code name}, lower case; fails when there is none. */
    String header(String name) throws IOException {
        for (String line : text(0, end).split("\r\n", -1)) {
            if (line.regionMatches(true, 0, name + ":", 0, name.length() + 1)) {
                return line.substring(name.length() + 1).trim();
            }
        }
        throw new IOException("no " + name);
    }

    private String target() {
        int from = after(0, ' ');
        return text(from, after(from, ' ') - 1);
    }

    private int after(int from, char stop) {
        int i = from;
        while (in.get(i) != stop) {
            i++;
        }
        return i + 1;
    }

    private String text(int from, int to) {
        byte[] bytes = new byte[to - from];
        in.get(from, bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
