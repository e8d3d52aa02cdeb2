package sluice.local;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static sluice.local.Workbench.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sluice.core.FunctionStatus;
import sluice.local.process.ProcessTable;

/** What is left of a gateway that got SIGKILL, and what the next one makes of it. */
class KilledGatewayTest {
    @TempDir
    Path data;

    private final String tag = Integer.toString(ThreadLocalRandom.current().nextInt(100_000, 1_000_000));
    private @Nullable Process gateway;

    @AfterEach
    void endTheGateway() {
        if (gateway != null) {
            gateway.destroyForcibly();
        }
    }

    @Test
    @Timeout(90)
    void endsEveryProcessOfTheOldRun_beforeRoutesAreTold() throws Exception {
        assumeTrue(Privileges.canMakeMountNamespaces(), "else a stray that hides its origin cannot be found");
        List<String> said = startAndAwait("run", "ready");
        await(() -> sleepers().size(), count -> count >= 3 + 2 * 3 + 2 * 2); // calls, their strays, servers' strays
        List<ProcessHandle> old = sleepers();

        kill();
        long start = System.nanoTime();
        try (Workbench next = Workbench.open(data)) {
            Duration took = Duration.ofNanos(System.nanoTime() - start);

            assertThat(old).noneMatch(KilledGatewayTest::isRunning);
            assertThat(took).isLessThan(Duration.ofSeconds(10)); // of which 5 s at most for the old run
            for (String port : said.subList(0, 2)) {
                assertThat(canBind(Integer.parseInt(port))).isTrue();
            }
            assertThat(next.ready("server", 2)).hasSize(2);
        }
        assertThat(sleepers()).noneMatch(KilledGatewayTest::isRunning);
    }

    @Test
    @Timeout(90)
    void endsItsReplicasByItself_withoutANextRun() throws Exception {
        List<String> said = startAndAwait("run", "ready");

        kill();

        for (String port : said.subList(0, 2)) {
            await(() -> canBind(Integer.parseInt(port)), canBind -> canBind);
        }
        Workbench.open(data).close(); // ends the strays
    }

    @Test
    @Timeout(120)
    void keepsEveryDeployThatWasConfirmed() throws Exception {
        for (int round = 0; round < 3; round++) {
            List<String> confirmed =
                    startAndAwait("deploy", "f" + ThreadLocalRandom.current().nextInt(3, 12));
            kill();

            try (Workbench next = Workbench.open(data)) {
                assertThat(Workbench.value(next.provider.list(Workbench.NAMESPACE)))
                        .extracting((FunctionStatus status) -> status.name().name())
                        .containsAll(confirmed);
            }
        }
    }

    private List<String> startAndAwait(String mode, String last) throws IOException {
        Process started = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        DoomedGateway.class.getName(),
                        mode,
                        data.toString(),
                        tag)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        gateway = started;
        List<String> said = new ArrayList<>();
        BufferedReader output = new BufferedReader(new InputStreamReader(started.getInputStream(), UTF_8));
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            if (line.matches("f?[0-9]+|ready")) { // else it is the log
                said.add(line);
            }
            if (line.equals(last)) {
                return said;
            }
        }
        throw new IOException("the gateway ended after " + said);
    }

    private void kill() throws InterruptedException {
        if (gateway != null) {
            gateway.destroyForcibly().waitFor();
        }
    }

    /** The processes that functions of this test have started. */
    private List<ProcessHandle> sleepers() {
        return ProcessHandle.allProcesses()
                .filter(process -> process.info().commandLine().orElse("").matches("(.*/)?sleep " + tag + "\\.[0-9]"))
                .toList();
    }

    /** A process that has ended but that nobody has waited for yet does not count. */
    private static boolean isRunning(ProcessHandle process) {
        ProcessTable.Entry entry = ProcessTable.read(process.pid());
        return entry != null && !entry.isZombie();
    }

    private static boolean canBind(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }
}
