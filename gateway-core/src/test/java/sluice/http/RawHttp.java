package sluice.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** HTTP/1.1 over a bare socket: sends exactly what a test says and shows exactly what comes back. */
final class RawHttp {
    private RawHttp() {}

    /** A whole answer. {@code fields} are lines as received. */
    record Reply(int status, List<String> fields, String body) {
        /** The values of a field, in order. */
        List<String> all(String name) {
            String prefix = name.toLowerCase(Locale.ROOT) + ":";
            return fields.stream()
                    .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(prefix))
                    .map(line -> line.substring(prefix.length()).trim())
                    .toList();
        }

        /** The only value of a field, or empty. */
        String field(String name) {
            return String.join(", ", all(name));
        }
    }

    static Reply exchange(int port, String method, String target, String body, String... headers) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(request(method, target, body, headers));
            return read(socket.getInputStream(), method);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] request(String method, String target, String body, String... headers) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        List<String> lines = new ArrayList<>(List.of(method + " " + target + " HTTP/1.1", "Host: gateway.test"));
        lines.addAll(List.of(headers));
        if (bytes.length > 0) {
            lines.add("Content-Length: " + bytes.length);
        }
        return (String.join("\r\n", lines) + "\r\n\r\n" + body).getBytes(StandardCharsets.UTF_8);
    }

    /** Reads one answer and nothing behind it. */
    static Reply read(InputStream in, String method) throws IOException {
        List<String> fields = new ArrayList<>();
        int status = Integer.parseInt(line(in).split(" ", 3)[1]);
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            fields.add(line);
        }
        Reply head = new Reply(status, fields, "");
        return new Reply(status, fields, method.equals("HEAD") ? "" : body(in, head));
    }

    static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new IOException("closed within a line: " + line);
            }
            line.append((char) b);
        }
        return line.toString().trim();
    }

    private static String body(InputStream in, Reply head) throws IOException {
        if (!head.field("transfer-encoding").equals("chunked")) {
            int length = Integer.parseInt("0" + head.field("content-length"));
            return new String(in.readNBytes(length), StandardCharsets.UTF_8);
        }
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        for (byte[] chunk = chunk(in); chunk.length > 0; chunk = chunk(in)) {
            whole.writeBytes(chunk);
        }
        return whole.toString(StandardCharsets.UTF_8);
    }

    static byte[] chunk(InputStream in) throws IOException {
        byte[] chunk = in.readNBytes(Integer.parseInt(line(in), 16));
        if (!line(in).isEmpty()) {
            throw new IOException("a chunk is longer than it says");
        }
        return chunk;
    }
}
