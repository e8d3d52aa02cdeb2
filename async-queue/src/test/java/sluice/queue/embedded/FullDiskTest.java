package sluice.queue.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.calls.CallJournal.Submitted;
import sluice.core.calls.CallState;
import sluice.queue.Attempt;
import sluice.queue.Ending;
import sluice.queue.Lane;
import sluice.queue.NoFunctions;
import sluice.queue.QueueConfigs;
import sluice.queue.QueueCounters;
import sluice.queue.SomeCalls;
import sluice.queue.Waiting;

/** On a small file system of its own, which needs the right to mount one. */
final class FullDiskTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int SIZE = 32 << 20;

    @TempDir(cleanup = CleanupMode.NEVER)
    private static Path parent;

    private Path disk;
    private EmbeddedJournal journal;

    @BeforeEach
    void mount() throws IOException, InterruptedException {
        disk = Files.createDirectory(parent.resolve("disk"));
        assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=" + SIZE, "tmpfs", disk.toString()),
                "a small file system cannot be mounted here: run as root, or in a user namespace");
        journal = EmbeddedJournal.open(
                disk.resolve("calls"), QueueConfigs.with(), new NoFunctions(), new QueueCounters());
    }

    @AfterEach
    void unmount() throws IOException, InterruptedException {
        if (journal != null) {
            journal.close();
        }
        run("umount", disk.toString());
        Files.deleteIfExists(disk);
    }

    @CanIgnoreReturnValue
    private static boolean run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
    }

    private Path fillButFor(long left) throws IOException {
        Path filler = disk.resolve("filler");
        byte[] piece = new byte[64 << 10];
        try (OutputStream out = Files.newOutputStream(filler)) {
            while (Files.getFileStore(disk).getUsableSpace() > left) {
                out.write(piece, 0, (int)
                        Math.min(piece.length, Files.getFileStore(disk).getUsableSpace() - left));
            }
        }
        return filler;
    }

    @Test
    void refusesSubmits_letsOpenCallsGoOn_andRecoversByItself() throws IOException {
        String open = submit(1_000);
        Path filler = fillButFor(1_000_000); // the floor is 5 % of the file system

        for (int length : new int[] {0, 1_000, 100_000, 3_000_000}) {
            assertThat(failureOf(length)).isEqualTo(Failure.JOURNAL_UNAVAILABLE);
        }

        assertThat(end(begin(open))).isTrue();
        try (var files = Files.list(disk.resolve("calls").resolve("bodies"))) {
            assertThat(files.filter(file -> file.toString().endsWith(".request")))
                    .isEmpty();
        }
        Files.delete(filler);
        for (int length : new int[] {0, 1_000, 100_000, 3_000_000}) {
            assertThat(submit(length)).isNotEmpty();
        }
    }

    @Test
    void losesNothing_whenNoByteIsLeft() throws IOException {
        String open = submit(1_000);
        Attempt attempt = begin(open);
        Path filler = fillButFor(0);
        assertThat(failureOf(1_000)).isEqualTo(Failure.JOURNAL_UNAVAILABLE);

        Files.delete(filler);

        assertThat(end(attempt)).isTrue();
        assertThat(journal.await(open, Duration.ZERO)
                        .map(record -> record.state())
                        .block(PATIENCE))
                .isEqualTo(CallState.COMPLETED);
        assertThat(submit(1_000)).isNotEmpty();
    }

    @CanIgnoreReturnValue
    private String submit(int length) {
        Submitted submitted = journal.submit(SomeCalls.to(SomeCalls.ECHO), SomeCalls.body(new byte[length]))
                .block(PATIENCE);
        return ((Submitted.Accepted) java.util.Objects.requireNonNull(submitted)).rid();
    }

    private Failure failureOf(int length) {
        try {
            submit(length);
        } catch (FailureException e) {
            return e.failure();
        }
        throw new AssertionError("a call with " + length + " bytes was accepted");
    }

    private Attempt begin(String rid) {
        Lane lane = new Lane(Lane.DEFAULT_QUEUE, SomeCalls.ECHO);
        List<Waiting> window = java.util.Objects.requireNonNull(
                journal.ledger().window(lane, null, 64).block(PATIENCE));
        return java.util.Objects.requireNonNull(journal.ledger()
                .begin(window.stream()
                        .filter(call -> call.rid().toString().equals(rid))
                        .findFirst()
                        .orElseThrow())
                .block(PATIENCE));
    }

    private boolean end(Attempt attempt) {
        return Boolean.TRUE.equals(journal.ledger()
                .end(attempt, new Ending(CallState.COMPLETED, 200, "", 0.1, null))
                .block(PATIENCE));
    }
}
