package sluice.queue.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import reactor.test.scheduler.VirtualTimeScheduler;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FunctionName;
import sluice.core.calls.CallState;
import sluice.queue.Ending;
import sluice.queue.Lane;
import sluice.queue.NoFunctions;
import sluice.queue.QueueConfigs;
import sluice.queue.QueueCounters;
import sluice.queue.Rid;
import sluice.queue.Waiting;

final class DispatcherTest {
    private static final Lane SLOW = new Lane(Lane.DEFAULT_QUEUE, new FunctionName("slow", "openfaas-fn"));
    private static final Lane FAST = new Lane(Lane.DEFAULT_QUEUE, new FunctionName("fast", "openfaas-fn"));
    private static final int MANY = 10_000;

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final FakeLedger ledger = new FakeLedger(time, 3);
    private final FakeCaller caller = new FakeCaller(time);
    private final QueueCounters counters = new QueueCounters();

    @CanIgnoreReturnValue
    private Dispatcher dispatcher(int slots) {
        Dispatcher dispatcher = new Dispatcher(
                ledger,
                caller,
                new NoFunctions(),
                QueueConfigs.with(
                        "SLUICE_QUEUE_MAX_INFLIGHT",
                        Integer.toString(slots),
                        "backoff",
                        "exponential",
                        "initial_retry_wait",
                        "10s"),
                counters,
                time,
                at -> {});
        dispatcher.start();
        pass(Duration.ofMillis(1));
        return dispatcher;
    }

    private void pass(Duration duration) {
        time.advanceTimeBy(duration);
    }

    private long waited(Rid rid) {
        return Objects.requireNonNull(ledger.begun.get(rid)) - (rid.high() >>> 16);
    }

    @Test
    void runsAllCallsOfALane_inTheirOrder() {
        caller.function(FAST.function(), Duration.ofMillis(10), 3);
        List<Rid> rids = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            rids.add(ledger.submit(FAST));
        }
        dispatcher(100);
        for (int i = 0; i < 500; i++) {
            rids.add(ledger.submit(FAST));
        }
        pass(Duration.ofSeconds(10));

