package sluice.queue.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import sluice.core.FunctionName;
import sluice.core.calls.CallJournal.Submitted;
import sluice.core.calls.CallQuery;
import sluice.core.calls.CallState;
import sluice.core.calls.FunctionCaller;
import sluice.core.calls.Submission;
import sluice.queue.NoFunctions;
import sluice.queue.QueueConfig;
import sluice.queue.QueueConfigs;
import sluice.queue.QueueCounters;
import sluice.queue.SomeCalls;
import sluice.queue.schedule.Dispatcher;

/** Journal and dispatcher together: what is withdrawn does not run. */
final class CancelTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final CallQuery ALL = new CallQuery("", null, "", "", Set.of(), Map.of(), null, null);

    @TempDir
    private Path directory;

    private final Set<String> withdrawn = ConcurrentHashMap.newKeySet();
    private final AtomicInteger started = new AtomicInteger();
    private final AtomicInteger startedTooLate = new AtomicInteger();
    private final AtomicInteger aborted = new AtomicInteger();
    private Mono<Long> answers = Mono.never();
    private EmbeddedJournal journal;
    private Dispatcher dispatcher;
    private Scheduler loop;

    @BeforeEach
    void start() throws IOException {
        QueueConfig config = QueueConfigs.with("SLUICE_QUEUE_MAX_INFLIGHT", "1000");
        QueueCounters counters = new QueueCounters();
        loop = Schedulers.newSingle("test-dispatcher");
        journal = EmbeddedJournal.open(directory, config, new NoFunctions(), counters);
        dispatcher =
                new Dispatcher(journal.ledger(), new Watched(), new NoFunctions(), config, counters, loop, at -> {});
        dispatcher.start();
    }

    @AfterEach
    void stop() throws IOException {
        dispatcher.stop(Duration.ZERO).block(PATIENCE);
        journal.close();
        loop.dispose();
    }

    /** Has as many slots as anybody wants, and answers when {@link #answers} does. */
    private final class Watched implements FunctionCaller {
        private record Free(FunctionName function) implements Slot {
            @Override
            public boolean isBounded() {
                return true;
            }

            @Override
            public void release() {}
        }

        @Override
        public Mono<Slot> slot(FunctionName function) {
            return Mono.just(new Free(function));
        }

        @Override
        public Mono<CallAnswer> call(Slot slot, CallHead head, Flux<ByteBuf> body) {
            started.incrementAndGet();
            if (withdrawn.contains(head.headers().get("X-Call-Id"))) {
                startedTooLate.incrementAndGet();
            }
            return body.doOnNext(ByteBuf::release)
                    .then(answers)
                    .map(answer -> new CallAnswer(200, new DefaultHttpHeaders(), Flux.empty()))
                    .doOnCancel(aborted::incrementAndGet);
        }
    }

    private void submit(int count) {
        List<Submitted> kept = Objects.requireNonNull(Flux.range(0, count)
                .flatMap(i -> journal.submit(SomeCalls.to(SomeCalls.ECHO), SomeCalls.body(new byte[10])), 64)
                .collectList()
                .block(PATIENCE));
        assertThat(kept).hasSize(count);
    }

    private static void eventually(BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("it did not happen").isLessThan(end);
            Thread.onSpinWait();
        }
    }

    @Test
    void abortsAllThatRun_andStartsNoneThatWaits() {
        submit(1_000);
        eventually(() -> started.get() == 1_000);
        submit(2_000);

        Long cancelled = journal.cancelAll(ALL).block(PATIENCE);

        assertThat(cancelled).isEqualTo(3_000);
        assertThat(aborted).hasValue(1_000);
        assertThat(started).hasValue(1_000);
        assertThat(journal.openCalls()).isZero();
    }

    @Test
    void startsNothingAfterACancelWasAnswered_howeverTheyRace() {
        answers = Mono.just(1L);
        Flux.range(0, 3_000)
                .flatMap(
                        i -> {
                            Submission call = SomeCalls.to(SomeCalls.ECHO);
                            return journal.submit(call, SomeCalls.body(new byte[10]))
                                    .map(submitted -> ((Submitted.Accepted) submitted).rid())
                                    .flatMap(journal::cancel)
                                    .doOnNext(state -> {
                                        if (state == CallState.CANCELLED) {
                                            withdrawn.add(call.callId());
                                        }
                                    });
                        },
                        32)
                .blockLast(PATIENCE);
        eventually(() -> journal.openCalls() == 0);

        assertThat(startedTooLate).hasValue(0);
        assertThat(withdrawn).isNotEmpty();
    }
}
