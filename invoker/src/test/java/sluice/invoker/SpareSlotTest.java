package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static sluice.invoker.QueuedCalls.F;
import static sluice.invoker.QueuedCalls.head;
import static sluice.invoker.QueuedCalls.text;
import static sluice.invoker.Requests.get;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.RouteChange;
import sluice.core.calls.FunctionCaller.Slot;

/** Calls of a queue get what clients leave, all of it, and nothing more. */
class SpareSlotTest {
    @RegisterExtension
    final GatewayFixture gateway = GatewayFixture.standard();

    private final CountDownLatch release = new CountDownLatch(1);

    @Test
    void leavesOneSlotOfEachReplicaFree() throws Exception {
        RawFunction function = gateway.running(RawFunction.answering(RawFunction.OK));
        gateway.deployLimited("f", 3, function.endpoint("a"), function.endpoint("b"));
        List<Slot> slots = List.of(slot(), slot(), slot(), slot());
        CompletableFuture<Slot> fifth = gateway.caller().slot(F).toFuture();
        Eventually.await("the fifth to wait", () -> gateway.callsInFlight() == 1);
        for (int i = 0; i < 10; i++) {
            assertThat(gateway.call(get("/function/f")).status()).isEqualTo(200);
        }
        assertThat(fifth).isNotDone();
        slots.get(0).release();
        slots.get(0).release();
        Slot granted = fifth.get();
        assertThat(granted.isBounded()).isTrue();
        assertThat(granted.function()).isEqualTo(F);
        granted.release();
        slots.forEach(Slot::release);
    }

    @Test
    void waitsBehindAClient_whileTheOnlySlotIsTaken() throws Exception {
        List<String> order = new CopyOnWriteArrayList<>();
        RawFunction function = gateway.running((connection, number) -> {
            while (true) {
                order.add(connection.request().target());
                connection.send(RawFunction.OK);
            }
        });
        gateway.deployLimited("f", 1, function.endpoint("a"));
        Slot only = slot();
        CompletableFuture<String> queued = gateway.caller()
                .slot(F)
                .flatMap(slot -> gateway.caller().call(slot, head("GET", "/queued", 0), Flux.empty()))
                .flatMap(answer -> text(answer.body()))
                .toFuture();
        Eventually.await("the queue to wait", () -> gateway.callsInFlight() == 1);
        try (RawConnection client = gateway.connect()) {
            client.send(get("/function/f/client"));
            Eventually.await("the client to wait", () -> gateway.callsInFlight() == 2);
            only.release();
            assertThat(client.answer().status()).isEqualTo(200);
        }
        assertThat(queued.get()).isEqualTo("ok");
        assertThat(order).containsExactly("/client", "/queued");
    }

    @Test
    void isServedAfterAClientThatHadBeenFirst_leaves() throws Exception {
        RawFunction function = gateway.function("f", (connection, number) -> {
            connection.request();
            release.await();
            connection.send(RawFunction.OK);
        });
        gateway.deployLimited("f", 1, function.endpoint("a"));
        try (RawConnection running = gateway.connect()) {
            running.send(get("/function/f"));
            Eventually.await("the call to run", () -> function.requests().size() == 1);
            RawConnection waiting = gateway.connect();
            waiting.send(get("/function/f"));
            Eventually.await("a client to wait", () -> gateway.callsInFlight() == 2);
            CompletableFuture<Slot> queued = gateway.caller().slot(F).toFuture();
            Eventually.await("the queue to wait", () -> gateway.callsInFlight() == 3);
            waiting.reset();
            Eventually.await("the client to be gone", () -> gateway.callsInFlight() == 2);
            release.countDown();
            assertThat(running.answer().status()).isEqualTo(200);
            queued.get().release();
        }
    }

    @Test
    void leavesWhenItIsCancelled_andGivesBackWhatNobodyUsed() throws Exception {
        RawFunction function = gateway.running(RawFunction.answering(RawFunction.OK));
        gateway.deployLimited("f", 1, function.endpoint("a"));
        Slot only = slot();
        Disposable leaving = gateway.caller().slot(F).subscribe();
        Eventually.await("it to wait", () -> gateway.callsInFlight() == 1);
        leaving.dispose();
        assertThat(gateway.callsInFlight()).isZero();
        only.release();

        AtomicInteger delivered = new AtomicInteger();
        Disposable unused = gateway.caller()
                .slot(F)
                .doOnNext(slot -> delivered.incrementAndGet())
                .flatMap(slot -> Mono.never())
                .subscribe();
        Eventually.await("a slot", () -> delivered.get() == 1);
        unused.dispose();
        slot().release();
    }

