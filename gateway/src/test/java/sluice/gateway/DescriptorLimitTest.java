package sluice.gateway;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** More clients than descriptors (reliability matrix, C8): a gateway in a process of its own that may open few. */
@Timeout(150)
@DisabledOnOs(OS.WINDOWS)
final class DescriptorLimitTest {
    private static final int DESCRIPTORS = 400;
    private static final Pattern LENGTH = Pattern.compile("(?i)content-length: ([0-9]+)");
    private static final Duration WATCHED = Duration.ofSeconds(4);

    @TempDir
    private Path directory;

    private Path stack;

    @BeforeEach
    void writeAStack() throws IOException {
        stack = Files.writeString(directory.resolve("stack.yml"), """
                functions:
                  wc: {image: wc, fprocess: wc -c}
                """);
    }

    /** The limit is far away, so that descriptors run out first. */
    @ParameterizedTest
    @ValueSource(strings = {"auto", "nio"})
    void servesWhoIsConnected_withoutSpinning_whenNoDescriptorIsLeft(String transport) throws Exception {
        Map<String, String> settings =
                Map.of("SLUICE_MAX_CONNECTIONS", "100000", "SLUICE_TRANSPORT", transport, "SLUICE_HEAD_TIMEOUT", "10m");
        try (GatewayProcess gateway = GatewayProcess.startWithDescriptors(
                                DESCRIPTORS, directory, settings, "-f", stack.toString())
                        .awaitReady();
                Socket client = connect(gateway)) {
            assertThat(health(client)).isEqualTo(200);
            List<Socket> crowd = connectMany(gateway, 2 * DESCRIPTORS);
            awaitComplaint(gateway);

            Duration before = gateway.processorTime();
            long start = System.nanoTime();
            while (System.nanoTime() - start < WATCHED.toNanos()) {
                assertThat(health(client)).isEqualTo(200);
                TimeUnit.MILLISECONDS.sleep(50); // the gateway has little to do but to accept
            }
            Duration used = gateway.processorTime().minus(before);
            Duration passed = Duration.ofNanos(System.nanoTime() - start);

            assertThat(used).as("processor time in " + passed).isLessThan(passed.dividedBy(2));
            assertThat(health(client)).isEqualTo(200);
            assertThat(gateway.err().lines().filter(line -> line.contains("connections cannot be accepted")))
                    .hasSizeBetween(1, 3)
                    .allMatch(line -> line.contains("Too many open files") && line.contains("SLUICE_MAX_CONNECTIONS"));
            assertThat(gateway.err()).doesNotContain("Exception");

            for (Socket one : crowd) {
                one.close();
            }
            assertThat(gateway.expect("POST", "/function/wc", "hello").trim()).isEqualTo("5");
        }
    }

    @Test
    void acceptsNoMoreThanItsShareOfTheDescriptors_andGoesOnWhenSomeLeave() throws Exception {
        Map<String, String> settings = Map.of("SLUICE_HEAD_TIMEOUT", "10m");
        try (GatewayProcess gateway = GatewayProcess.startWithDescriptors(
                                DESCRIPTORS, directory, settings, "-f", stack.toString())
                        .awaitReady();
                Socket client = connect(gateway)) {
            assertThat(health(client)).isEqualTo(200);
            List<Socket> crowd = connectMany(gateway, DESCRIPTORS);
            try (Socket late = connect(gateway)) {
                late.getOutputStream().write(request("/healthz"));
                late.setSoTimeout(500);
                assertThat(isSilent(late)).isTrue(); // it waits in the backlog
                assertThat(health(client)).isEqualTo(200);
                assertThat(gateway.metrics())
                        .containsPattern("sluice_client_connections_limit " + DESCRIPTORS * 45 / 100 + "\\b")
                        .containsPattern("sluice_accept_failures_total 0\\b");

                for (Socket one : crowd) {
                    one.close();
                }
                late.setSoTimeout(30_000);
                assertThat(answer(late)).startsWith("HTTP/1.1 200");
            }
            assertThat(gateway.expect("POST", "/function/wc", "hello").trim()).isEqualTo("5");
        }
    }

    private static Socket connect(GatewayProcess gateway) throws IOException {
        Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), gateway.url().getPort());
        socket.setSoTimeout(30_000);
        return socket;
    }

    /** So many connections, most of which only the system's backlog takes. */
    private static List<Socket> connectMany(GatewayProcess gateway, int many) throws IOException {
        List<Socket> crowd = new ArrayList<>();
        for (int i = 0; i < many; i++) {
            crowd.add(connect(gateway));
        }
        return crowd;
    }

    private static void awaitComplaint(GatewayProcess gateway) throws Exception {
        long deadline = System.nanoTime() + Duration.ofMinutes(1).toNanos();
        while (!gateway.err().contains("connections cannot be accepted")) {
            assertThat(System.nanoTime())
                    .as("a line in the log: " + gateway.err())
                    .isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    private static int health(Socket client) throws IOException {
        client.getOutputStream().write(request("/healthz"));
        return Integer.parseInt(answer(client).substring(9, 12));
    }

    private static byte[] request(String path) {
        return ("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n").getBytes(ISO_8859_1);
    }

    /** The head of the next answer, whose body is read as well. */
    private static String answer(Socket client) throws IOException {
        DataInputStream in = new DataInputStream(client.getInputStream());
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) in.readUnsignedByte());
        }
        Matcher length = LENGTH.matcher(head);
        in.skipNBytes(length.find() ? Integer.parseInt(length.group(1)) : 0);
        return head.toString();
    }

    private static boolean isSilent(Socket socket) throws IOException {
        try {
            return socket.getInputStream().read() < -1;
        } catch (SocketTimeoutException e) {
            return true;
        }
    }
}
