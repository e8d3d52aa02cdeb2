package sluice.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class IntervalTest {
    @Test
    void takesTheRanksOfTheBinomialDistribution() {
        assertThat(Interval.ofMedian(counted(30))).isEqualTo(new Interval(15.5, 10, 21));
        assertThat(Interval.ofMedian(counted(100))).isEqualTo(new Interval(50.5, 40, 61));
        assertThat(Interval.ofMedian(counted(6))).isEqualTo(new Interval(3.5, 1, 6));
    }

    @Test
    void saysNothing_ofTooFewValues() {
        assertThat(Interval.ofMedian(counted(5)).verdict()).isEqualTo("too few values");
        assertThat(Interval.ofMedian(List.of()).verdict()).isEqualTo("too few values");
    }

    @Test
    void saysWhatARatioMeans() {
        assertThat(verdict(0.90, 0.93)).isEqualTo("less");
        assertThat(verdict(1.02, 1.05)).isEqualTo("more");
        assertThat(verdict(0.98, 1.02)).isEqualTo("no difference seen");
        assertThat(verdict(0.60, 1.10)).isEqualTo("not resolvable here");
    }

    private static String verdict(double from, double to) {
        return Interval.ofMedian(IntStream.range(0, 30)
                        .mapToObj(i -> from + (to - from) * i / 29)
                        .flatMap(value -> DoubleStream.of(from, value, to).boxed())
                        .toList())
                .verdict();
    }

    private static List<Double> counted(int n) {
        return IntStream.rangeClosed(1, n).mapToObj(i -> (double) i).toList();
    }
}
