package sluice.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class JournalClockTest {
    private static final long NOON = 1_767_355_200_000L;
    private static final long HOURS = 7_200_000;

    private final AtomicLong wall = new AtomicLong(NOON);
    private final AtomicLong nanos = new AtomicLong(-5_000_000_000L); // a monotonic clock begins anywhere

    private JournalClock clock(long lastSeenMillis) {
        return new JournalClock(wall::get, nanos::get, lastSeenMillis);
    }

    private void pass(long millis) {
        nanos.addAndGet(millis * 1_000_000);
        wall.addAndGet(millis);
    }

    @Test
    void tellsTheWallsTime_andGoesOnWithIt() {
        JournalClock clock = clock(0);
        assertThat(clock.millis()).isEqualTo(NOON);
        pass(90_000);
        assertThat(clock.millis()).isEqualTo(NOON + 90_000);
    }

    @ParameterizedTest
    @ValueSource(longs = {-HOURS, HOURS})
    void doesNotJump_whenTheMachinesClockIsSet(long jump) {
        JournalClock clock = clock(0);
        pass(1_000);
        wall.addAndGet(jump);
        assertThat(clock.millis()).isEqualTo(NOON + 1_000);
        pass(1_000);
        assertThat(clock.millis()).isEqualTo(NOON + 2_000);
    }

    @Test
    void goesOnFromTheLastTimeSeen_whenTheMachinesClockWentBackOverARestart() {
        wall.set(NOON - HOURS);
        JournalClock clock = clock(NOON);
        assertThat(clock.millis()).isEqualTo(NOON);
        pass(1_000);
        assertThat(clock.millis())
                .as("does not stand still until the wall has caught up")
                .isEqualTo(NOON + 1_000);
    }

    @Test
    void followsTheMachinesClock_whenItWentForwardOverARestart() {
        wall.set(NOON + HOURS);
        assertThat(clock(NOON).millis()).isEqualTo(NOON + HOURS);
    }
}
