package sluice.queue.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sluice.core.calls.CallJournal;
import sluice.core.calls.CallState;
import sluice.queue.Attempt;
import sluice.queue.CallJournalContract;
import sluice.queue.Ledger;
import sluice.queue.NoFunctions;
import sluice.queue.QueueConfig;
import sluice.queue.QueueConfigs;
import sluice.queue.QueueCounters;
import sluice.queue.SomeCalls;

final class EmbeddedJournalTest extends CallJournalContract {
    private static final byte[] BODY = {1, 2, 3};

    @TempDir
    private Path directory;

    private EmbeddedJournal journal;
    private QueueCounters counters;

    @BeforeEach
    void open() throws IOException {
        counters = new QueueCounters();
        journal = EmbeddedJournal.open(directory, config(), new NoFunctions(), counters);
        journal.ledger().tell(arrivals);
    }

    @AfterEach
    void close() throws IOException {
        journal.close();
    }

    @Override
    protected CallJournal journal() {
        return journal;
    }

    @Override
    protected Ledger ledger() {
        return journal.ledger();
    }

    private static QueueConfig config(String... more) {
        String[] all = new String[more.length + 2];
        all[0] = "SLUICE_QUEUE_MAX_BODY";
        all[1] = Integer.toString(MAX_BODY);
        System.arraycopy(more, 0, all, 2, more.length);
        return QueueConfigs.with(all);
    }

    private void reopen(String... settings) throws IOException {
        journal.close();
        counters = new QueueCounters();
        journal = EmbeddedJournal.open(directory, config(settings), new NoFunctions(), counters);
        journal.ledger().tell(arrivals);
    }

    @Test
    void keepsEverything_overARestart() throws IOException {
        byte[] large = new byte[2_000_000];
        String queued = submit(SomeCalls.to(SomeCalls.ECHO), large);
        String ended = submit(SomeCalls.to(SomeCalls.ECHO), BODY);
        assertThat(complete(begin(ended), large)).isTrue();

        reopen();

        assertThat(one(queued).state()).isEqualTo(CallState.QUEUED);
        assertThat(one(ended).state()).isEqualTo(CallState.COMPLETED);
        assertThat(get(journal.result(ended, 0, Long.MAX_VALUE)).length()).isEqualTo(large.length);
        assertThat(begin(queued).number()).isEqualTo(1);
        assertThat(journal.openCalls()).isEqualTo(1);
    }

    @Test
    void runsACutAttemptAgain_withTheNextNumber() throws IOException {
        String rid = submit(SomeCalls.to(SomeCalls.ECHO), BODY);
        Attempt cut = begin(rid);

        reopen();

        assertThat(one(rid).state()).isEqualTo(CallState.QUEUED);
        Attempt again = begin(rid);
        assertThat(again.number()).isEqualTo(2);
        assertThat(again.failures()).isZero();
        assertThat(complete(cut, BODY)).as("the attempt of the earlier process").isFalse();
        assertThat(complete(again, BODY)).isTrue();
    }

    @Test
    void removesBodies_thatBelongToNoCall() throws IOException {
        Path stray = directory.resolve("bodies").resolve("0".repeat(32) + ".request");
        Path straySegment = directory.resolve("bodies").resolve("0000000099.segment");
        Files.write(stray, BODY);
        Files.write(straySegment, BODY);

        reopen();

        eventually(() -> !Files.exists(stray) && !Files.exists(straySegment));
        assertThat(counters.damaged.sum()).isEqualTo(1);
    }

    @Test
    void endsACallAsDead_whoseBodyIsLost() throws IOException {
        String rid = submit(SomeCalls.to(SomeCalls.ECHO), new byte[2_000_000]);
        Files.delete(directory.resolve("bodies").resolve(rid + ".request"));

        assertThat(journal.ledger().begin(waiting(rid)).block()).isNull();

        assertThat(one(rid).state()).isEqualTo(CallState.DEAD);
        assertThat(one(rid).reason()).contains("lost");
    }

    @Test
    void leavesNoFile_whenACallHasEndedOrWasRefused() throws IOException {
        String rid = submit(SomeCalls.to(SomeCalls.ECHO), new byte[2_000_000]);
        assertThat(get(journal.cancel(rid))).isEqualTo(CallState.CANCELLED);
        assertThat(failureOf(journal.submit(SomeCalls.to(SomeCalls.ECHO), SomeCalls.body(new byte[MAX_BODY + 1]))))
                .isNotNull();

        eventually(() -> filesOfBodies() == 0);
    }

    private long filesOfBodies() {
        try (Stream<Path> files = Files.list(directory.resolve("bodies"))) {
            return files.filter(file -> !file.toString().endsWith(".segment")).count();
        } catch (IOException e) {
            return -1;
        }
    }

    @Test
    void deletesASegment_onceItsLastRecordIsGone() throws IOException {
        String rid = submit(SomeCalls.to(SomeCalls.ECHO), new byte[100_000]);
        Path segment = directory.resolve("bodies").resolve("0000000001.segment");
        assertThat(segment).exists();
        assertThat(get(journal.cancel(rid))).isEqualTo(CallState.CANCELLED);

        reopen();
        submit(SomeCalls.to(SomeCalls.ECHO), new byte[100_000]);

        eventually(() -> !Files.exists(segment));
    }

