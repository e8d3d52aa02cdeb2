package sluice.queue.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.core.FailureException;

/** A disk of which, after the power was cut, only that is left which was written before the last sync began. */
final class PowerLossTest {
    private static final Duration BOUND = Duration.ofSeconds(25);
    private static final int WRITES_AT_ONCE = 64;

    @TempDir
    private Path directory;

    private final CutDisk disk = new CutDisk();
    private CallStore store;

    /** Keeps a copy of the files as they are at each sync, and fails once the power is cut. */
    private final class CutDisk implements LogSync.Disk {
        private final AtomicInteger syncs = new AtomicInteger();
        private volatile int last = Integer.MAX_VALUE;
        private volatile CountDownLatch passage = new CountDownLatch(0);

        @Override
        public void sync() throws IOException {
            awaitUnchecked(passage);
            if (syncs.get() == last) {
                throw new IOException("the power is cut");
            }
            for (String name : List.of("calls.db", "calls.db-wal")) {
                Files.copy(
                        directory.resolve(name),
                        directory.resolve("left-" + name),
                        StandardCopyOption.REPLACE_EXISTING);
            }
            syncs.incrementAndGet();
        }

        @Override
        public void close() {}
    }

    @BeforeEach
    void open() throws IOException {
        store = CallStore.open(directory.resolve("calls.db"), Durability.SYNCED, Companion.NONE, nanos -> {});
        store.start(disk);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private static void awaitUnchecked(CountDownLatch latch) {
        try {
            assertThat(latch.await(BOUND.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Mono<String> put(String name) {
        return store.write(tables -> {
            tables.small().setNumber(name, 1);
            return name;
        });
    }

    @Test
    void keepsAllThatWasTold_whereverThePowerIsCut() throws IOException {
        disk.last = 40;
        Set<String> told = ConcurrentHashMap.newKeySet();
        Flux.range(0, 1_000_000)
                .flatMap(n -> put("n" + n).doOnNext(told::add), WRITES_AT_ONCE)
                .onErrorComplete(FailureException.class)
                .blockLast(BOUND);

        assertThat(told).hasSizeGreaterThan(40);
        assertThat(disk.syncs.get()).isEqualTo(40);
        CallStore left =
                CallStore.open(directory.resolve("left-calls.db"), Durability.SYNCED, Companion.NONE, nanos -> {});
        try {
            left.start();
            List<String> kept = left.read(
                            tables -> tables.statements().all("SELECT name FROM meta", row -> row.getString(1)))
                    .block(BOUND);
            assertThat(kept).containsAll(told);
        } finally {
            left.close();
        }
    }

    @Test
    void confirmsNothingMore_afterASyncThatFailed() {
        disk.last = 1;
        assertThat(put("first").block(BOUND)).isEqualTo("first");

        assertThat(put("second").toFuture()).failsWithin(BOUND);
        disk.last = Integer.MAX_VALUE; // another sync would succeed, and say nothing about what was lost
        assertThat(put("third").toFuture()).failsWithin(BOUND);

        assertThat(disk.syncs.get()).isEqualTo(1);
        assertThat(store.broken()).isNotNull().hasMessageContaining("the power is cut");
    }

    @Test
    void confirmsNothing_thatWasWrittenWhileASyncFailed() throws Exception {
        disk.last = 0;
        disk.passage = new CountDownLatch(1);
        CompletableFuture<String> first = put("first").toFuture();
        awaitVisible("first");
        CompletableFuture<String> second = put("second").toFuture();
        awaitVisible("second"); // committed as well, and on its way to the disk behind the first
        disk.passage.countDown();

        assertThat(first).failsWithin(BOUND);
        assertThat(second).failsWithin(BOUND);
        assertThat(disk.syncs.get()).isZero();
    }

    @Test
    void writesTheNextBatch_whileTheLastIsOnItsWayToTheDisk() throws Exception {
        disk.passage = new CountDownLatch(1);
        CompletableFuture<String> first = put("first").toFuture();
        awaitVisible("first");
        CompletableFuture<String> second = put("second").toFuture();
        awaitVisible("second");
        assertThat(first).isNotDone();
        assertThat(second).isNotDone();

        disk.passage.countDown();
        assertThat(first).succeedsWithin(BOUND);
        assertThat(second).succeedsWithin(BOUND);
        assertThat(disk.syncs.get()).isEqualTo(2);
    }

    @Test
    void tellsAReader_onlyWhatIsOnTheDisk() throws Exception {
        assertThat(put("before").block(BOUND)).isEqualTo("before");
        disk.passage = new CountDownLatch(1);
        CompletableFuture<String> written = put("new").toFuture();
        awaitVisible("new");
        CountDownLatch isSeen = new CountDownLatch(1);
        CompletableFuture<Long> read = store.read(tables -> {
                    long number = tables.small().number("new");
                    isSeen.countDown();
                    return number;
                })
                .toFuture();
        awaitUnchecked(isSeen);
        for (int i = 0; i < 50; i++) {
            awaitVisible("new"); // takes longer than a reader that would not wait
            assertThat(read).as("what was read may be lost yet").isNotDone();
        }

        disk.passage.countDown();
        assertThat(read).succeedsWithin(BOUND).isEqualTo(1L);
        assertThat(written).succeedsWithin(BOUND);
    }

    /** By a connection that is none of the store's. */
    private void awaitVisible(String name) throws Exception {
        long deadline = System.nanoTime() + BOUND.toNanos();
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("calls.db"));
                PreparedStatement query = other.prepareStatement("SELECT 1 FROM meta WHERE name=?")) {
            query.setString(1, name);
            boolean isThere = false;
            while (!isThere) {
                assertThat(System.nanoTime()).isLessThan(deadline);
                try (ResultSet row = query.executeQuery()) {
                    isThere = row.next();
                }
            }
        }
    }
}
