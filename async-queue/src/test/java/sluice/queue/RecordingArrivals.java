package sluice.queue;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import reactor.core.publisher.Mono;

/** Remembers what a journal tells its scheduler. */
final class RecordingArrivals implements Arrivals {
    final List<Waiting> arrived = new CopyOnWriteArrayList<>();
    final List<Rid> withdrawn = new CopyOnWriteArrayList<>();
    final List<Set<String>> pausedQueues = new CopyOnWriteArrayList<>();
    final List<Set<String>> pausedFunctions = new CopyOnWriteArrayList<>();
    final List<Long> callbacks = new CopyOnWriteArrayList<>();

    @Override
    public void arrived(List<Waiting> calls) {
        arrived.addAll(calls);
    }

    @Override
    public Mono<Void> withdrawn(Rid rid) {
        return Mono.fromRunnable(() -> withdrawn.add(rid));
    }

    @Override
    public void backlogsChanged() {}

    @Override
    public void paused(Set<String> queues, Set<String> functions) {
        pausedQueues.add(queues);
        pausedFunctions.add(functions);
    }

    @Override
    public void callbackDue(long atMillis) {
        callbacks.add(atMillis);
    }
}
