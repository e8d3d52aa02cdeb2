package sluice.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SpreadTest {
    @Test
    void takesTheMiddleAndTheQuartiles() {
        assertThat(Spread.of(List.of(5.0, 1.0, 4.0, 2.0, 3.0))).isEqualTo(new Spread(3, 2, 4));
    }

    @Test
    void interpolatesBetweenNeighbours() {
        assertThat(Spread.of(List.of(1.0, 2.0, 3.0, 4.0))).isEqualTo(new Spread(2.5, 1.75, 3.25));
        assertThat(Spread.of(List.of(10.0, 20.0))).isEqualTo(new Spread(15, 12.5, 17.5));
    }

    @Test
    void isTheValueItself_forOneValue() {
        assertThat(Spread.of(List.of(7.0))).isEqualTo(new Spread(7, 7, 7));
    }

    @Test
    void isADash_forNone() {
        assertThat(Spread.of(List.of()).full(1)).isEqualTo("–");
        assertThat(Spread.of(List.of()).middle(1)).isEqualTo("–");
    }

    @Test
    void isWrittenWithItsQuartiles() {
        assertThat(new Spread(1234.5, 1000, 2000.25).full(1)).isEqualTo("1,234.5 (1,000.0–2,000.3)");
    }
}
