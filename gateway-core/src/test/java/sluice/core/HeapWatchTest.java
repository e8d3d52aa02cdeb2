package sluice.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import sluice.core.HeapPressure.Level;

class HeapWatchTest {
    private final FakePool pool = new FakePool();
    private final AtomicLong clock = new AtomicLong();
    private final AtomicLong collections = new AtomicLong();
    private final HeapWatch watch =
            new HeapWatch(HeapConfig.from(new Settings(Map.of())), pool, collections::incrementAndGet, clock::get);

    private static final class FakePool implements HeapWatch.Pool {
        long most = 1_000;
        long used;
        long afterCollection;

        @Override
        public long most() {
            return most;
        }

        @Override
        public long used() {
            return used;
        }

        @Override
        public long usedAfterCollection() {
            return afterCollection;
        }
    }

    private Level lookedAt(long used, long afterCollection) {
        pool.used = used;
        pool.afterCollection = afterCollection;
        watch.look();
        return watch.level();
    }

    @Test
    void o2_risesWithWhatACollectionLeaves() {
        assertThat(lookedAt(849, 849)).isEqualTo(Level.LOW);
        assertThat(lookedAt(850, 850)).isEqualTo(Level.HIGH);
        assertThat(lookedAt(949, 949)).isEqualTo(Level.HIGH);
        assertThat(lookedAt(950, 950)).isEqualTo(Level.CRITICAL);
        assertThat(lookedAt(100, 100)).isEqualTo(Level.LOW);
    }

    @Test
    void takesGarbageForNothing() {
        assertThat(lookedAt(999, 200)).isEqualTo(Level.LOW);
        assertThat(collections).hasValue(0);
    }

    @Test
    void believesNoOldCollection_whenLessIsInUseNow() {
        assertThat(lookedAt(300, 990)).isEqualTo(Level.LOW);
    }

    @Test
    void collectsNowAndThen_whileTheHeapCountsAsFull() {
        assertThat(lookedAt(990, 990)).isEqualTo(Level.CRITICAL);
        assertThat(collections).hasValue(1);
        watch.look();
        assertThat(collections).hasValue(1);
        clock.addAndGet(TimeUnit.SECONDS.toNanos(10));
        watch.look();
        assertThat(collections).hasValue(2);
    }

    @Test
    void isNeverFull_whenThereIsNoLimit() {
        pool.most = -1;
        assertThat(lookedAt(990, 990)).isEqualTo(Level.LOW);
    }

    @Test
    void tellsItsMetrics() {
        assertThat(lookedAt(900, 900)).isEqualTo(Level.HIGH);

        assertThat(watch.collect().block())
                .extracting(
                        family -> family.name() + " " + family.samples().get(0).value())
                .containsExactly("sluice_heap_live_ratio 0.9", "sluice_heap_pressure 1.0");
    }

    @Test
    void readsEverySetting() {
        HeapConfig config =
                HeapConfig.from(new Settings(Map.of("SLUICE_HEAP_HIGH", "70", "SLUICE_HEAP_CRITICAL", "80")));

        assertThat(config).isEqualTo(new HeapConfig(70, 80));
        assertThatThrownBy(() -> new HeapConfig(80, 70)).hasMessageContaining("SLUICE_HEAP_CRITICAL");
    }
}
