package sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every call that was answered 202 is made, whenever the gateway is killed. */
@Tag("acceptance")
final class AsyncKillAcceptanceTest {
    private static final int KILLS = 8;

    @TempDir
    private Path directory;

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void makesEveryCallThatWasAccepted_wheneverTheGatewayIsKilled() throws Exception {
        Path ran = directory.resolve("ran");
        Set<String> accepted = new ConcurrentSkipListSet<>();
        Random random = new Random(17);
        for (int round = 0; round < KILLS; round++) {
            try (GatewayProcess gateway = GatewayProcess.start(directory).awaitReady()) {
                if (round == 0) {
                    gateway.expect(
                            "POST",
                            "/system/functions",
                            "{\"service\":\"notes\",\"image\":\"x\",\"envProcess\":\"sh -c 'echo $Http_X_Call_Id >> "
                                    + ran + "'\"}");
                }
                CompletableFuture<Void> killed = CompletableFuture.runAsync(
                        gateway::close,
                        CompletableFuture.delayedExecutor(100 + random.nextInt(700), TimeUnit.MILLISECONDS));
                submitUntilKilled(gateway, accepted);
                killed.get(30, TimeUnit.SECONDS);
            }
        }
        try (GatewayProcess last = GatewayProcess.start(directory).awaitReady()) {
            assertThat(accepted).isNotEmpty();
            for (String id : accepted) {
                assertThat(last.expect("GET", "/async-function/" + id + "?wait=2m", ""))
                        .contains("\"state\":\"completed\"");
            }
            List<String> runs = Files.readAllLines(ran);
            assertThat(runs).containsAll(accepted);
            last.terminate();
            assertThat(last.awaitEnd(java.time.Duration.ofSeconds(60))).isZero();
        }
    }

    private static void submitUntilKilled(GatewayProcess gateway, Set<String> accepted) throws IOException {
        try {
            while (true) {
                HttpResponse<String> response =
                        gateway.send("POST", "/async-function/notes", "x").get(20, TimeUnit.SECONDS);
                assertThat(response.statusCode()).isEqualTo(202);
                accepted.add(response.headers().firstValue("X-Call-Id").orElseThrow());
            }
        } catch (ExecutionException e) {
            assertThat(e).hasCauseInstanceOf(IOException.class); // killed: the last one may or may not have been kept
        } catch (InterruptedException | java.util.concurrent.TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }
}