    @Test
    void failsWhenTheFunctionIsUnknown_orRemovedMeanwhile() throws Exception {
        assertUnknown(gateway.caller().slot(F).toFuture());
        RawFunction function = gateway.running(RawFunction.answering(RawFunction.OK));
        gateway.deployLimited("f", 1, function.endpoint("a"));
        Slot only = slot();
        CompletableFuture<Slot> waiting = gateway.caller().slot(F).toFuture();
        Eventually.await("it to wait", () -> gateway.callsInFlight() == 1);
        gateway.provider().drop(F);
        assertUnknown(waiting);
        only.release();
    }

    private static void assertUnknown(CompletableFuture<Slot> slot) {
        assertThatThrownBy(slot::get)
                .hasCauseInstanceOf(FailureException.class)
                .cause()
                .satisfies(e -> assertThat(((FailureException) e).failure()).isEqualTo(Failure.UNKNOWN_FUNCTION));
    }

    @Test
    void wakesTheFunction_andAgainWhenItIsPutToSleepMeanwhile() throws Exception {
        RawFunction function = gateway.running(RawFunction.answering(RawFunction.OK));
        gateway.deploy("f");
        List<Integer> asked = new CopyOnWriteArrayList<>();
        Disposable feed = gateway.provider().changes().subscribe(change -> {
            if (change instanceof RouteChange.Changed changed) {
                asked.add(changed.status().replicas());
            }
        });
        CompletableFuture<Slot> waiting = gateway.caller().slot(F).toFuture();
        Eventually.await("one replica to be asked for", () -> Collections.frequency(asked, 1) == 1);
        gateway.deploy("f");
        Eventually.await("it to be asked for again", () -> Collections.frequency(asked, 1) == 2);
        gateway.deploy("f", function.endpoint("a"));
        waiting.get().release();
        feed.dispose();
    }

    /**
     * The claim of {@link Route}'s essay. Clients and queue, on many threads, take slots, wait, leave and release; a
     * wake-up that is lost leaves a waiter behind whom nobody serves.
     */
    @Test
    void losesNoWakeUp_howeverBothKindsMeet() throws Exception {
        RawFunction function = gateway.running(RawFunction.answering(RawFunction.OK));
        gateway.deployLimited("f", 2, function.endpoint("a"), function.endpoint("b"));
        AtomicInteger inUse = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        Parallel.run(6, number -> {
            Random random = new Random(number);
            for (int i = 0; i < (number < 2 ? 300 : 3_000); i++) {
                if (number < 2) {
                    assertThat(gateway.call(get("/function/f")).status()).isEqualTo(200);
                } else if (random.nextInt(4) == 0) {
                    gateway.caller()
                            .slot(F)
                            .flatMap(slot -> Mono.never())
                            .subscribe()
                            .dispose();
                } else {
                    Slot slot = slot();
                    most.accumulateAndGet(inUse.incrementAndGet(), Math::max);
                    if (random.nextInt(8) == 0) {
                        Eventually.linger(Duration.ofNanos(random.nextInt(200_000)));
                    }
                    inUse.decrementAndGet();
                    slot.release();
                }
            }
        });
        assertThat(most.get()).isBetween(1, 2);
        gateway.awaitNothingInFlight();
        List<Slot> all = List.of(slot(), slot());
        all.forEach(Slot::release);
    }

    @Test
    void callsNobody_untilItKnowsWhereToRun() throws Exception {
        RawFunction function = gateway.running(RawFunction.answering(RawFunction.OK));
        gateway.deploy("f", function.endpoint("a"));
        Invoker invoker = gateway.anotherInvoker();
        CompletableFuture<Slot> early = invoker.caller().slot(F).toFuture();
        assertThat(early).isNotDone();
        invoker.runOn(gateway.eventLoops());
        early.get().release();
        invoker.dispose();
    }

    private Slot slot() {
        return Objects.requireNonNull(QueuedCalls.slot(gateway.caller()));
    }
}
