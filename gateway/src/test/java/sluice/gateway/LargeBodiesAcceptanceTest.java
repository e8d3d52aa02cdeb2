package sluice.gateway;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Bodies far larger than the memory of the gateway go through it whole, both ways at once, on many connections. */
@Tag("acceptance")
final class LargeBodiesAcceptanceTest {
    private static final int CONNECTIONS = 8;
    private static final long BYTES = Long.getLong("sluice.acceptance.bytes", 1L << 30);

    @TempDir
    private Path directory;

    @Test
    @Timeout(value = 20, unit = TimeUnit.MINUTES)
    void echoesEveryByte_inLittleMemory() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2 * CONNECTIONS);
        try (GatewayProcess gateway = GatewayProcess.startWith(
                        List.of("-Xmx256m", "-XX:MaxDirectMemorySize=128m", "-XX:+ExitOnOutOfMemoryError"), directory)
                .awaitReady()) {
            gateway.expect(
                    "POST", "/system/functions", "{\"service\":\"echo\",\"image\":\"echo\",\"envProcess\":\"cat\"}");
            List<Future<String>> sent = new ArrayList<>();
            List<Future<String>> received = new ArrayList<>();
            for (int i = 0; i < CONNECTIONS; i++) {
                Socket socket =
                        new Socket(gateway.url().getHost(), gateway.url().getPort());
                socket.setSoTimeout(60_000);
                int seed = i;
                URI url = gateway.url();
                sent.add(threads.submit(() -> send(socket, url, seed)));
                received.add(threads.submit(() -> receive(socket)));
            }
            for (int i = 0; i < CONNECTIONS; i++) {
                assertThat(received.get(i).get())
                        .as("connection " + i)
                        .isEqualTo(sent.get(i).get());
            }
            assertThat(gateway.err()).doesNotContain("OutOfMemory");
            gateway.terminate();
            assertThat(gateway.awaitEnd(java.time.Duration.ofSeconds(60))).isZero();
        } finally {
            threads.shutdownNow();
        }
    }

    private static String send(Socket socket, URI url, int seed) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        OutputStream out = socket.getOutputStream();
        out.write(("POST /function/echo HTTP/1.1\r\nHost: " + url.getAuthority() + "\r\nContent-Length: " + BYTES
                        + "\r\n\r\n")
                .getBytes(US_ASCII));
        byte[] block = new byte[1 << 20];
        new Random(seed).nextBytes(block);
        for (long left = BYTES; left > 0; ) {
            int size = (int) Math.min(left, block.length);
            block[0]++; // no two blocks are alike
            digest.update(block, 0, size);
            out.write(block, 0, size);
            left -= size;
        }
        out.flush();
        return HexFormat.of().formatHex(digest.digest());
    }

    private static String receive(Socket socket) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        InputStream in = new BufferedInputStream(socket.getInputStream(), 1 << 18);
        String head = line(in);
        assertThat(head).startsWith("HTTP/1.1 200");
        boolean isChunked = false;
        for (String field = line(in); !field.isEmpty(); field = line(in)) {
            isChunked |= field.equalsIgnoreCase("transfer-encoding: chunked");
        }
        assertThat(isChunked)
                .as("an answer that begins before its length is known")
                .isTrue();
        long total = 0;
        byte[] buffer = new byte[1 << 18];
        for (int size = Integer.parseInt(line(in), 16); size > 0; size = Integer.parseInt(line(in), 16)) {
            for (int left = size; left > 0; ) {
                int count = in.readNBytes(buffer, 0, Math.min(left, buffer.length));
                assertThat(count).isPositive();
                digest.update(buffer, 0, count);
                left -= count;
                total += count;
            }
            assertThat(line(in)).isEmpty();
        }
        assertThat(total).isEqualTo(BYTES);
        socket.close();
        return HexFormat.of().formatHex(digest.digest());
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            assertThat(b).as("end of stream").isNotEqualTo(-1);
            if (b != '\r') {
                line.append((char) b);
            }
        }
        return line.toString();
    }
}
