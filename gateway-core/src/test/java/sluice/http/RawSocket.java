package sluice.http;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A WebSocket client, byte by byte (RFC 6455). */
public final class RawSocket implements AutoCloseable {
    /** Of the RFC's own example; the server has to answer with {@link #ACCEPT}. */
    public static final String KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";

    /** What follows from it. */
    public static final String ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

    private static final String[] UPGRADE = {"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"};
    private static final int TEXT = 1;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int PONG = 10;

    private final Socket socket;
    private final InputStream in;
    private final int status;
    private final List<String> fields = new ArrayList<>();

    /** Asks for a WebSocket, with a key and what else {@code headers} say. */
    public RawSocket(int port, String target, String... headers) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(20_000);
        List<String> all = new ArrayList<>(List.of(UPGRADE));
        all.add(KEY);
        all.addAll(List.of(headers));
        socket.getOutputStream().write(RawHttp.request("GET", target, "", all.toArray(String[]::new)));
        in = socket.getInputStream();
        status = Integer.parseInt(RawHttp.line(in).split(" ", 3)[1]);
        for (String line = RawHttp.line(in); !line.isEmpty(); line = RawHttp.line(in)) {
            fields.add(line);
        }
    }

    /** One frame from the server. */
    public static final class Frame {
        private final int opcode;
        private final byte[] payload;

        private Frame(int opcode, byte[] payload) {
            this.opcode = opcode;
            this.payload = payload;
        }

        /** The message. */
        public String text() {
            if (opcode != TEXT) {
                throw new IllegalStateException("no text but " + opcode + " " + closeCode());
            }
            return new String(payload, StandardCharsets.UTF_8);
        }

        /** The status of a close, or -1. */
        public int closeCode() {
            return opcode != CLOSE || payload.length < 2 ? -1 : ((payload[0] & 0xff) << 8) | (payload[1] & 0xff);
        }

        String payload() {
            return new String(payload, StandardCharsets.UTF_8);
        }

        boolean isPing() {
            return opcode == PING;
        }

        boolean isPong() {
            return opcode == PONG;
        }
    }

    public int status() {
        return status;
    }

    /** The value of a field of the answer, or empty. */
    public String field(String name) {
        String prefix = name.toLowerCase(Locale.ROOT) + ":";
        return fields.stream()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(prefix))
                .map(line -> line.substring(prefix.length()).strip())
                .findFirst()
                .orElse("");
    }

    /** The next frame: whole, not masked, and without extensions, as they are here. */
    public Frame frame() throws IOException {
        int first = byteOf();
        if ((first & 0xf0) != 0x80) {
            throw new IOException("not a final frame without extension: " + first);
        }
        int length = byteOf();
        if (length > 127) {
            throw new IOException("a server masks nothing");
        }
        if (length == 126) {
            length = (byteOf() << 8) | byteOf();
        } else if (length == 127) {
            throw new IOException("too long for these tests");
        }
        return new Frame(first & 0x0f, in.readNBytes(length));
    }

    /** Sends a frame, masked as a client must. */
    public void send(int opcode, byte[] payload) throws IOException {
        byte[] mask = {1, 2, 3, 4};
        byte[] frame = new byte[6 + payload.length];
        frame[0] = (byte) (0x80 | opcode);
        frame[1] = (byte) (0x80 | payload.length);
        System.arraycopy(mask, 0, frame, 2, 4);
        for (int i = 0; i < payload.length; i++) {
            frame[6 + i] = (byte) (payload[i] ^ mask[i % 4]);
        }
        socket.getOutputStream().write(frame);
    }

    void sendPing(String text) throws IOException {
        send(PING, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Sends a text message. */
    public void sendText(String text) throws IOException {
        send(TEXT, text.getBytes(StandardCharsets.UTF_8));
    }

    void sendClose(int code) throws IOException {
        send(CLOSE, new byte[] {(byte) (code >> 8), (byte) code});
    }

    /** Whether the server has closed its side. */
    public boolean isAtEnd() throws IOException {
        return in.read() < 0;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private int byteOf() throws IOException {
        int read = in.read();
        if (read < 0) {
            throw new EOFException();
        }
        return read;
    }
}
