package sluice.benchmarks.soak;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.function.IntToLongFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FlatnessTest {
    private static List<Vitals> samples(int count, IntToLongFunction heap) {
        return IntStream.range(0, count)
                .mapToObj(i -> new Vitals(10L * i, heap.applyAsLong(i), 0, 0, 0, 0))
                .toList();
    }

    @Test
    void seesSteadyGrowth() {
        Flatness trend = Flatness.of(samples(120, i -> 1_000 + 10L * i), Vitals::heap, 0.05, 2);

        assertThat(trend.growth()).isCloseTo(590, within(1e-6)); // 59 steps of the second half
        assertThat(trend.isFlat()).isFalse();
    }

    @Test
    void forgivesGrowthInTheFirstHalf() {
        assertThat(Flatness.of(samples(120, i -> Math.min(i, 60) * 100L), Vitals::heap, 0.05, 0)
                        .isFlat())
                .isTrue();
    }

    @Test
    void isNotMovedByNoiseAndSpikes() {
        Flatness trend =
                Flatness.of(samples(120, i -> 1_000 + (i % 3) * 20 + (i == 119 ? 100_000 : 0)), Vitals::heap, 0.05, 0);

        assertThat(trend.isFlat()).isTrue();
    }

    @Test
    void allowsSmallQuantitiesAnAmount() {
        List<Vitals> samples = samples(40, i -> 10 + i / 10);

        assertThat(Flatness.of(samples, Vitals::heap, 0.05, 0).isFlat()).isFalse();
        assertThat(Flatness.of(samples, Vitals::heap, 0.05, 8).isFlat()).isTrue();
    }

    @Test
    void shrinkingIsFlat() {
        assertThat(Flatness.of(samples(40, i -> 1_000 - i), Vitals::heap, 0, 0).isFlat())
                .isTrue();
    }

    @Test
    void wantsEnoughSamples() {
        assertThatThrownBy(() -> Flatness.of(samples(4, i -> 1), Vitals::heap, 0, 0))
                .hasMessageContaining("too few samples");
    }
}
