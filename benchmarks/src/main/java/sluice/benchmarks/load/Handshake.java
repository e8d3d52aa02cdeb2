package sluice.benchmarks.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** The change to WebSocket (RFC 6455, 4), from both sides. */
final class Handshake {
    private static final String KEY = "c2x1aWNlLWJlbmNoLWtleQ=="; // any 16 bytes
    private static final String SALT = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    private Handshake() {}

    /** Asks for it on a blocking {@code channel}; fails when it is refused. */
    static void ask(SocketChannel channel, String path) throws IOException {
        channel.write(ascii("GET " + path + " HTTP/1.1\r\nHost: bench.local\r\nConnection: Upgrade\r\n"
                + "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + KEY + "\r\n\r\n"));
        ByteBuffer one = ByteBuffer.allocate(1); // byte by byte, so that no frame is read with the head
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            if (channel.read(one.clear()) < 0 || head.length() > 8_192) {
                throw new IOException("no answer to a WebSocket handshake: " + head);
            }
            head.append((char) one.get(0));
        }
        if (!head.toString().startsWith("HTTP/1.1 101 ")) {
            throw new IOException("WebSocket refused: " + head.substring(0, head.indexOf("\r\n")));
        }
    }

    /** The answer to whoever sent {@code key}. */
    static ByteBuffer agree(String key) {
        return ascii("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Accept: " + accept(key) + "\r\n\r\n");
    }

    static String accept(String key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1").digest((key + SALT).getBytes(StandardCharsets.US_ASCII));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-1", e);
        }
    }

    private static ByteBuffer ascii(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }
}
