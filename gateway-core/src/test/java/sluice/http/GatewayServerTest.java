package sluice.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import sluice.core.Settings;

/** The life of the server: binding, draining, closing. */
class GatewayServerTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final String EMPTY_SETTINGS = "\0\0\0\4\0\0\0\0\0"; // RFC 9113, 6.5

    private final TestGateway.NoCalls dataPlane = new TestGateway.NoCalls();
    private final TestGateway gateway =
            new TestGateway(Map.of("SLUICE_IDLE_TIMEOUT", "200ms", "write_timeout", "100ms"), dataPlane);

    @AfterEach
    void stop() {
        gateway.close();
    }

    @Test
    void finishesWhatRuns_thenCloses() throws Exception {
        CountDownLatch hold = new CountDownLatch(1);
        gateway.gate.hold = hold;
        CompletableFuture<RawHttp.Reply> running =
                CompletableFuture.supplyAsync(() -> gateway.get("/system/functions"));
        Eventually.assertThat(() -> gateway.gate.asked.size(), 1);

        CompletableFuture<Void> stopped = gateway.server.stop(LONG).toFuture();
        Eventually.assertThat(() -> dataPlane.drained.size(), 1);
        assertThat(dataPlane.drained).containsExactly(LONG);
        assertThat(stopped).isNotDone();
        hold.countDown();

        assertThat(running.get().status()).isEqualTo(200);
        assertThat(running.get().field("connection")).isEqualTo("close");
        stopped.get();
        assertThatThrownBy(() -> gateway.call("GET", "/healthz")).hasRootCauseInstanceOf(IOException.class);
    }

    @Test
    void abandonsWhatTakesTooLong() throws Exception {
        gateway.gate.hold = new CountDownLatch(1);
        CompletableFuture<RawHttp.Reply> running =
                CompletableFuture.supplyAsync(() -> gateway.get("/system/functions"));
        Eventually.assertThat(() -> gateway.gate.asked.size(), 1);

        gateway.server.stop(Duration.ofMillis(50)).block(LONG);

        assertThatThrownBy(running::get).hasRootCauseInstanceOf(IOException.class);
    }

    @Test
    void tellsHealthChecks_thatItDrains() throws Exception {
        try (Socket before = new Socket(InetAddress.getLoopbackAddress(), gateway.server.port())) {
            assertThat(ask(before).status()).isEqualTo(200);
            CountDownLatch hold = new CountDownLatch(1);
            gateway.gate.hold = hold;
            CompletableFuture<RawHttp.Reply> running =
                    CompletableFuture.supplyAsync(() -> gateway.get("/system/functions"));
            Eventually.assertThat(() -> gateway.gate.asked.size(), 1);
            CompletableFuture<Void> stopped = gateway.server.stop(LONG).toFuture();
            Eventually.assertThat(() -> dataPlane.drained.size(), 1);

            RawHttp.Reply reply = ask(before);

            assertThat(reply.status()).isEqualTo(503);
            assertThat(reply.body()).isEqualTo("draining\n");
            assertThat(reply.field("connection")).isEqualTo("close");
            hold.countDown();
            stopped.get();
            assertThat(running.get().status()).isEqualTo(200);
        }
    }

    @Test
    void closesAnHttp2Connection_onWhichNothingHappens() throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.server.port())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write((PREFACE + EMPTY_SETTINGS).getBytes(StandardCharsets.ISO_8859_1));

            byte[] untilClosed = socket.getInputStream().readAllBytes();

            assertThat(untilClosed.length).isGreaterThan(9); // its settings at least, then the end
        }
    }

    @Test
    void givesUpOnAnAnswer_thatTheClientDoesNotTake() throws Exception {
        String noWindow = "\0\0\6\4\0\0\0\0\0" + "\0\4\0\0\0\0"; // RFC 9113, 6.5.2: nothing may be sent to it
        String fields = "\u0082\u0086\4\15/openapi.yaml\101\4test"; // RFC 7541: GET, http, path, authority
        String head = "\0\0" + (char) fields.length() + "\1\5\0\0\0\1" + fields; // ends headers and stream 1
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.server.port())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write((PREFACE + noWindow + head).getBytes(StandardCharsets.ISO_8859_1));

            assertThat(typesUntilReset(new DataInputStream(socket.getInputStream())))
                    .contains(HEADERS)
                    .doesNotContain(DATA);
        }
    }

    @Test
    void failsToStart_whenItsPortIsTaken() {
        Map<String, String> samePort =
                Map.of("SLUICE_BIND", "127.0.0.1", "SLUICE_PORT", Integer.toString(gateway.server.port()));

        assertThatThrownBy(() -> GatewayServer.start(
                        HttpConfig.from(new Settings(samePort)), new TestGateway.NoCalls(), gateway.control))
                .hasMessageContaining(Integer.toString(gateway.server.port()));
    }

    private static List<Integer> typesUntilReset(DataInputStream in) throws IOException {
        List<Integer> types = new ArrayList<>();
        while (!types.contains(RST_STREAM)) {
            int lengthAndType = in.readInt();
            in.skipNBytes(5 + (lengthAndType >>> 8)); // flags, stream, payload
            types.add(lengthAndType & 0xff);
        }
        return types;
    }

    private static RawHttp.Reply ask(Socket socket) throws IOException {
        socket.getOutputStream().write(RawHttp.request("GET", "/healthz", ""));
        return RawHttp.read(socket.getInputStream(), "GET");
    }
}
