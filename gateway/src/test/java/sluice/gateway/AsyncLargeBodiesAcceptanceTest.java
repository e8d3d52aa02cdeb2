package sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Asynchronous calls whose bodies and results are larger than the memory of the gateway. */
@Tag("acceptance")
final class AsyncLargeBodiesAcceptanceTest {
    private static final long BYTES = Long.getLong("sluice.acceptance.bytes", 1L << 30);
    private static final long RESULT_BYTES = Math.min(BYTES, 200L << 20);
    private static final List<String> SMALL =
            List.of("-Xmx256m", "-XX:MaxDirectMemorySize=128m", "-XX:+ExitOnOutOfMemoryError");

    private final HttpClient client = HttpClient.newHttpClient();

    @TempDir
    private Path directory;

    @Test
    @Timeout(value = 15, unit = TimeUnit.MINUTES)
    void givesTheFunctionEveryByte_inLittleMemory() throws Exception {
        try (GatewayProcess gateway = GatewayProcess.startWith(SMALL, directory).awaitReady()) {
            gateway.expect(
                    "POST", "/system/functions", "{\"service\":\"sum\",\"image\":\"x\",\"envProcess\":\"sha256sum\"}");
            String location = submit(gateway, "sum", BYTES);
            String result = result(gateway, location);
            assertThat(result).startsWith(digest(new Pattern(BYTES), BYTES));
            assertThat(gateway.err()).doesNotContain("OutOfMemory");
            gateway.terminate();
            assertThat(gateway.awaitEnd(Duration.ofSeconds(60))).isZero();
        }
    }

    @Test
    @Timeout(value = 15, unit = TimeUnit.MINUTES)
    void givesALargeResultInParts() throws Exception {
        try (GatewayProcess gateway = GatewayProcess.startWith(SMALL, directory).awaitReady()) {
            gateway.expect(
                    "POST", "/system/functions", "{\"service\":\"echo\",\"image\":\"x\",\"envProcess\":\"cat\"}");
            String location = submit(gateway, "echo", RESULT_BYTES);
            assertThat(get(gateway, location + "?wait=5m").body()).contains("\"state\":\"completed\"");
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            long step = RESULT_BYTES / 7 + 1;
            for (long from = 0; from < RESULT_BYTES; from += step) {
                long to = Math.min(RESULT_BYTES, from + step) - 1;
                HttpResponse<InputStream> part = client.send(
                        HttpRequest.newBuilder(gateway.url().resolve(location + "/result"))
                                .header("Range", "bytes=" + from + "-" + to)
                                .build(),
                        HttpResponse.BodyHandlers.ofInputStream());
                assertThat(part.statusCode()).isEqualTo(206);
                assertThat(part.headers().firstValue("Content-Range"))
                        .contains("bytes " + from + "-" + to + "/" + RESULT_BYTES);
                try (InputStream in = part.body()) {
                    assertThat(feed(digest, in)).isEqualTo(to - from + 1);
                }
            }
            assertThat(HexFormat.of().formatHex(digest.digest()))
                    .isEqualTo(digest(new Pattern(RESULT_BYTES), RESULT_BYTES));
            assertThat(gateway.err()).doesNotContain("OutOfMemory");
            gateway.terminate();
            assertThat(gateway.awaitEnd(Duration.ofSeconds(60))).isZero();
        }
    }

    private String submit(GatewayProcess gateway, String function, long bytes) throws Exception {
        HttpResponse<String> submitted = client.send(
                HttpRequest.newBuilder(gateway.url().resolve("/async-function/" + function))
                        .POST(HttpRequest.BodyPublishers.fromPublisher(
                                HttpRequest.BodyPublishers.ofInputStream(() -> new Pattern(bytes)), bytes))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(submitted.statusCode()).as(submitted.body()).isEqualTo(202);
        return submitted.headers().firstValue("Location").orElseThrow();
    }

    private String result(GatewayProcess gateway, String location) throws Exception {
        HttpResponse<String> result = get(gateway, location + "/result?wait=5m");
        assertThat(result.statusCode()).as(result.body()).isEqualTo(200);
        return result.body();
    }

    private HttpResponse<String> get(GatewayProcess gateway, String path) throws Exception {
        return client.send(
                HttpRequest.newBuilder(gateway.url().resolve(path)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static String digest(InputStream in, long bytes) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        assertThat(feed(digest, in)).isEqualTo(bytes);
        return HexFormat.of().formatHex(digest.digest());
    }

    private static long feed(MessageDigest digest, InputStream in) throws IOException {
        byte[] buffer = new byte[1 << 16];
        long total = 0;
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
            digest.update(buffer, 0, count);
            total += count;
        }
        return total;
    }

    /** The same bytes each time, no two blocks alike. */
    private static final class Pattern extends InputStream {
        private final byte[] block = new byte[1 << 16];
        private final long bytes;
        private long position;

        Pattern(long bytes) {
            this.bytes = bytes;
            new Random(5).nextBytes(block);
        }

        @Override
        public int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int at, int length) {
            if (position == bytes) {
                return -1;
            }
            int offset = (int) (position % block.length);
            int count = (int) Math.min(Math.min(length, block.length - offset), bytes - position);
            System.arraycopy(block, offset, into, at, count);
            if (offset == 0) {
                into[at] = (byte) (position / block.length);
            }
            position += count;
            return count;
        }
    }
}