        assertThat(ledger.order).containsExactlyElementsOf(rids);
        assertThat(ledger.ended).hasSize(1_000);
        assertThat(caller.mostRunning(FAST.function())).isEqualTo(3);
        assertThat(counters.processed.sum()).isEqualTo(1_000);
    }

    @Test
    void startsCalls_thatAppearBeforeThoseItKnows() {
        caller.function(FAST.function(), Duration.ofMillis(10), 1);
        dispatcher(100);
        pass(Duration.ofSeconds(10));
        for (int i = 0; i < 30; i++) {
            ledger.submit(FAST);
        }
        pass(Duration.ofMillis(50));
        ledger.appear(FAST, 500, 5_000);
        pass(Duration.ofSeconds(10));

        assertThat(ledger.ended).hasSize(530);
    }

    @Test
    void hardlyDelaysAnotherFunction_whenOneHasAHugeBacklog() {
        caller.function(SLOW.function(), Duration.ofSeconds(1), Integer.MAX_VALUE);
        caller.function(FAST.function(), Duration.ofMillis(50), 100);
        for (int i = 0; i < MANY; i++) {
            ledger.submit(SLOW);
        }
        dispatcher(20);
        ledger.submit(FAST);
        pass(Duration.ofSeconds(2)); // from here on it is known that there are two
        List<Rid> rids = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            rids.add(ledger.submit(FAST));
            pass(Duration.ofMillis(100));
        }

        long p99 = rids.stream()
                .map(this::waited)
                .sorted(Comparator.reverseOrder())
                .skip(3)
                .findFirst()
                .orElseThrow();
        assertThat(p99).as("ms").isLessThanOrEqualTo(5);
        assertThat(ledger.running.values())
                .extracting(attempt -> attempt.lane())
                .containsOnly(SLOW);
        assertThat(caller.running(SLOW.function())).isEqualTo(10);
    }

    @Test
    void givesAllSlotsToOneFunction_whenNoOtherWantsAny() {
        caller.function(SLOW.function(), Duration.ofSeconds(1), Integer.MAX_VALUE);
        for (int i = 0; i < MANY; i++) {
            ledger.submit(SLOW);
        }
        dispatcher(20);
        pass(Duration.ofMillis(500));

        assertThat(caller.running(SLOW.function())).isEqualTo(20);
    }

    @Test
    void servesFunctionsBySlotTime_notByCalls() {
        caller.function(SLOW.function(), Duration.ofMillis(400), Integer.MAX_VALUE);
        caller.function(FAST.function(), Duration.ofMillis(100), Integer.MAX_VALUE);
        for (int i = 0; i < MANY; i++) {
            ledger.submit(SLOW);
            ledger.submit(FAST);
        }
        dispatcher(11);
        pass(Duration.ofSeconds(60));

        long slow = ledger.ended.size() - countEnded(FAST);
        double slowTime = slow * 400.0;
        double fastTime = countEnded(FAST) * 100.0;
        assertThat(slowTime / fastTime).isBetween(0.7, 1.4);
    }

    private long countEnded(Lane lane) {
        Set<Rid> fast = new java.util.HashSet<>();
        ledger.order.stream().filter(rid -> rid.low() % 2 == 1).forEach(fast::add);
        assertThat(lane).isEqualTo(FAST); // which was given the odd numbers
        return ledger.ended.keySet().stream().filter(fast::contains).count();
    }

    @Test
    void isNotHeldUp_byAFunctionWithoutASlot() {
        caller.function(SLOW.function(), Duration.ofSeconds(1), 0);
        caller.function(FAST.function(), Duration.ofMillis(10), 10);
        for (int i = 0; i < 200; i++) {
            ledger.submit(SLOW);
        }
        dispatcher(4);
        pass(Duration.ofSeconds(1));
        List<Rid> rids = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            rids.add(ledger.submit(FAST));
            pass(Duration.ofMillis(50));
        }

        assertThat(rids).allSatisfy(rid -> assertThat(waited(rid)).isLessThanOrEqualTo(5));
        assertThat(caller.waiting(SLOW.function())).isBetween(1, 16);
    }

    @Test
    void findsItsLimit_whereReplicasHaveNone() {
        caller.unlimited(SLOW.function(), Duration.ofMillis(100));
        for (int i = 0; i < MANY; i++) {
            ledger.submit(SLOW);
        }
        dispatcher(1_000);
        pass(Duration.ofMillis(50));
        assertThat(caller.running(SLOW.function())).isEqualTo(4);
        pass(Duration.ofSeconds(20));

        assertThat(caller.mostRunning(SLOW.function())).isEqualTo(50);
    }

    @Test
    void triesAgainAfterTheWait_andGivesUpAfterTheLastAttempt() {
        caller.function(FAST.function(), Duration.ofMillis(10), 1);
        dispatcher(10);
        caller.answers(FAST.function(), new DefaultHttpHeaders(), 500, 502, 503);
        Rid rid = ledger.submit(FAST);

        pass(Duration.ofSeconds(9));
        assertThat(ledger.order).hasSize(1);
        pass(Duration.ofSeconds(2));
        assertThat(ledger.order).hasSize(2);
        pass(Duration.ofSeconds(18));
        assertThat(ledger.order).hasSize(2);
        pass(Duration.ofSeconds(3));

        Ending ending = Objects.requireNonNull(ledger.ended.get(rid));
        assertThat(ending.state()).isEqualTo(CallState.DEAD);
        assertThat(ending.httpStatus()).isEqualTo(503);
        assertThat(ending.answer()).as("the last response is kept").isNotNull();
        assertThat(counters.retried.sum()).isEqualTo(2);
    }

    @Test
    void waitsAsLongAsTheFunctionAsks() {
        caller.function(FAST.function(), Duration.ofMillis(10), 1);
        dispatcher(10);
        caller.answers(FAST.function(), new DefaultHttpHeaders().set("Retry-After", "30"), 429);
        ledger.submit(FAST);

        pass(Duration.ofSeconds(29));
        assertThat(ledger.order).hasSize(1);
        pass(Duration.ofSeconds(2));
        assertThat(ledger.order).hasSize(2);
        assertThat(ledger.ended).hasSize(1);
    }

    @Test
    void usesNoAttempt_whenTheFunctionHadNoSlot() {
        caller.function(FAST.function(), Duration.ofMillis(10), 1);
        dispatcher(10);
        caller.answers(
                FAST.function(), new DefaultHttpHeaders().set("X-OpenFaaS-Internal", "faas-netes"), 429, 429, 429, 429);
        Rid rid = ledger.submit(FAST);

        pass(Duration.ofSeconds(10));

        assertThat(Objects.requireNonNull(ledger.ended.get(rid)).state()).isEqualTo(CallState.COMPLETED);
        assertThat(ledger.failures).isEmpty();
    }

    @Test
    void givesUpAtOnce_whenWhoeverWasLetInWouldNotBeNow() {
        caller.function(FAST.function(), Duration.ofMillis(10), 1);
        dispatcher(10);
        caller.refusal = Failure.NOT_AUTHENTICATED.in(Component.ACCESS, "unauthorized: token revoked");
        Rid rid = ledger.submit(FAST);

        pass(Duration.ofMinutes(10));

        Ending ending = Objects.requireNonNull(ledger.ended.get(rid));
        assertThat(ending.state()).isEqualTo(CallState.DEAD);
        assertThat(ending.httpStatus()).isEqualTo(401);
        assertThat(ending.reason()).isEqualTo("unauthorized: token revoked");
        assertThat(caller.refused).isEqualTo(1);
        assertThat(counters.retried.sum()).isZero();
    }

    @Test
    void abortsARunningCall_thatIsWithdrawn() {
        caller.function(SLOW.function(), Duration.ofSeconds(30), 2);
        dispatcher(10);
        Rid first = ledger.submit(SLOW);
        Rid second = ledger.submit(SLOW);
        Rid third = ledger.submit(SLOW);
        pass(Duration.ofSeconds(1));

        ledger.cancel(third); // the other way round its slot would go to this one
        ledger.cancel(first);
        pass(Duration.ofMillis(10));

        assertThat(caller.aborted).isEqualTo(1);
        pass(Duration.ofSeconds(60));
        assertThat(ledger.ended.keySet()).containsExactly(second);
        assertThat(ledger.order).doesNotContain(third);
        assertThat(caller.waiting(SLOW.function())).as("wishes for slots").isZero();
    }

    @Test
    void stillAbortsARunningCall_ofWhichItWasToldLate() {
        caller.function(SLOW.function(), Duration.ofSeconds(30), 2);
        Rid rid = ledger.submit(SLOW);
        Waiting call = Objects.requireNonNull(ledger.waiting.get(SLOW)).first();
        dispatcher(10);
        pass(Duration.ofSeconds(1));

        ledger.tellLate(call);
        pass(Duration.ofSeconds(1));
        ledger.cancel(rid);
        pass(Duration.ofMillis(10));

        assertThat(ledger.order).containsExactly(rid);
        assertThat(caller.aborted).isEqualTo(1);
    }

    @Test
    void startsNothing_whilePaused() {
        caller.function(FAST.function(), Duration.ofMillis(10), 1);
        Dispatcher dispatcher = dispatcher(10);
        dispatcher.paused(Set.of(Lane.DEFAULT_QUEUE), Set.of());
        Rid rid = ledger.submit(FAST);
        pass(Duration.ofSeconds(5));
        assertThat(ledger.order).isEmpty();

        dispatcher.paused(Set.of(), Set.of(FAST.function().qualified()));
        pass(Duration.ofSeconds(5));
        assertThat(ledger.order).isEmpty();

        dispatcher.paused(Set.of(), Set.of());
        pass(Duration.ofSeconds(5));
        assertThat(ledger.ended).containsOnlyKeys(rid);
    }

    @Test
    void letsRunningCallsEnd_whenItStops() {
        caller.function(SLOW.function(), Duration.ofSeconds(3), 1);
        Dispatcher dispatcher = dispatcher(10);
        Rid first = ledger.submit(SLOW);
        ledger.submit(SLOW);
        pass(Duration.ofSeconds(1));
        List<String> signals = new ArrayList<>();

        dispatcher.stop(Duration.ofSeconds(30)).subscribe(done -> {}, e -> {}, () -> signals.add("stopped"));
        pass(Duration.ofSeconds(5));

        assertThat(ledger.ended).containsOnlyKeys(first);
        assertThat(signals).containsExactly("stopped");
    }
}
