package sluice.benchmarks.guard;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One connection on which calls follow each other: the next is sent when the last was answered, so that the gateway finds
 * one event at a time and does the same for each. The first answer tells how long all are.
 */
final class Caller implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 10_000;
    private static final Pattern LENGTH = Pattern.compile("(?i)\\r\\ncontent-length: ([0-9]+)\\r\\n");

    private final Socket socket;
    private final DataInputStream in;
    private final byte[] request;
    private final byte[] answer;

    private Caller(Socket socket, byte[] request) throws IOException {
        this.socket = socket;
        this.in = new DataInputStream(socket.getInputStream());
        this.request = request;
        socket.getOutputStream().write(request);
        this.answer = new byte[readFirst()];
    }

    static Caller open(int port, Work work) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MILLIS);
        return new Caller(socket, work.request());
    }

    /** Makes so many calls; fails when an answer is not a 200. */
    void call(int times) throws IOException {
        for (int i = 0; i < times; i++) {
            socket.getOutputStream().write(request);
            in.readFully(answer);
            if (answer[9] != '2' || answer[10] != '0' || answer[11] != '0') {
                throw new IOException("not a 200: " + new String(answer, 0, 64, StandardCharsets.ISO_8859_1));
            }
        }
    }

    private int readFirst() throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) in.readUnsignedByte());
        }
        Matcher length = LENGTH.matcher(head);
        if (!head.toString().startsWith("HTTP/1.1 200 ") || !length.find()) {
            throw new IOException("not a 200 with a length: " + head);
        }
        int body = Integer.parseInt(length.group(1));
        in.skipNBytes(body);
        return head.length() + body;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
