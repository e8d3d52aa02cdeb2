package sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sluice.fleet.nats.NatsServer;

/** What one gateway takes back, another one must not accept, nor either of them after kill -9. */
@Tag("acceptance")
final class RevocationAcceptanceTest {
    private static final Logger log = LoggerFactory.getLogger(RevocationAcceptanceTest.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int TOKENS = 100;
    private static final String FUNCTION =
            "{\"service\":\"till\",\"image\":\"i\",\"envProcess\":\"true\",\"privacy\":\"private\"}";

    @TempDir
    private Path directory;

    private final AtomicInteger addresses = new AtomicInteger();

    private record Issued(String id, String token) {}

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void reachesTheOtherGateway_andSurvivesTheKillOfBoth() throws Exception {
        List<Issued> revoked = new ArrayList<>();
        Issued kept;
        try (NatsServer nats = NatsServer.newest()) {
            try (GatewayProcess one = start("one", nats);
                    GatewayProcess other = start("other", nats)) {
                one.expect("POST", "/system/functions", FUNCTION);
                other.expect("POST", "/system/functions", FUNCTION);
                kept = issue(one);
                Patience.until("the key has come", () -> call(other, kept.token()) == 200);
                List<Double> lags = new ArrayList<>();
                for (int i = 0; i < TOKENS; i++) {
                    Issued issued = issue(one);
                    revoked.add(issued);
                    assertThat(call(other, issued.token())).isEqualTo(200); // known there from now on
                    lags.add(revoke(one, other, issued));
                }
                lags.sort(null);
                log.info(
                        "last accepted call after the 204 of {} revocations, ms: median {}, highest {}",
                        TOKENS,
                        lags.get(TOKENS / 2),
                        lags.get(TOKENS - 1));
            } // kill -9 of both
            try (GatewayProcess one = start("one", nats);
                    GatewayProcess other = start("other", nats)) {
                for (GatewayProcess each : List.of(one, other)) {
                    Patience.until("tokens have been read", () -> call(each, kept.token()) == 200);
                    for (Issued issued : revoked) {
                        assertThat(call(each, issued.token())).isEqualTo(401);
                    }
                }
            }
        }
    }

    /** Calls {@code other} all the while; milliseconds from the 204 to the last call that was accepted, 0 when none was. */
    private double revoke(GatewayProcess one, GatewayProcess other, Issued issued) throws Exception {
        AtomicLong lastAccepted = new AtomicLong(Long.MIN_VALUE);
        Thread caller = new Thread(() -> {
            try {
                for (int status = 200; status == 200; ) {
                    long begun = System.nanoTime();
                    status = call(other, issued.token());
                    if (status == 200) {
                        lastAccepted.set(begun);
                    }
                }
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        caller.start();
        one.expect("DELETE", "/system/tokens/" + issued.id(), "");
        long answered = System.nanoTime();
        caller.join(TimeUnit.SECONDS.toMillis(25));
        assertThat(caller.isAlive()).as("it is still accepted").isFalse();
        return Math.max(0, lastAccepted.get() - answered) / 1e6;
    }

    private GatewayProcess start(String name, NatsServer nats) throws Exception {
        Path home = Files.createDirectories(directory.resolve(name));
        return GatewayProcess.start(home, "--nats", nats.url()).awaitReady();
    }

    private static Issued issue(GatewayProcess gateway) throws Exception {
        JsonNode issued =
                JSON.readTree(gateway.expect("POST", "/system/tokens", "{\"function_id\":\"till.openfaas-fn\"}"));
        return new Issued(issued.path("id").asText(), issued.path("token").asText());
    }

    /** The status of a call from an address of its own: who shows worthless tokens too often is not listened to. */
    private int call(GatewayProcess gateway, String token) throws IOException {
        int number = addresses.incrementAndGet();
        try (Socket socket = new Socket()) {
            socket.bind(new InetSocketAddress(
                    InetAddress.getByAddress(new byte[] {127, 2, (byte) (number >> 8), (byte) number}), 0));
            socket.connect(new InetSocketAddress(
                    InetAddress.getLoopbackAddress(), gateway.url().getPort()));
            socket.setSoTimeout(20_000);
            String request = "GET /function/till HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Sluice-Token: " + token
                    + "\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            byte[] answer = socket.getInputStream().readAllBytes();
            return Integer.parseInt(new String(answer, 9, 3, StandardCharsets.US_ASCII));
        }
    }
}
