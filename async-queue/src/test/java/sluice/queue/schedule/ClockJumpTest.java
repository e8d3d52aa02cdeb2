package sluice.queue.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.test.scheduler.VirtualTimeScheduler;
import sluice.core.FunctionName;
import sluice.queue.JournalClock;
import sluice.queue.Lane;
import sluice.queue.NoFunctions;
import sluice.queue.QueueConfigs;
import sluice.queue.QueueCounters;
import sluice.queue.Rid;

/** The machine's clock is set while calls wait: nothing waits hours, nothing starts twice. */
final class ClockJumpTest {
    private static final Lane LANE = new Lane(Lane.DEFAULT_QUEUE, new FunctionName("f", "openfaas-fn"));
    private static final long NOON = 1_767_355_200_000L;

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final AtomicLong wallLead = new AtomicLong(NOON);
    private final FakeLedger ledger = new FakeLedger(time, 5);
    private final FakeCaller caller = new FakeCaller(time);
    private JournalClock clock = clock(0);

    private JournalClock clock(long lastSeenMillis) {
        return new JournalClock(
                () -> wallLead.get() + time.now(TimeUnit.MILLISECONDS),
                () -> time.now(TimeUnit.NANOSECONDS),
                lastSeenMillis);
    }

    @CanIgnoreReturnValue
    private Dispatcher start() {
        ledger.reopen(clock::millis);
        Dispatcher dispatcher = new Dispatcher(
                ledger,
                caller,
                new NoFunctions(),
                QueueConfigs.with("backoff", "exponential", "initial_retry_wait", "10s"),
                new QueueCounters(),
                time,
                at -> {});
        dispatcher.start();
        return dispatcher;
    }

    private void pass(long seconds) {
        time.advanceTimeBy(Duration.ofSeconds(seconds));
    }

    /** A call that has failed once, a second ago, and waits for nine more. */
    private Rid retrying() {
        caller.function(LANE.function(), Duration.ofMillis(10), 1);
        caller.answers(LANE.function(), new DefaultHttpHeaders(), 500);
        Rid rid = ledger.submit(LANE);
        pass(1);
        assertThat(ledger.order).containsExactly(rid);
        return rid;
    }

    @ParameterizedTest
    @ValueSource(longs = {-2, 2})
    void waitsAsLongAsBefore_whenTheClockJumpsMeanwhile(long hours) {
        start();
        Rid rid = retrying();

        wallLead.addAndGet(Duration.ofHours(hours).toMillis());

        pass(8);
        assertThat(ledger.order).hasSize(1);
        pass(2);
        assertThat(ledger.order).containsExactly(rid, rid);
        assertThat(ledger.ended).containsOnlyKeys(rid);
        wallLead.set(NOON);
        pass(7_300);
        assertThat(ledger.order).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(longs = {-2, 2})
    void startsACallOnce_andWithinItsWait_whenTheClockJumpedOverARestart(long hours) {
        Dispatcher before = start();
        Rid rid = retrying();
        before.stop(Duration.ZERO).subscribe();
        pass(1);
        long lastSeen = clock.millis();

        wallLead.addAndGet(Duration.ofHours(hours).toMillis());
        clock = clock(lastSeen);
        start();

        pass(10);
        assertThat(ledger.order).containsExactly(rid, rid);
        assertThat(ledger.ended).containsOnlyKeys(rid);
        pass(7_300);
        assertThat(ledger.order).hasSize(2);
    }
}
