package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class LoopTimerTest {
    private static final long SECOND = 1_000_000_000L;

    private final LoopTimer timer = new LoopTimer(0);
    private final List<Entry> expired = new ArrayList<>();

    @Test
    void expiresAtItsDeadline_notBefore_andOnce() {
        Entry entry = new Entry();
        timer.arm(entry, SECOND);
        turnTo(SECOND - 1);
        assertThat(expired).isEmpty();
        turnTo(SECOND + 2 * LoopTimer.TICK_NANOS);
        assertThat(expired).containsExactly(entry);
        turnTo(500 * SECOND);
        assertThat(expired).hasSize(1);
    }

    @Test
    void expiresBeyondOneTurnOfTheWheel() {
        Entry entry = new Entry();
        timer.arm(entry, 600 * SECOND);
        turnTo(599 * SECOND);
        assertThat(expired).isEmpty();
        turnTo(601 * SECOND);
        assertThat(expired).containsExactly(entry);
    }

    @Test
    void doesNotExpire_onceDisarmed() {
        Entry first = new Entry();
        Entry second = new Entry();
        Entry third = new Entry();
        timer.arm(first, SECOND);
        timer.arm(second, SECOND);
        timer.arm(third, SECOND);
        timer.disarm(second);
        timer.disarm(second);
        turnTo(2 * SECOND);
        assertThat(expired).containsExactlyInAnyOrder(first, third);
    }

    @Test
    void catchesUp_whenTheLoopWasBusyForLong() {
        Entry near = new Entry();
        Entry far = new Entry();
        timer.arm(near, SECOND);
        timer.arm(far, 300 * SECOND);
        timer.turn(301 * SECOND);
        turnTo(301 * SECOND + 2 * LoopTimer.TICK_NANOS);
        assertThat(expired).contains(near);
        turnTo(404 * SECOND);
        assertThat(expired).containsExactlyInAnyOrder(near, far);
    }

    @Test
    void expiresEachEntryOnce_whateverTheOrderOfArmingAndDisarming() {
        Random random = new Random(7);
        List<Entry> armed = new ArrayList<>();
        List<Entry> all = new ArrayList<>();
        long now = 0;
        for (int i = 0; i < 20_000; i++) {
            now += random.nextInt(50) * 1_000_000L;
            timer.turn(now);
            armed.removeIf(entry -> entry.times > 0);
            if (random.nextBoolean() || armed.isEmpty()) {
                Entry entry = new Entry();
                timer.arm(entry, now + (long) random.nextInt(200) * SECOND);
                armed.add(entry);
                all.add(entry);
            } else {
                Entry entry = armed.remove(random.nextInt(armed.size()));
                timer.disarm(entry);
                all.remove(entry);
            }
        }
        turnTo(now + 201 * SECOND, now);
        assertThat(all).allSatisfy(entry -> assertThat(entry.times).isEqualTo(1));
    }

    private void turnTo(long nanos) {
        turnTo(nanos, 0);
    }

    private void turnTo(long nanos, long from) {
        for (long now = from; now < nanos; now += LoopTimer.TICK_NANOS) {
            timer.turn(now);
        }
        timer.turn(nanos);
    }

    private final class Entry extends Timed {
        private int times;

        @Override
        void expired(long nowNanos) {
            assertThat(nowNanos).isGreaterThanOrEqualTo(deadlineNanos);
            times++;
            expired.add(this);
        }
    }
}
