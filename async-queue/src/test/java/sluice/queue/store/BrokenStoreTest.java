package sluice.queue.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sluice.core.Failure;
import sluice.core.FailureException;

/** A medium that fails: nothing is accepted until a restart, and no failed sync counts as one that never was. */
final class BrokenStoreTest {
    private static final Duration BOUND = Duration.ofSeconds(20);

    @TempDir
    private Path directory;

    private final AtomicInteger syncs = new AtomicInteger();
    private volatile @Nullable IOException fault;
    private CallStore store;

    @BeforeEach
    void open() throws IOException {
        store = CallStore.open(directory.resolve("calls.db"), Durability.SYNCED, this::sync, nanos -> {});
        store.start();
    }

    @AfterEach
    void close() {
        store.close();
    }

    private void sync() throws IOException {
        syncs.incrementAndGet();
        IOException now = fault;
        if (now != null) {
            throw now;
        }
    }

    private void put(String name) {
        store.write(tables -> {
                    tables.small().setNumber(name, 1);
                    return true;
                })
                .block(BOUND);
    }

    private long number(String name) {
        Long number = store.read(tables -> tables.small().number(name)).block(BOUND);
        return number == null ? -1 : number;
    }

    private void assertRefuses(String name) {
        assertThatThrownBy(() -> put(name))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        refused -> assertThat(refused.failure()).isEqualTo(Failure.JOURNAL_UNAVAILABLE));
    }

    @Test
    void acceptsNothingMore_untilARestart_whenASyncFailed() throws IOException {
        put("before");
        fault = new IOException("Input/output error");
        assertRefuses("failed");
        fault = null; // a second sync would succeed, and say nothing about what the first one lost
        int synced = syncs.get();

        assertRefuses("after");
        assertRefuses("later");

        assertThat(syncs.get()).as("no sync is tried again").isEqualTo(synced);
        FailureException broken = store.broken();
        assertThat(broken).isNotNull().hasMessageContaining("Input/output error");
        assertThat(number("before")).as("what was kept can still be read").isEqualTo(1);

        close();
        open();

        assertThat(store.broken()).isNull();
        assertThat(number("before")).isEqualTo(1);
        assertThat(number("failed")).isZero();
        put("after");
        assertThat(number("after")).isEqualTo(1);
    }

    @Test
    void acceptsAgain_whenThereWasOnlyNoRoom() {
        fault = new IOException("No space left on device");
        assertRefuses("failed");
        fault = null;

        put("after");

        assertThat(store.broken()).isNull();
        assertThat(number("failed")).isZero();
        assertThat(number("after")).isEqualTo(1);
    }

    @Test
    void tellsEachOfABatch_onceThatItFailed() throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        CompletableFuture<Boolean> first = store.<Boolean>write(tables -> {
                    awaitUnchecked(held);
                    return true;
                })
                .toFuture();
        List<CompletableFuture<Boolean>> batch = new ArrayList<>();
        AtomicInteger kept = new AtomicInteger();
        AtomicInteger failed = new AtomicInteger();
        for (int i = 0; i < 50; i++) {
            String name = "n" + i;
            batch.add(store.<Boolean>write(
                            tables -> {
                                tables.small().setNumber(name, 1);
                                return true;
                            },
                            10,
                            done -> kept.incrementAndGet(),
                            failed::incrementAndGet)
                    .toFuture());
        }
        fault = new IOException("Input/output error");
        held.countDown();

        assertThat(first).failsWithin(BOUND);
        assertThat(batch).allSatisfy(write -> assertThat(write).failsWithin(BOUND));
        assertThat(failed.get()).isEqualTo(50);
        assertThat(kept.get()).isZero();
        assertThat(syncs.get()).isEqualTo(1);
    }

    private static void awaitUnchecked(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
