package sluice.gateway;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Calls one path over a few connections that stay open, each as fast as answers come. */
final class ClosedLoop implements AutoCloseable {
    private static final int CONNECTIONS = 4;
    private static final int HEAD = 8_192;

    private final List<Connection> connections = new ArrayList<>();

    ClosedLoop(int port, String path) throws IOException {
        for (int i = 0; i < CONNECTIONS; i++) {
            connections.add(new Connection(port, path));
        }
    }

    /** Calls until {@code nanos} have passed; how many calls were answered by 200. Fails when another answer came. */
    long run(long nanos) throws Exception {
        long end = System.nanoTime() + nanos;
        List<Thread> threads = new ArrayList<>();
        for (Connection connection : connections) {
            Thread thread = new Thread(() -> connection.run(end));
            threads.add(thread);
            thread.start();
        }
        long calls = 0;
        for (int i = 0; i < threads.size(); i++) {
            threads.get(i).join();
            Connection connection = connections.get(i);
            if (connection.failure != null) {
                throw new IOException(connection.failure);
            }
            calls += connection.calls;
        }
        return calls;
    }

    @Override
    public void close() throws IOException {
        for (Connection connection : connections) {
            connection.socket.close();
        }
    }

    private static final class Connection {
        private final Socket socket;
        private final byte[] request;
        private final DataInputStream in;
        private final byte[] buffer = new byte[HEAD];
        private long calls;
        private @Nullable Exception failure;

        Connection(int port, String path) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setTcpNoDelay(true);
            in = new DataInputStream(socket.getInputStream());
            request = ("GET " + path + " HTTP/1.1\r\nHost: gateway\r\n\r\n").getBytes(US_ASCII);
        }

        void run(long end) {
            calls = 0;
            try {
                while (System.nanoTime() < end) {
                    call();
                    calls++;
                }
            } catch (IOException | RuntimeException e) {
                failure = e;
            }
        }

        private void call() throws IOException {
            socket.getOutputStream().write(request);
            int length = 0;
            int head = -1;
            while (head < 0) {
                int read = in.read(buffer, length, HEAD - length);
                if (read <= 0) {
                    throw new EOFException("no answer");
                }
                length += read;
                head = new String(buffer, 0, length, US_ASCII).indexOf("\r\n\r\n");
            }
            String fields = new String(buffer, 0, head + 2, US_ASCII).toLowerCase(Locale.ROOT);
            if (!fields.startsWith("http/1.1 200 ")) {
                throw new IOException(fields);
            }
            int field = fields.indexOf("\r\ncontent-length: ") + 18;
            int body = Integer.parseInt(fields.substring(field, fields.indexOf("\r\n", field)));
            int left = head + 4 + body - length;
            if (left > 0) {
                in.readFully(buffer, 0, left);
            }
        }
    }
}
