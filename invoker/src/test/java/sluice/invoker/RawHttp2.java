package sluice.invoker;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * A client of HTTP/2 that writes exactly the frames it is told, sound or not (RFC 9113), over TLS where the run has it on.
 * Fields are literals without compression (RFC 7541, 6.2.2), without Huffman codes.
 */
final class RawHttp2 implements AutoCloseable {
    static final int DATA = 0;
    static final int HEADERS = 1;
    static final int PRIORITY = 2;
    static final int RST_STREAM = 3;
    static final int SETTINGS = 4;
    static final int PING = 6;
    static final int GOAWAY = 7;
    static final int WINDOW_UPDATE = 8;
    static final int CONTINUATION = 9;
    static final int END_STREAM = 1;
    static final int END_HEADERS = 4;
    static final int PROTOCOL_ERROR = 1;
    static final int ENHANCE_YOUR_CALM = 11;

    static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    private final Socket socket;
    private final DataInputStream in;

    /** One frame. */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares frames
    record Frame(int type, int flags, int stream, byte[] payload) {
        /** The error of a GOAWAY or of a reset. */
        int error() {
            return number(type == GOAWAY ? 4 : 0);
        }

        /** The four bytes from {@code at} on. */
        int number(int at) {
            return (payload[at] & 0xff) << 24
                    | (payload[at + 1] & 0xff) << 16
                    | (payload[at + 2] & 0xff) << 8
                    | (payload[at + 3] & 0xff);
        }

        boolean isEndOf(int which) {
            return stream == which && (type == RST_STREAM || (type <= HEADERS && (flags & END_STREAM) != 0));
        }
    }

    private RawHttp2(Socket socket) throws IOException {
        socket.setTcpNoDelay(true);
        socket.setSoTimeout((int) RawConnection.PATIENCE.toMillis());
        this.socket = socket;
        this.in = new DataInputStream(socket.getInputStream());
    }

    /** Connects and sends the preface and empty settings. */
    static RawHttp2 open(int port) throws IOException {
        RawHttp2 client = new RawHttp2(Tls.overForHttp2(new Socket(InetAddress.getLoopbackAddress(), port)));
        client.socket.getOutputStream().write(PREFACE.getBytes(StandardCharsets.US_ASCII));
        client.send(SETTINGS, 0, 0);
        return client;
    }

    /** The fields of a request to {@code path}, and more. */
    static byte[] request(String method, String path, String... more) {
        List<String> fields = new ArrayList<>(List.of(
                ":method", method, ":scheme", Tls.IS_ON ? "https" : "http", ":path", path, ":authority", "gw.test"));
        fields.addAll(List.of(more));
        return fields(fields.toArray(String[]::new));
    }

    /** A block of exactly these fields: name, value, name, value. */
    static byte[] fields(String... namesAndValues) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            block.write(0);
            for (String text : List.of(namesAndValues[i], namesAndValues[i + 1])) {
                byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
                length(block, bytes.length);
                block.writeBytes(bytes);
            }
        }
        return block.toByteArray();
    }

    /** An integer with a prefix of seven bits (RFC 7541, 5.1). */
    private static void length(ByteArrayOutputStream block, int length) {
        if (length < 127) {
            block.write(length);
            return;
        }
        block.write(127);
        int left = length - 127;
        for (; left >= 128; left >>>= 7) {
            block.write((left & 127) | 128);
        }
        block.write(left);
    }

    void send(int type, int flags, int stream, byte... payload) throws IOException {
        socket.getOutputStream().write(frame(type, flags, stream, payload));
    }

    void write(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    static byte[] frame(int type, int flags, int stream, byte... payload) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.write(payload.length >>> 16);
        frame.write(payload.length >>> 8);
        frame.write(payload.length);
        frame.write(type);
        frame.write(flags);
        for (int shift = 24; shift >= 0; shift -= 8) {
            frame.write(stream >>> shift);
        }
        frame.writeBytes(payload);
        return frame.toByteArray();
    }

    /** Sends the same bytes again and again, and stops without a word when the other side ends the connection. */
    void flood(byte[] bytes, int times) {
        try {
            for (int i = 0; i < times; i++) {
                socket.getOutputStream().write(bytes);
            }
        } catch (IOException e) {
            // what is waited for
        }
    }

    /** The next frame that fits; the ones before are forgotten. */
    Frame await(Predicate<Frame> wanted) throws IOException {
        for (Frame frame = next(); ; frame = next()) {
            if (wanted.test(frame)) {
                return frame;
            }
        }
    }

    /** The error with which the other side ends the connection; the connection must end after it. */
    int goAway() throws IOException {
        Frame last = await(frame -> frame.type() == GOAWAY && frame.error() != 0);
        try {
            while (true) {
                var unused = next();
            }
        } catch (java.io.EOFException | SocketException e) {
            return last.error();
        }
    }

    private Frame next() throws IOException {
        return read(in);
    }

    /** Takes one frame. */
    static Frame read(DataInputStream in) throws IOException {
        int lengthAndType = in.readInt();
        int flags = in.readUnsignedByte();
        int stream = in.readInt() & 0x7fff_ffff;
        byte[] payload = new byte[lengthAndType >>> 8];
        in.readFully(payload);
        return new Frame(lengthAndType & 0xff, flags, stream, payload);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
