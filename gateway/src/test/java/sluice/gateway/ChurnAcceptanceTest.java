package sluice.gateway;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Functions that nobody touches are called without a single failure while others come, scale and go all the time. */
@Tag("acceptance")
final class ChurnAcceptanceTest {
    private static final int CLIENTS = 2_000;
    private static final int CALLERS = 8;
    private static final int CALLS_PER_SECOND = 2_000;
    private static final int CHANGERS = 5;
    private static final int CHANGES_PER_SECOND = 200;
    private static final int OTHERS = 50;
    private static final long NANOS = TimeUnit.SECONDS.toNanos(Long.getLong("sluice.acceptance.seconds", 60));
    private static final byte[] REQUEST = "GET /function/stays HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII);

    @TempDir
    private Path directory;

    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicInteger changes = new AtomicInteger();

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void failsNoCall_whileOtherFunctionsChange() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(CALLERS + CHANGERS);
        Path server =
                Path.of("../examples/functions/java-http").toAbsolutePath().normalize();
        try (GatewayProcess gateway =
                GatewayProcess.startWith(List.of("-Xmx256m"), directory).awaitReady()) {
            gateway.expect(
                    "POST",
                    "/system/functions",
                    "{\"service\":\"stays\",\"image\":\"file:" + server
                            + "\",\"envProcess\":\"java -Xshare:auto -XX:TieredStopAtLevel=1 Server.java\","
                            + "\"envVars\":{\"mode\":\"http\"}}");
            gateway.expect("GET", "/function/stays", ""); // held until the replica is ready
            long end = System.nanoTime() + NANOS;
            List<Future<?>> all = new ArrayList<>();
            URI url = gateway.url();
            for (int i = 0; i < CALLERS; i++) {
                all.add(threads.submit(() -> call(url, end)));
            }
            for (int i = 0; i < CHANGERS; i++) {
                int own = i;
                all.add(threads.submit(() -> change(gateway, own, end)));
            }
            for (Future<?> one : all) {
                one.get();
            }
            long seconds = TimeUnit.NANOSECONDS.toSeconds(NANOS);
            System.getLogger("acceptance")
                    .log(System.Logger.Level.INFO, calls + " calls and " + changes + " changes in " + seconds + " s");
            assertThat(calls.get()).as("calls").isGreaterThan((int) (0.9 * CALLS_PER_SECOND * seconds));
            assertThat(changes.get()).as("changes").isGreaterThan((int) (0.9 * CHANGES_PER_SECOND * seconds));
        } finally {
            threads.shutdownNow();
        }
    }

    private Void call(URI url, long end) throws IOException {
        List<Socket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < CLIENTS / CALLERS; i++) {
                Socket socket = new Socket(url.getHost(), url.getPort());
                socket.setSoTimeout(20_000);
                sockets.add(socket);
                call(socket); // a client connects because it has something to ask
            }
            long pause = TimeUnit.SECONDS.toNanos(1) * CALLERS / CALLS_PER_SECOND;
            long due = System.nanoTime();
            for (int i = 0; System.nanoTime() < end; i++) {
                call(sockets.get(i % sockets.size()));
                due += pause;
                LockSupport.parkNanos(due - System.nanoTime());
            }
            return null;
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    private void call(Socket socket) throws IOException {
        socket.getOutputStream().write(REQUEST);
        assertThat(answer(socket.getInputStream())).startsWith("HTTP/1.1 200");
        calls.incrementAndGet();
    }

    private static String answer(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int b = in.read();
            assertThat(b).as("cut after: " + head).isNotEqualTo(-1);
            head.append((char) b);
        }
        String lower = head.toString().toLowerCase(java.util.Locale.ROOT);
        int at = lower.indexOf("content-length: ");
        assertThat(at).as(lower).isPositive();
        int length = Integer.parseInt(lower.substring(at + 16, lower.indexOf("\r\n", at)));
        assertThat(in.readNBytes(length)).hasSize(length);
        return head.toString();
    }

    private Void change(GatewayProcess gateway, int own, long end) throws Exception {
        long pause = TimeUnit.SECONDS.toNanos(1) * CHANGERS / CHANGES_PER_SECOND;
        long due = System.nanoTime();
        for (int i = 0; System.nanoTime() < end; i++) {
            String name = "other-" + (own + CHANGERS * (i / 3 % (OTHERS / CHANGERS)));
            switch (i % 3) {
                case 0 ->
                    gateway.expect(
                            "POST",
                            "/system/functions",
                            "{\"service\":\"" + name + "\",\"image\":\"x\",\"envProcess\":\"cat\"}");
                case 1 ->
                    gateway.expect(
                            "POST",
                            "/system/scale-function/" + name,
                            "{\"serviceName\":\"" + name + "\",\"replicas\":" + i % 4 + "}");
                default -> gateway.expect("DELETE", "/system/functions", "{\"functionName\":\"" + name + "\"}");
            }
            changes.incrementAndGet();
            due += pause;
            LockSupport.parkNanos(due - System.nanoTime());
        }
        return null;
    }
}
