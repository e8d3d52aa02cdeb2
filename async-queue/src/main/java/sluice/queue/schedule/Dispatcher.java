package sluice.queue.schedule;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import sluice.core.FunctionStatus;
import sluice.core.Functions;
import sluice.core.calls.FunctionCaller;
import sluice.queue.Arrivals;
import sluice.queue.Backlog;
import sluice.queue.Lane;
import sluice.queue.Ledger;
import sluice.queue.QueueConfig;
import sluice.queue.QueueCounters;
import sluice.queue.Rid;
import sluice.queue.Waiting;

/**
 * Starts calls. For each lane with a due call it asks the invoker for a slot, which is granted only when no client's call
 * wants it; with the slot the attempt is begun in the ledger, and only then the function is called.
 *
 * <p>Requests for slots, and what may happen between one and its answer, are in {@link SlotRequests}; whose turn it is, in
 * {@link QueueShare}; what becomes of an attempt, in {@link Attempts}. All state is confined to one thread, the {@link Loop}; public methods hand it tasks and return.
 */
public final class Dispatcher implements Arrivals {
    /** Annotation with the number of asynchronous calls of a function that run at once. */
    public static final String MAX_INFLIGHT = "sluice_async_max_inflight";

    private static final Logger log = LoggerFactory.getLogger(Dispatcher.class);
    private static final long PAUSE_MILLIS = 1_000;
    private static final int WISHES = 16;
    private static final int KEPT_LANES = 1_000; // for what was learned about their functions

    private final Ledger ledger;
    private final Functions functions;
    private final QueueConfig config;
    private final Loop loop;
    private final SlotRequests slots;
    private final Attempts attempts;
    private final Inbox inbox;
    private final LongConsumer callbackDue;
    private final Map<Lane, LaneState> lanes = new HashMap<>();
    private final Map<String, QueueShare> queues = new HashMap<>();
    private Set<String> pausedQueues = Set.of();
    private Set<String> pausedFunctions = Set.of();
    private long laneNumbers;
    private boolean isOutdated;
    private boolean isReading;
    private boolean isTold;
    private boolean isReady;
    private boolean isStopping;

    /**
     * Starts nothing before {@link #start}.
     *
     * @param thread of one thread; disposed of by whoever made it
     * @param callbackDue is told what {@link Arrivals#callbackDue} tells
     */
    public Dispatcher(
            Ledger ledger,
            FunctionCaller caller,
            Functions functions,
            QueueConfig config,
            QueueCounters counters,
            Scheduler thread,
            LongConsumer callbackDue) {
        this.ledger = ledger;
        this.functions = functions;
        this.config = config;
        this.loop = new Loop(thread);
        this.inbox = new Inbox(this.loop, this::take);
        OwnLanes own = new OwnLanes();
        this.slots = new SlotRequests(caller, this.loop, ledger::nowMillis, own);
        this.attempts = new Attempts(ledger, caller, functions, config, counters, this.loop, own);
        this.callbackDue = callbackDue;
    }

    /** Lets the ledger tell what waits. */
    public void start() {
        ledger.tell(this);
    }

    /** Starts nothing more; completes when running attempts have ended, or were aborted after {@code patience}. */
    public Mono<Void> stop(Duration patience) {
        return Mono.<Void>create(sink -> loop.run(() -> {
                    isStopping = true;
                    List.copyOf(lanes.values()).forEach(this::leaveQueues);
                    sink.success();
                }))
                .then(Flux.interval(Duration.ZERO, Duration.ofMillis(20), loop.scheduler())
                        .takeUntil(tick -> attempts.isEmpty())
                        .take(patience)
                        .then())
                .then(Mono.create(sink -> loop.run(() -> {
                    attempts.abortAll();
                    sink.success();
                })));
    }

    /** A copy of what runs, by lane. */
    public Mono<Map<Lane, Integer>> inFlight() {
        return Mono.create(sink -> loop.run(() -> sink.success(attempts.byLane())));
    }

    // ---- what the journal tells ------------------------------------------------------------------------------------

    @Override
    public void arrived(List<Waiting> calls) {
        inbox.add(calls);
    }

    private void take(List<Waiting> calls) {
        Set<LaneState> changed = new LinkedHashSet<>();
        for (Waiting call : calls) {
            if (!attempts.hear(call)) {
                LaneState lane = lane(call.lane());
                lane.window.add(call);
                changed.add(lane);
            }
        }
        changed.forEach(this::offer);
    }

    @Override
    public Mono<Void> withdrawn(Rid rid) {
        return Mono.create(sink -> loop.run(() -> {
            attempts.abort(rid);
            List.copyOf(lanes.values()).forEach(lane -> {
                if (lane.window.remove(rid)) {
                    offer(lane);
                }
            });
            sink.success();
        }));
    }

    @Override
    public void backlogsChanged() {
        loop.run(() -> {
            isOutdated = true;
            readBacklogs();
        });
    }

    /** One reading at a time, and one more when something changed meanwhile: it may have come too late for the first. */
    private void readBacklogs() {
        if (isReading || !isOutdated) {
            return;
        }
        isReading = true;
        isOutdated = false;
        ledger.backlogs()
                .subscribe(
                        backlogs -> loop.run(() -> {
                            isReading = false;
                            told(backlogs);
                            readBacklogs();
                        }),
                        error -> loop.run(() -> {
                            isReading = false;
                            log.warn("what waits could not be read, trying again: {}", error.getMessage());
                            loop.later(this::backlogsChanged, PAUSE_MILLIS);
                        }));
    }

