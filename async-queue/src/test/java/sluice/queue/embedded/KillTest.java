package sluice.queue.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sluice.core.calls.CallRecord;
import sluice.core.calls.CallState;
import sluice.queue.NoFunctions;
import sluice.queue.QueueConfigs;
import sluice.queue.QueueCounters;

/** Kills a process that submits and runs calls, again and again, and looks for every call that it said it had kept. */
final class KillTest {
    private static final int SUBMITS = 2_000;
    private static final int KILLS = 5;

    @TempDir
    private Path directory;

    private final Set<String> accepted = new HashSet<>();
    private final Map<String, Integer> executions = new HashMap<>();

    @Test
    @Timeout(value = 240, unit = TimeUnit.SECONDS)
    void losesNoCallThatWasAccepted_howeverOftenItIsKilled() throws IOException, InterruptedException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int kill = 0; kill < KILLS; kill++) {
            run(SUBMITS, 50 + random.nextInt(SUBMITS / KILLS));
        }
        assertThat(accepted).as("seed %d", seed).hasSizeGreaterThan(50 * KILLS);
        run(Math.max(0, SUBMITS - accepted.size()), Integer.MAX_VALUE);

        assertThat(accepted).as("seed %d", seed).hasSizeGreaterThanOrEqualTo(SUBMITS);
        EmbeddedJournal journal =
                EmbeddedJournal.open(directory, QueueConfigs.with(), new NoFunctions(), new QueueCounters());
        try {
            for (String callId : accepted) {
                List<CallRecord> records =
                        Objects.requireNonNull(journal.find(callId).block(Duration.ofSeconds(20)));
                assertThat(records).as("call %s, seed %d", callId, seed).hasSize(1);
                CallRecord record = records.get(0);
                assertThat(record.state()).as("call %s, seed %d", callId, seed).isEqualTo(CallState.COMPLETED);
                int runs = executions.getOrDefault(callId, 0);
                assertThat(runs).as("executions of %s, seed %d", callId, seed).isBetween(1, record.attempt());
            }
        } finally {
            journal.close();
        }
    }

    /** Until that many calls more have been accepted, or to the end. */
    private void run(int submits, int most) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-Xmx256m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LedgerProcess.class.getName(),
                        directory.toString(),
                        Integer.toString(submits))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            int count = 0;
            String line;
            while ((line = lines.readLine()) != null) {
                if (line.startsWith("A ")) {
                    accepted.add(line.substring(2));
                    if (++count == most) {
                        assertThat(process.toHandle().destroyForcibly()).isTrue(); // leaves its pipe open
                    }
                } else if (line.startsWith("X ")) {
                    executions.merge(line.substring(2), 1, Integer::sum);
                }
            }
        }
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(most == Integer.MAX_VALUE ? 0 : 137);
    }
}
