package sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a kill -9 of the gateway must not lose, and what it must not leave behind. */
@Tag("acceptance")
final class KillAcceptanceTest {
    private static final int DEPLOYS = 50;

    @TempDir
    private Path directory;

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void bringsBackEveryDeployThatWasAnswered_wheneverTheGatewayIsKilled() throws Exception {
        Set<String> acknowledged = new ConcurrentSkipListSet<>();
        Random random = new Random(11);
        for (int next = 0, round = 0; next < DEPLOYS; round++) {
            try (GatewayProcess gateway = GatewayProcess.start(directory).awaitReady()) {
                String before = gateway.expect("GET", "/system/functions", "");
                assertThat(acknowledged)
                        .as("round " + round)
                        .allSatisfy(name -> assertThat(before).contains("\"" + name + "\""));
                int most = next + 1 + random.nextInt(9);
                int first = next;
                CompletableFuture<Void> killed = CompletableFuture.runAsync(
                        gateway::close,
                        CompletableFuture.delayedExecutor(20 + random.nextInt(300), TimeUnit.MILLISECONDS));
                next = deploy(gateway, first, most, acknowledged);
                killed.get(30, TimeUnit.SECONDS);
            }
        }
        try (GatewayProcess last = GatewayProcess.start(directory).awaitReady()) {
            String after = last.expect("GET", "/system/functions", "");
            assertThat(acknowledged)
                    .isNotEmpty()
                    .allSatisfy(name -> assertThat(after).contains("\"" + name + "\""));
        }
    }

    private static int deploy(GatewayProcess gateway, int first, int most, Set<String> acknowledged)
            throws IOException {
        for (int i = first; i < most; i++) {
            String name = "f-" + i;
            try {
                int status = gateway.send(
                                "POST",
                                "/system/functions",
                                "{\"service\":\"" + name + "\",\"image\":\"x\",\"envProcess\":\"cat\"}")
                        .get(20, TimeUnit.SECONDS)
                        .statusCode();
                assertThat(status).isEqualTo(202);
                acknowledged.add(name);
            } catch (ExecutionException e) {
                return i + 1; // killed in the middle of it: it may or may not be there
            } catch (InterruptedException | java.util.concurrent.TimeoutException e) {
                throw new IllegalStateException(e);
            }
        }
        return most;
    }

    @Test
    @Timeout(value = 3, unit = TimeUnit.MINUTES)
    void endsEveryProcessOfTheOldRun_whenTheGatewayWasKilledUnderLoad() throws Exception {
        Set<String> before = replicas();
        try (GatewayProcess gateway = GatewayProcess.start(directory).awaitReady()) {
            gateway.expect(
                    "POST",
                    "/system/functions",
                    "{\"service\":\"slow\",\"image\":\"x\",\"envProcess\":\"sh -c 'sleep 300 & sleep 301'\"}");
            gateway.expect(
                    "POST",
                    "/system/functions",
                    "{\"service\":\"stays\",\"image\":\"x\",\"envProcess\":\"sh -c 'setsid sleep 302 & exec python3 -m"
                            + " http.server -b 127.0.0.1 $PORT'\",\"envVars\":{\"mode\":\"http\"}}");
            gateway.expect("GET", "/function/stays", "");
            for (int i = 0; i < 4; i++) {
                var unused = gateway.send("POST", "/function/slow", "");
            }
            awaitProcesses(before, 8);
        } // kill -9
        try (GatewayProcess next = GatewayProcess.start(directory)) {
            Set<String> old = replicas();
            old.removeAll(before);
            assertThat(next.awaitReady()).isSameAs(next);
            long deadline = System.nanoTime() + Duration.ofSeconds(5).toNanos();
            Set<String> left = new TreeSet<>(old);
            while (!left.isEmpty() && System.nanoTime() < deadline) {
                left.retainAll(replicas());
                TimeUnit.MILLISECONDS.sleep(20);
            }
            assertThat(left).as("processes of the old run, 5 s after the start").isEmpty();
            next.expect("GET", "/function/stays", "");
        }
    }

    private static void awaitProcesses(Set<String> before, int most) throws Exception {
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        Set<String> now = Set.of();
        while (now.size() < most) {
            assertThat(System.nanoTime()).as(now + " of " + most).isLessThan(deadline);
            now = replicas();
            now.removeAll(before);
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    /** Processes that carry a replica's mark, as pid and start time. */
    private static Set<String> replicas() throws IOException {
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            return processes
                    .filter(path -> path.getFileName().toString().matches("[0-9]+"))
                    .filter(path -> read(path.resolve("environ")).contains("SLUICE_REPLICA="))
                    .map(path -> path.getFileName() + "@" + started(read(path.resolve("stat"))))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private static String started(String stat) {
        String[] fields = stat.substring(stat.lastIndexOf(')') + 1).trim().split(" ", -1);
        return fields.length > 19 ? fields[19] : "";
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (UncheckedIOException | IOException e) {
            return ""; // it has ended meanwhile, or is not ours
        }
    }
}