    @Override
    public void paused(Set<String> queues, Set<String> functions) {
        loop.run(() -> {
            isReady = true;
            pausedQueues = Set.copyOf(queues);
            pausedFunctions = Set.copyOf(functions);
            List.copyOf(lanes.values()).forEach(lane -> {
                lane.isPaused = isPaused(lane.lane);
                offer(lane);
            });
        });
    }

    @Override
    public void callbackDue(long atMillis) {
        callbackDue.accept(atMillis);
    }

    private void told(List<Backlog> backlogs) {
        isTold = true;
        for (Backlog backlog : backlogs) {
            LaneState lane = lane(backlog.lane());
            lane.window.mayHaveMore();
            offer(lane);
        }
    }

    // ---- lanes -----------------------------------------------------------------------------------------------------

    /** A lane that is not known has nothing but the call that just came, once the backlogs were told. */
    private LaneState lane(Lane name) {
        LaneState lane = lanes.get(name);
        if (lane == null) {
            FunctionStatus function = functions.find(name.function());
            lane = new LaneState(name, laneNumbers++, isTold, function == null ? 1 : function.availableReplicas());
            lane.isPaused = isPaused(name);
            lanes.put(name, lane);
        }
        return lane;
    }

    private boolean isPaused(Lane lane) {
        return pausedQueues.contains(lane.queue())
                || pausedFunctions.contains(lane.function().qualified());
    }

    private QueueShare share(LaneState lane) {
        return queues.computeIfAbsent(lane.lane.queue(), name -> new QueueShare(config.maxInflight()));
    }

    /** Looks at a lane anew after anything about it changed. */
    private void offer(LaneState lane) {
        refill(lane);
        QueueShare share = share(lane);
        if (mayWish(lane)) {
            share.enter(lane, ledger.nowMillis());
        } else {
            share.leave(lane);
            if (isStopping || lane.isPaused || lane.window.isEmpty()) {
                slots.drop(lane);
            }
            setAlarm(lane);
            forgetIdle(lane);
        }
        turn(share);
    }

    private boolean mayWish(LaneState lane) {
        long now = ledger.nowMillis();
        Waiting first = lane.window.first();
        return isReady
                && !isStopping
                && !lane.isPaused
                && first != null
                && Math.max(first.dueMillis(), lane.notBeforeMillis) <= now
                && lane.blocked == 0
                && lane.wishes.size() < lane.window.due(now, WISHES)
                && lane.held < limit(lane);
    }

    private int limit(LaneState lane) {
        FunctionStatus function = functions.find(lane.lane.function());
        String annotation =
                function == null ? "" : function.deployment().annotations().getOrDefault(MAX_INFLIGHT, "");
        int asked = !annotation.isEmpty() && annotation.matches("[1-9][0-9]{0,5}")
                ? Integer.parseInt(annotation)
                : Integer.MAX_VALUE;
        return lane.isBounded ? asked : Math.min(asked, lane.adaptive.current());
    }

    private void refill(LaneState lane) {
        if (isStopping || !lane.window.startsLoading()) {
            return;
        }
        ledger.window(lane.lane, lane.window.last(), Window.SIZE)
                .defaultIfEmpty(List.of())
                .subscribe(
                        more -> loop.run(() -> {
                            lane.window.loaded(more);
                            offer(lane);
                        }),
                        error -> {
                            log.warn("calls of {} could not be read, trying again: {}", lane.lane, error.getMessage());
                            loop.later(
                                    () -> {
                                        lane.window.loadingFailed();
                                        offer(lane);
                                    },
                                    PAUSE_MILLIS);
                        });
    }

    /** Wakes the lane when its next call gets due. */
    private void setAlarm(LaneState lane) {
        lane.alarm.dispose();
        Waiting first = lane.window.first();
        if (first == null || isStopping || lane.isPaused) {
            return;
        }
        long wait = Math.max(first.dueMillis(), lane.notBeforeMillis) - ledger.nowMillis();
        if (wait > 0) {
            lane.alarm = loop.later(() -> offer(lane), wait);
        }
    }

    private void forgetIdle(LaneState lane) {
        if (lane.isIdle() && lanes.size() > KEPT_LANES) {
            lane.alarm.dispose();
            lanes.remove(lane.lane, lane);
        }
    }

    private void leaveQueues(LaneState lane) {
        share(lane).leave(lane);
        lane.alarm.dispose();
        slots.drop(lane);
    }

    private void turn(QueueShare share) {
        LaneState lane;
        while (!isStopping && (lane = share.next(ledger.nowMillis())) != null) {
            slots.add(lane);
            if (!mayWish(lane)) {
                share.leave(lane);
                setAlarm(lane);
            }
        }
    }

    /** The lanes, as requests for slots and attempts see them. */
    private final class OwnLanes implements Lanes {
        @Override
        public QueueShare share(LaneState lane) {
            return Dispatcher.this.share(lane);
        }

        @Override
        public int limit(LaneState lane) {
            return isStopping || lane.isPaused ? 0 : Dispatcher.this.limit(lane);
        }

        @Override
        public void begin(LaneState lane, Waiting call, FunctionCaller.Slot slot) {
            attempts.begin(lane, call, slot);
        }

        @Override
        public void offer(LaneState lane) {
            Dispatcher.this.offer(lane);
        }

        @Override
        public void rest(LaneState lane) {
            lane.notBeforeMillis = ledger.nowMillis() + PAUSE_MILLIS;
        }
    }
}
