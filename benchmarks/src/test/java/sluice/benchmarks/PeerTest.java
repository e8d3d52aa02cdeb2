package sluice.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each peer does the same work: whoever rewrote less would be measured too cheap. */
class PeerTest {
    @TempDir
    Path dir;

    static Stream<Peer> peers() {
        return Stream.of(JvmPeer.SLUICE, new Nginx(), new Haproxy(), JvmPeer.REACTOR);
    }

    @ParameterizedTest
    @MethodSource("peers")
    void stripsThePrefixAndNamesTheClient(Peer peer) throws Exception {
        assumeTrue(peer.remedy().isEmpty(), peer.name() + " is not installed: " + peer.remedy());
        try (ServerSocket upstream = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Children children = new Children(dir)) {
            int port = freePort();
            List<String> command = peer.command(dir, port, upstream.getLocalPort());
            children.awaitPort(peer.name(), children.start(peer.name(), command), port);

            CompletableFuture<String> seen = CompletableFuture.supplyAsync(() -> answerOne(upstream));
            String answer = call(port);

            assertThat(seen.get(10, TimeUnit.SECONDS))
                    .startsWith("GET /get64 HTTP/1.1\r\n")
                    .containsIgnoringCase("\r\nx-forwarded-for: 127.0.0.1");
            assertThat(answer).startsWith("HTTP/1.1 200 OK\r\n").endsWith("ok");
        }
    }

    private static String call(int port) throws Exception {
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
            client.getOutputStream()
                    .write("GET /function/up/get64 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            return new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    private static String answerOne(ServerSocket upstream) {
        try (Socket socket = upstream.accept()) {
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                head.append((char) socket.getInputStream().read());
            }
            socket.getOutputStream()
                    .write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".getBytes(StandardCharsets.US_ASCII));
            return head.toString();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static int freePort() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
