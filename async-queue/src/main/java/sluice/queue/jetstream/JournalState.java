package sluice.queue.jetstream;

import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import sluice.core.Functions;
import sluice.queue.Arrivals;
import sluice.queue.Awaiters;
import sluice.queue.JournalClock;
import sluice.queue.QueueConfig;
import sluice.queue.QueueCounters;
import sluice.queue.Rid;
import sluice.queue.Rids;
import sluice.queue.Waiting;
import sluice.queue.store.CallStore;

/** What the parts of this journal share. Thread-safe. */
final class JournalState {
    final QueueConfig config;
    final Functions functions;
    final Broker broker;
    final Bodies bodies;
    final CallStore store;
    final QueueCounters counters;
    final JournalClock clock = new JournalClock(System::currentTimeMillis, System::nanoTime, 0);
    final Rids rids = new Rids(clock::millis);
    final Awaiters awaiters = new Awaiters();
    final OpenCalls openCalls;
    final Room room;
    private volatile @Nullable Arrivals arrivals;

    JournalState(
            QueueConfig config,
            Functions functions,
            Broker broker,
            Bodies bodies,
            CallStore store,
            QueueCounters counters,
            OpenCalls openCalls) {
        this.config = config;
        this.functions = functions;
        this.broker = broker;
        this.bodies = bodies;
        this.store = store;
        this.counters = counters;
        this.openCalls = openCalls;
        this.room = new Room(broker);
    }

    void tell(Arrivals scheduler) {
        arrivals = scheduler;
    }

    @Nullable Arrivals arrivals() {
        return arrivals;
    }

    void arrived(Waiting call) {
        Arrivals told = arrivals;
        if (told != null) {
            told.arrived(List.of(call));
        }
    }

    Mono<Void> withdrawn(Rid rid) {
        Arrivals told = arrivals;
        return told == null ? Mono.empty() : told.withdrawn(rid);
    }

    void backlogsChanged() {
        Arrivals told = arrivals;
        if (told != null) {
            told.backlogsChanged();
            told.callbackDue(clock.millis());
        }
    }

    void callbackDue(long atMillis) {
        Arrivals told = arrivals;
        if (told != null) {
            told.callbackDue(atMillis);
        }
    }
}
