package sluice.benchmarks.load;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Answers each bodiless request with the same text after the same time; with an empty text it closes instead. */
final class ScriptedServer implements AutoCloseable {
    static final String OK_64 = "HTTP/1.1 200 OK\r\nContent-Length: 64\r\n\r\n" + "x".repeat(64);
    static final String UNAVAILABLE = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";

    private final ServerSocket server = new ServerSocket(0, 128, InetAddress.getLoopbackAddress());
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final byte[] answer;
    private final long delayMillis;

    private ScriptedServer(String answer, long delayMillis) throws IOException {
        this.answer = answer.getBytes(StandardCharsets.US_ASCII);
        this.delayMillis = delayMillis;
    }

    static ScriptedServer answering(String answer, long delayMillis) throws IOException {
        ScriptedServer scripted = new ScriptedServer(answer, delayMillis);
        scripted.threads.execute(scripted::acceptAll);
        return scripted;
    }

    int port() {
        return server.getLocalPort();
    }

    private void acceptAll() {
        try {
            while (true) {
                Socket socket = server.accept();
                threads.execute(() -> serve(socket));
            }
        } catch (IOException e) {
            // closed by the test
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            while (readHead(socket.getInputStream()) && answer.length > 0) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(delayMillis));
                socket.getOutputStream().write(answer);
            }
        } catch (IOException e) {
            // the client left
        }
    }

    private static boolean readHead(InputStream in) throws IOException {
        int last4 = 0;
        while (last4 != 0x0d0a0d0a) {
            int b = in.read();
            if (b < 0) {
                return false;
            }
            last4 = last4 << 8 | b;
        }
        return true;
    }

    @Override
    public void close() throws IOException {
        server.close();
        threads.shutdownNow();
    }
}
