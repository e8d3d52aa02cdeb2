package sluice.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;

/** A client that reads a stream chunk by chunk, on a connection of its own. */
final class ChunkReader implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;
    final int status;
    final String head;

    ChunkReader(int port, String target, String... headers) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(20_000);
        socket.getOutputStream().write(RawHttp.request("GET", target, "", headers));
        in = socket.getInputStream();
        status = Integer.parseInt(RawHttp.line(in).split(" ", 3)[1]);
        StringBuilder fields = new StringBuilder();
        for (String line = RawHttp.line(in); !line.isEmpty(); line = RawHttp.line(in)) {
            fields.append(line).append('\n');
        }
        head = fields.toString();
    }

    /** One chunk; empty for the last. */
    String next() throws IOException {
        return new String(RawHttp.chunk(in), StandardCharsets.UTF_8);
    }

    /** Whether the connection has ended, however. */
    boolean isCut() {
        try {
            while (in.read() >= 0) {
                // what was under way
            }
            return true;
        } catch (IOException e) {
            return e instanceof SocketException;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
