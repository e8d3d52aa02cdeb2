package sluice.gateway;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A function in a process of its own ({@code mode=http}) that answers a POST after {@code sleep_millis} and notices when
 * its caller leaves before. A GET of {@code /counts} tells how many calls began, were served, and were aborted, and for
 * each of the latter its id and when that was, on the machine's monotonic clock.
 */
final class SleepingFunction {
    private static final int BACKLOG = 4_096;
    private static final int STACK_BYTES = 256 * 1_024;

    private final int sleepMillis;
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicInteger served = new AtomicInteger();
    private final Map<String, Long> aborted = new ConcurrentHashMap<>();

    private SleepingFunction(int sleepMillis) {
        this.sleepMillis = sleepMillis;
    }

    /** What deploys it. */
    static String deployment(String name, int sleepMillis, int maxInflight) {
        String java = System.getProperty("java.home") + "/bin/java";
        String classes = SleepingFunction.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .getPath();
        return """
                {"service":"%s","image":"i","envProcess":"%s -Xmx64m -XX:+UseSerialGC -cp %s %s",
                 "envVars":{"mode":"http","sleep_millis":"%d","max_inflight":"%d"}}""".formatted(name, java, classes, SleepingFunction.class.getName(), sleepMillis, maxInflight);
    }

    public static void main(String[] arguments) throws IOException {
        SleepingFunction function = new SleepingFunction(Integer.parseInt(System.getenv("sleep_millis")));
        int port = Integer.parseInt(System.getenv("PORT"));
        try (ServerSocket server = new ServerSocket(port, BACKLOG, InetAddress.getLoopbackAddress())) {
            while (true) {
                Socket socket = server.accept();
                Thread thread = new Thread(null, () -> function.serve(socket), "call", STACK_BYTES);
                thread.setDaemon(true);
                thread.start();
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream());
            boolean goesOn = true;
            while (goesOn) {
                String head = head(in);
                goesOn = !head.isEmpty() && (head.startsWith("GET ") ? tell(socket) : sleep(socket, in, head));
            }
        } catch (IOException e) {
            // an idle connection is no call
        }
    }

    private boolean sleep(Socket socket, InputStream in, String head) throws IOException {
        begun.incrementAndGet();
        long length = head.contains("content-length: ")
                ? Long.parseLong(head.replaceAll("(?s).*content-length: ([0-9]+).*", "$1"))
                : 0;
        in.skipNBytes(length);
        String callId = head.replaceAll("(?s).*x-call-id: ([^\\r]+).*", "$1");
        socket.setSoTimeout(Math.max(1, sleepMillis));
        try {
            int unused = in.read();
            aborted.put(callId, System.nanoTime());
            return false;
        } catch (SocketTimeoutException e) {
            socket.setSoTimeout(0);
            served.incrementAndGet();
            answer(socket, "slept");
            return true;
        } catch (IOException e) {
            aborted.put(callId, System.nanoTime());
            return false;
        }
    }

    private boolean tell(Socket socket) throws IOException {
        StringBuilder text =
                new StringBuilder("begun=" + begun + " served=" + served + " aborted=" + aborted.size() + "\n");
        aborted.forEach((id, nanos) -> text.append(id).append(' ').append(nanos).append('\n'));
        answer(socket, text.toString());
        return true;
    }

    private static void answer(Socket socket, String body) throws IOException {
        String head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + body.length() + "\r\n\r\n";
        socket.getOutputStream().write((head + body).getBytes(ISO_8859_1));
    }

    /** With its names in lower case; empty at the end of the connection. */
    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        for (int b = in.read(); b >= 0; b = in.read()) {
            head.append((char) b);
            if (b == '\n' && head.toString().endsWith("\r\n\r\n")) {
                return lowered(head.toString());
            }
        }
        return "";
    }

    private static String lowered(String head) {
        StringBuilder lines = new StringBuilder();
        head.lines().forEach(line -> {
            int colon = line.indexOf(':');
            boolean isField = colon > 0 && line.indexOf(' ') > colon;
            lines.append(isField ? line.substring(0, colon).toLowerCase(java.util.Locale.ROOT) : line)
                    .append(isField ? line.substring(colon) : "")
                    .append("\r\n");
        });
        return lines.toString();
    }
}