    @Test
    void forgetsEndedCalls_byAge() throws IOException {
        String rid = submit(SomeCalls.to(SomeCalls.ECHO), BODY);
        String open = submit(SomeCalls.to(SomeCalls.ECHO), BODY);
        assertThat(complete(begin(rid), BODY)).isTrue();

        reopen("SLUICE_QUEUE_RESULT_RETENTION", "0s");

        eventually(() -> one(rid).isForgotten());
        assertThat(one(open).state()).isEqualTo(CallState.QUEUED);
    }

    @Test
    void forgetsTheOldestEndedCalls_bySize() throws IOException {
        String older = submit(SomeCalls.to(SomeCalls.ECHO), BODY);
        String newer = submit(SomeCalls.to(SomeCalls.ECHO), BODY);
        assertThat(complete(begin(older), new byte[50_000])).isTrue();
        eventually(() -> ledger().nowMillis()
                > java.util.Objects.requireNonNull(one(older).endedAt()).toEpochMilli());
        assertThat(complete(begin(newer), new byte[50_000])).isTrue();

        reopen("SLUICE_QUEUE_RETAINED_BYTES", "60000");

        eventually(() -> one(older).isForgotten());
        assertThat(one(newer).isForgotten()).isFalse();
    }

    @Test
    void refusesASecondProcess() {
        assertThatThrownBy(() -> EmbeddedJournal.open(directory, config(), new NoFunctions(), counters))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("in use by another process");
    }

    @Test
    void refusesToStart_whenTheFileIsGoneButNotItsBodies() throws IOException {
        submit(SomeCalls.to(SomeCalls.ECHO), new byte[2_000_000]);
        journal.close();
        for (String file : new String[] {"calls.db", "calls.db-wal", "calls.db-shm"}) {
            Files.deleteIfExists(directory.resolve(file));
        }

        assertThatThrownBy(() -> EmbeddedJournal.open(directory, config(), new NoFunctions(), counters))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is missing")
                .hasMessageContaining("move");
        Files.delete(directory.resolve("bodies").toFile().listFiles()[0].toPath());
        open();
    }

    @Test
    void refusesToStart_whenTheFileIsDamaged() throws IOException {
        for (int i = 0; i < 200; i++) {
            submit(SomeCalls.to(SomeCalls.ECHO), new byte[4_000]);
        }
        journal.close();
        Path file = directory.resolve("calls.db");
        byte[] good = Files.readAllBytes(file);
        byte[] bad = good.clone();
        for (int i = 4_096; i < bad.length; i += 4_096) {
            bad[i] ^= 0x55; // the kind of each page
        }
        Files.write(file, bad);

        assertThatThrownBy(() -> EmbeddedJournal.open(directory, config(), new NoFunctions(), counters))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("calls.db")
                .hasMessageContaining("restore it from a copy");
        Files.write(file, good);
        open();
        assertThat(journal.openCalls()).isEqualTo(200);
    }

    @Test
    void setsADamagedLogAside_andCountsIt() throws IOException {
        for (int i = 0; i < 20; i++) {
            submit(SomeCalls.to(SomeCalls.ECHO), BODY);
        }
        byte[] log = Files.readAllBytes(directory.resolve("calls.db-wal"));
        byte[] file = Files.readAllBytes(directory.resolve("calls.db"));
        journal.close();
        assertThat(counters.damaged.sum()).isZero();
        Files.write(directory.resolve("calls.db"), file); // as a kill would have left it
        Files.write(directory.resolve("calls.db-wal"), log);
        open();
        assertThat(counters.damaged.sum()).as("of a log that is whole").isZero();
        assertThat(journal.openCalls()).isEqualTo(20);
        journal.close();

        log[log.length / 2] ^= 1;
        Files.write(directory.resolve("calls.db"), file);
        Files.write(directory.resolve("calls.db-wal"), log);
        open();

        assertThat(counters.damaged.sum()).isEqualTo(1);
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files.filter(name -> name.toString().contains(".damaged-")))
                    .hasSize(1);
        }
    }

    @Test
    void isReadableByItsUserAlone() throws IOException {
        assertThat(java.nio.file.attribute.PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
                .isEqualTo("rwx------");
    }

    @Test
    void refusesMoreOpenCalls_thanItsLimit() throws IOException {
        reopen("SLUICE_QUEUE_MAX_OPEN_CALLS", "1");
        String rid = submit(SomeCalls.to(SomeCalls.ECHO), BODY);

        assertThat(failureOf(journal.submit(SomeCalls.to(SomeCalls.ECHO), SomeCalls.body(BODY))))
                .isEqualTo(sluice.core.Failure.JOURNAL_UNAVAILABLE);

        assertThat(get(journal.cancel(rid))).isEqualTo(CallState.CANCELLED);
        submit(SomeCalls.to(SomeCalls.ECHO), BODY);
        assertThat(counters.refused.sum()).isEqualTo(1);
    }
}
