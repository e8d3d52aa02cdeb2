package sluice.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Record ids and how they are minted. */
final class RidTest {
    private static final long NOW = 1_767_322_245_000L;

    private final AtomicLong millis = new AtomicLong(NOW);
    private final Rids rids = new Rids(millis::get);

    @Test
    void readsWhatItWrote_asTextAndAsBytes() {
        for (Rid rid : List.of(new Rid(0, 0), new Rid(-1, -1), new Rid(1, Long.MIN_VALUE), rids.next())) {
            assertThat(Rid.parse(rid.toString())).contains(rid);
            assertThat(rid.toString()).hasSize(32);
            assertThat(Rid.of(rid.bytes())).isEqualTo(rid);
            assertThat(rid.bytes()).hasSize(Rid.BYTES);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0",
                "0000000000000000000000000000000",
                "000000000000000000000000000000000",
                "0000000000000000000000000000000A",
                "0000000000000000000000000000000g",
                "../0000000000000000000000000000/",
                "0000000000000000-000000000000000"
            })
    void readsNothingElse(String text) {
        assertThat(Rid.parse(text)).isEmpty();
    }

    @Test
    void isOrderedAlike_asValueAsTextAndAsBytes() {
        List<Rid> ordered = List.of(
                new Rid(0, 0),
                new Rid(0, 1),
                new Rid(0, -1),
                new Rid(1, 0),
                new Rid(Long.MIN_VALUE, 5),
                new Rid(-1, 5));
        for (int i = 1; i < ordered.size(); i++) {
            Rid before = ordered.get(i - 1);
            Rid after = ordered.get(i);
            assertThat(before).isLessThan(after);
            assertThat(before.toString()).isLessThan(after.toString());
            assertThat(Arrays.compareUnsigned(before.bytes(), after.bytes())).isNegative();
        }
    }

    @Test
    void hasTheTimeOfItsMinting() {
        assertThat(rids.next().millis()).isEqualTo(NOW);
        millis.set(NOW + 5);
        assertThat(rids.next().millis()).isEqualTo(NOW + 5);
    }

    @Test
    void grows_withinAMillisecond_overManyOfThem_andWhenTheClockGoesBack() {
        List<Rid> minted = new ArrayList<>();
        for (int i = 0; i < 70_000; i++) { // more than the 65,536 that one millisecond has
            minted.add(rids.next());
        }
        millis.set(NOW - 7_200_000);
        minted.add(rids.next());
        millis.set(NOW + 10);
        minted.add(rids.next());

        assertThat(minted).isSorted().doesNotHaveDuplicates();
        assertThat(minted.get(70_000).millis()).as("not hours back").isEqualTo(NOW + 1);
        assertThat(minted.get(70_001).millis()).isEqualTo(NOW + 10);
    }

    @Test
    void isUnique_whenManyThreadsMint() {
        List<Rid> minted =
                IntStream.range(0, 20_000).parallel().mapToObj(i -> rids.next()).toList();
        Set<Long> highs = new HashSet<>();
        minted.forEach(rid -> highs.add(rid.high()));
        assertThat(highs).hasSize(20_000);
    }

    @Test
    void differs_betweenProcessesThatMintAtTheSameMoment() {
        assertThat(new Rids(() -> NOW).next()).isNotEqualTo(new Rids(() -> NOW).next());
    }
}
