package sluice.benchmarks.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** Sends every short text message back (RFC 6455, 5.2). Any other frame ends the connection. */
final class WebSocketEcho implements UpstreamRole {
    private static final int HEAD = 6; // of a masked frame below 126 bytes

    private final SocketChannel channel;
    private final ByteBuffer in = ByteBuffer.allocateDirect(4_096);
    private final ByteBuffer out = ByteBuffer.allocateDirect(4_096);

    WebSocketEcho(SocketChannel channel) {
        this.channel = channel;
    }

    @Override
    public void onReady() throws IOException {
        if (channel.read(in) < 0) {
            throw new IOException("the end without a close frame");
        }
        in.flip();
        while (in.remaining() >= HEAD && in.remaining() >= HEAD + length()) {
            echo(length());
        }
        in.compact();
        while (out.position() > 0) { // an idle socket has room for messages this short
            out.flip();
            channel.write(out);
            out.compact();
        }
    }

    private int length() throws IOException {
        int length = in.get(in.position() + 1) & 0x7f;
        boolean isMaskedText = in.get(in.position()) == (byte) 0x81 && in.get(in.position() + 1) < 0;
        if (!isMaskedText || length > 125) {
            throw new IOException("a frame that is no short message");
        }
        return length;
    }

    private void echo(int length) {
        in.getShort();
        int mask = in.getInt();
        out.put((byte) 0x81).put((byte) length);
        for (int i = 0; i < length; i++) {
            out.put((byte) (in.get() ^ (mask >>> (8 * (3 - i % 4)))));
        }
    }
}
