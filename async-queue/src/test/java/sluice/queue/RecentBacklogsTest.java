package sluice.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

final class RecentBacklogsTest {
    private static final Duration BOUND = Duration.ofSeconds(20);

    private final AtomicLong nanos = new AtomicLong();
    private final List<Sinks.One<List<Backlog>>> counts = new ArrayList<>();
    private final RecentBacklogs recent = new RecentBacklogs(this::count, nanos::get);

    private Mono<List<Backlog>> count() {
        Sinks.One<List<Backlog>> count = Sinks.one();
        counts.add(count);
        return count.asMono();
    }

    private static List<Backlog> waiting(long calls) {
        return List.of(new Backlog(new Lane(Lane.DEFAULT_QUEUE, SomeCalls.ECHO), calls, 0));
    }

    private void pass(long millis) {
        nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    private void end(int count, long tookMillis, long calls) {
        pass(tookMillis);
        counts.get(count).tryEmitValue(waiting(calls)).orThrow();
    }

    private List<Backlog> told() {
        return Objects.requireNonNull(recent.recent().block(BOUND));
    }

    private void first(long tookMillis, long calls) {
        recent.recent().subscribe();
        end(0, tookMillis, calls);
    }

    @Test
    void keepsACount_20TimesAsLongAsItTook() {
        first(700, 500_000);
        pass(13_999);
        assertThat(told()).isEqualTo(waiting(500_000));
        assertThat(counts).hasSize(1);

        pass(1);
        List<List<Backlog>> later = new ArrayList<>();
        recent.recent().subscribe(later::add);
        end(1, 700, 499_000);

        assertThat(later).containsExactly(waiting(499_000));
        assertThat(told()).isEqualTo(waiting(499_000));
    }

    @Test
    void keepsNoCountLongerThanAMinute() {
        first(30_000, 500_000);
        pass(59_999);
        assertThat(told()).isEqualTo(waiting(500_000));
        assertThat(counts).hasSize(1);
        pass(1);
        recent.recent().subscribe();
        assertThat(counts).hasSize(2);
    }

    @Test
    void tellsTheLastCount_whileANewOneTakesLong() {
        first(700, 500_000);
        pass(60_000);
        assertThat(told()).isEqualTo(waiting(500_000));
        assertThat(told()).isEqualTo(waiting(500_000));
        assertThat(counts).as("one at a time, and it goes on").hasSize(2);

        end(1, 0, 7);

        pass(1);
        recent.recent().subscribe();
        assertThat(counts).as("what took no time is counted anew").hasSize(3);
        assertThat(told()).isEqualTo(waiting(7));
    }

    @Test
    void countsOnce_forAllWhoAskMeanwhile() {
        List<List<Backlog>> told = new ArrayList<>();
        recent.recent().subscribe(told::add);
        recent.recent().subscribe(told::add);
        end(0, 5, 3);
        assertThat(told).containsExactly(waiting(3), waiting(3));
        assertThat(counts).hasSize(1);
    }

    @Test
    void failsAsTheJournalDoes_andThenCountsAnew() {
        List<Throwable> errors = new ArrayList<>();
        recent.recent().subscribe(backlogs -> {}, errors::add);
        counts.get(0).tryEmitError(new IllegalStateException("away")).orThrow();
        assertThat(errors).hasSize(1);

        recent.recent().subscribe();
        end(1, 5, 3);
        assertThat(told()).isEqualTo(waiting(3));

        pass(60_000);
        recent.recent().subscribe(backlogs -> {}, errors::add);
        counts.get(2).tryEmitError(new IllegalStateException("away")).orThrow();
        assertThat(errors).as("no old count in place of a failure").hasSize(2);
    }
}
