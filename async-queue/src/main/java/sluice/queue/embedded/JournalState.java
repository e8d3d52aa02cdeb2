package sluice.queue.embedded;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import sluice.queue.Arrivals;
import sluice.queue.Awaiters;
import sluice.queue.JournalClock;
import sluice.queue.QueueConfig;
import sluice.queue.QueueCounters;
import sluice.queue.Rid;
import sluice.queue.Rids;
import sluice.queue.Waiting;
import sluice.queue.body.Bodies;
import sluice.queue.store.CallStore;
import sluice.queue.store.Eras;
import sluice.queue.store.Place;

/** What the parts of the embedded journal share. Thread-safe. */
final class JournalState {
    final QueueConfig config;
    final CallStore store;
    final Bodies bodies;
    final JournalClock clock;
    final Rids rids;
    final QueueCounters counters;
    final Awaiters awaiters = new Awaiters();
    final AtomicLong openCalls = new AtomicLong();
    private final AtomicLong fence;
    private final AtomicLong entered;
    private final Queue<Waiting> arrived = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean isPassingOn = new AtomicBoolean();
    private volatile @Nullable Arrivals arrivals;

    JournalState(
            QueueConfig config,
            CallStore store,
            Bodies bodies,
            JournalClock clock,
            long boot,
            long firstEra,
            QueueCounters counters) {
        this.config = config;
        this.store = store;
        this.bodies = bodies;
        this.clock = clock;
        this.rids = new Rids(clock::millis);
        this.counters = counters;
        this.fence = new AtomicLong(firstFence(boot));
        this.entered = new AtomicLong(firstEra * Eras.CALLS);
    }

    /** Fences of one process begin here; all of an earlier process are below. */
    static long firstFence(long boot) {
        return boot << 40;
    }

    long nextFence() {
        return fence.incrementAndGet();
    }

    /** The era in which the next call is entered. */
    long nextEra() {
        return entered.getAndIncrement() / Eras.CALLS;
    }

    void tell(Arrivals scheduler) {
        arrivals = scheduler;
    }

    @Nullable Arrivals arrivals() {
        return arrivals;
    }

    /** Calls of one commit come one by one, and are passed on at once: the scheduler is woken for all of them. */
    void arrived(Waiting call) {
        arrived.offer(call);
        if (!isPassingOn.getAndSet(true)) {
            store.afterThis(this::passOn);
        }
    }

    private void passOn() {
        isPassingOn.set(false); // before the look: whoever comes behind it is passed on by the next one
        List<Waiting> calls = new ArrayList<>();
        Waiting call;
        while ((call = arrived.poll()) != null) {
            calls.add(call);
        }
        Arrivals told = arrivals;
        if (told != null) {
            told.arrived(calls);
        }
    }

    Mono<Void> withdrawn(Rid rid) {
        Arrivals told = arrivals;
        return told == null ? Mono.empty() : told.withdrawn(rid);
    }

    void callbackDue(long atMillis) {
        Arrivals told = arrivals;
        if (told != null) {
            told.callbackDue(atMillis);
        }
    }

    /** A call has ended, once. */
    void ended(Rid rid) {
        openCalls.decrementAndGet();
        awaiters.ended(rid);
    }

    static String requestFile(Rid rid) {
        return rid + ".request";
    }

    static String answerFile(Rid rid, long fence) {
        return rid + "-" + fence + ".answer";
    }

    /** The name of an answer's own file; it has the fence of the attempt that gave it, in the segment's place. */
    static String answerFile(Rid rid, Place place) {
        return answerFile(rid, place.segment());
    }
}
