package sluice.queue.schedule;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import sluice.core.FunctionName;
import sluice.core.FunctionStatus;
import sluice.core.Functions;
import sluice.core.calls.FunctionCaller;
import sluice.queue.Attempt;
import sluice.queue.Lane;
import sluice.queue.Ledger;
import sluice.queue.QueueConfig;
import sluice.queue.QueueCounters;
import sluice.queue.RetryPolicy;
import sluice.queue.Rid;
import sluice.queue.Waiting;

/** Attempts from the slot to what became of the call. Confined to the dispatcher's thread. */
final class Attempts {
    private static final Logger log = LoggerFactory.getLogger(Attempts.class);
    private static final long PAUSE_MILLIS = 1_000;

    private final Ledger ledger;
    private final FunctionCaller caller;
    private final Functions functions;
    private final QueueConfig config;
    private final QueueCounters counters;
    private final Loop loop;
    private final Lanes lanes;
    private final Map<Rid, Run> runs = new HashMap<>();

    Attempts(
            Ledger ledger,
            FunctionCaller caller,
            Functions functions,
            QueueConfig config,
            QueueCounters counters,
            Loop loop,
            Lanes lanes) {
        this.ledger = ledger;
        this.caller = caller;
        this.functions = functions;
        this.config = config;
        this.counters = counters;
        this.loop = loop;
        this.lanes = lanes;
    }

    /** An attempt that is being begun or runs. */
    private static final class Run {
        private final LaneState lane;
        private final Waiting call;
        private final FunctionCaller.Slot slot;
        private final double expectedMillis;
        private final long startMillis;
        private @Nullable Disposable running;
        private boolean isCalled;
        private boolean isWithdrawn;
        private boolean isOver;
        /** Whether the journal told of the call meanwhile, as it was when it was taken. */
        private boolean wasToldAgain;
        /** Whether the journal told that the call waits otherwise than when it was taken. */
        private boolean waitsAnew;

        Run(LaneState lane, Waiting call, FunctionCaller.Slot slot, long startMillis) {
            this.lane = lane;
            this.call = call;
            this.slot = slot;
            this.expectedMillis = lane.usualMillis();
            this.startMillis = startMillis;
        }
    }

    boolean isEmpty() {
        return runs.isEmpty();
    }

    Map<Lane, Integer> byLane() {
        Map<Lane, Integer> running = new HashMap<>();
        runs.values().forEach(run -> running.merge(run.lane.lane, 1, Integer::sum));
        return running;
    }

    void abortAll() {
        List.copyOf(runs.values()).forEach(this::abort);
    }

    /** Ends the attempt of that call, if there is one. */
    void abort(Rid rid) {
        Run run = runs.get(rid);
        if (run != null) {
            abort(run);
        }
    }

    /** Whether there is an attempt of that call, which then looks at its end for what the journal has told. */
    boolean hear(Waiting call) {
        Run run = runs.get(call.rid());
        if (run == null) {
            return false;
        }
        // late word of a call that was read from the ledger before, or early word of its next turn
        run.wasToldAgain = true;
        run.waitsAnew |= !call.equals(run.call);
        return true;
    }

    /** Begins {@code call} in the ledger and, if it still waits there, calls its function in {@code slot}. */
    void begin(LaneState lane, Waiting call, FunctionCaller.Slot slot) {
        Run run = new Run(lane, call, slot, ledger.nowMillis());
        runs.put(call.rid(), run);
        run.running = ledger.begin(call)
                .map(Optional::of)
                .defaultIfEmpty(Optional.empty())
                .subscribe(
                        attempt -> loop.run(() -> begun(run, attempt.orElse(null)), slot::release),
                        error -> loop.run(() -> notBegun(run, error), slot::release));
    }

    private void notBegun(Run run, Throwable error) {
        log.warn("an attempt of {} could not be begun, trying again: {}", run.lane.lane, error.getMessage());
        run.lane.notBeforeMillis = ledger.nowMillis() + PAUSE_MILLIS;
        over(run, run.call);
    }

    /** @param attempt null when the call does not wait any more */
    private void begun(Run run, @Nullable Attempt attempt) {
        if (attempt == null || run.isWithdrawn || run.isOver) {
            over(run, null);
            return;
        }
        run.isCalled = true;
        counters.waits.add(Math.max(0, ledger.nowMillis() - attempt.dueMillis()) / 1e3);
        RunningAttempt running = new RunningAttempt(
                ledger, caller(run.slot), attempt, policy(run.lane.lane.function()), loop.scheduler());
        run.running = running.run(run.slot, run.call.expiresMillis())
                .subscribe(
                        result -> loop.run(() -> ended(run, result)),
                        error -> loop.run(() -> {
                            log.error("the outcome of an attempt of {} is not recorded", run.lane.lane, error);
                            over(run, null);
                        }));
    }

    private FunctionCaller caller(FunctionCaller.Slot slot) {
        return slot instanceof NoSlot none ? new FailingCaller(none.reason()) : caller;
    }

    private RetryPolicy policy(FunctionName name) {
        FunctionStatus function = functions.find(name);
        return RetryPolicy.of(
                config, function == null ? Map.of() : function.deployment().annotations());
    }

    private void ended(Run run, RunningAttempt.Result result) {
        double millis = millisOf(run);
        if (!run.isOver) {
            counters.processedOf(run.lane.lane.queue());
            if (result.waiting() != null && result.verdict() instanceof Verdict.Failed) {
                counters.retried.increment();
            }
            learn(run.lane, result.verdict(), millis);
        }
        over(run, result.waiting());
    }

    private void learn(LaneState lane, Verdict verdict, double millis) {
        boolean isTrouble = verdict instanceof Verdict.NoSlot
                || (verdict instanceof Verdict.Failed failed && (failed.status() == 429 || failed.status() == 504));
        if (isTrouble) {
            lane.adaptive.halve();
        } else {
            lane.adaptive.answered(millis);
        }
        if (verdict instanceof Verdict.NoSlot) {
            lane.notBeforeMillis = ledger.nowMillis() + 50;
        } else {
            lane.learn(millis);
        }
    }

    private double millisOf(Run run) {
        return Math.max(0, ledger.nowMillis() - run.startMillis);
    }

    private void abort(Run run) {
        run.isWithdrawn = true;
        Disposable running = run.running;
        if (run.isCalled && running != null) {
            running.dispose(); // before it is called, the answer of the ledger is awaited: it may have begun
            over(run, null);
        }
    }

    /** @param waiting the call as it waits again, or null */
    private void over(Run run, @Nullable Waiting waiting) {
        if (run.isOver) {
            return;
        }
        run.isOver = true;
        if (!run.isCalled) {
            run.slot.release();
        }
        LaneState lane = run.lane;
        runs.remove(run.call.rid(), run);
        lanes.share(lane).giveBack(lane);
        lanes.share(lane).serve(lane, millisOf(run) - run.expectedMillis);
        if (waiting == null) {
            lane.window.done(run.call.rid());
        } else {
            lane.window.add(waiting);
        }
        if (run.waitsAnew || (run.wasToldAgain && !run.isCalled)) {
            lane.window.mayHaveMore();
        }
        lanes.offer(lane);
    }
}
