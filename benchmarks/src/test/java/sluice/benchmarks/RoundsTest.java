package sluice.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RoundsTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    @Test
    void endsAfterTheNumberAskedFor() {
        Rounds rounds = new Rounds(2, 0, Duration.ofMinutes(1));
        assertThat(rounds.next(0)).isTrue();
        assertThat(rounds.next(SECOND)).isTrue();
        assertThat(rounds.number()).isEqualTo(2);
        assertThat(rounds.next(2 * SECOND)).isFalse();
    }

    @Test
    void beginsNoneThatWouldEndTooLate() {
        Rounds rounds = new Rounds(9, 0, Duration.ofSeconds(10));
        assertThat(rounds.next(0)).isTrue();
        assertThat(rounds.next(4 * SECOND)).isTrue();
        assertThat(rounds.next(5 * SECOND)).isTrue(); // the longest took 4 s
        assertThat(rounds.next(7 * SECOND)).isFalse();
    }

    @Test
    void hasOneInAnyCase() {
        Rounds rounds = new Rounds(9, 0, Duration.ofSeconds(10));
        assertThat(rounds.next(11 * SECOND)).isTrue();
        assertThat(rounds.next(12 * SECOND)).isFalse();
    }
}
