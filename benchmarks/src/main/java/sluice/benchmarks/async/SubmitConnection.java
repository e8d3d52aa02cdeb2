package sluice.benchmarks.async;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.util.Locale;

/** One connection on which calls follow each other. Used by one thread. */
final class SubmitConnection implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 30_000;
    private static final int LONGEST_LINE = 8_192;

    private final Socket socket;
    private final InputStream in;
    private final String head;

    private SubmitConnection(URI gateway, String path, String fields) throws IOException {
        socket = new Socket(gateway.getHost(), gateway.getPort());
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MILLIS);
        in = new BufferedInputStream(socket.getInputStream());
        head = "POST " + path + " HTTP/1.1\r\nHost: " + gateway.getAuthority() + "\r\n" + fields + "Content-Length: ";
    }

    /** For asynchronous calls; {@code fields} are further header fields, each with its line end. */
    static SubmitConnection submitting(URI gateway, String function, String fields) throws IOException {
        return new SubmitConnection(gateway, "/async-function/" + function, fields);
    }

    /** For synchronous calls; {@code fields} as above. */
    static SubmitConnection calling(URI gateway, String function, String fields) throws IOException {
        return new SubmitConnection(gateway, "/function/" + function, fields);
    }

    /** What was answered; the id is empty where there is none. */
    record Accepted(int status, String callId) {}

    Accepted submit(String body) throws IOException {
        socket.getOutputStream().write((head + body.length() + "\r\n\r\n" + body).getBytes(ISO_8859_1));
        int status = Integer.parseInt(line().substring(9, 12));
        String callId = "";
        int length = 0;
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            String value = line.substring(colon + 1).trim();
            switch (line.substring(0, colon).toLowerCase(Locale.ROOT)) {
                case "x-call-id" -> callId = value;
                case "content-length" -> length = Integer.parseInt(value);
                case "transfer-encoding" -> throw new IOException("an answer without a length");
                default -> {}
            }
        }
        in.skipNBytes(length);
        return new Accepted(status, callId);
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0 || line.length() > LONGEST_LINE) {
                throw new EOFException("the answer is cut off");
            }
            line.append((char) c);
        }
        line.setLength(Math.max(0, line.length() - 1));
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
