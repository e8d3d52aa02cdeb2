package sluice.queue.jetstream;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import sluice.core.fleet.FleetMap;
import sluice.queue.Arrivals;

/** What is paused, in a map that the whole fleet sees. */
final class Pauses implements Disposable {
    private static final String QUEUE = "queue.";
    private static final String FUNCTION = "function.";
    private static final byte[] PAUSED = {1};

    private final FleetMap map;
    private final JournalState journal;
    private final Set<String> paused = new ConcurrentSkipListSet<>();
    private final Disposable feed;

    Pauses(FleetMap map, JournalState journal) {
        this.map = map;
        this.journal = journal;
        feed = map.changes().subscribe(change -> set(change.key(), change.value() != null));
    }

    Mono<Void> pause(String queue, @Nullable String function, boolean isPaused) {
        String key = function == null ? QUEUE + queue : FUNCTION + function;
        return (isPaused ? map.put(key, PAUSED) : map.remove(key))
                .onErrorMap(e -> Broker.unavailable(String.valueOf(e.getMessage())))
                .doOnSuccess(done -> set(key, isPaused));
    }

    /** Queue names, and {@code function:NAME.NAMESPACE}. */
    List<String> names() {
        return paused.stream()
                .map(key -> key.startsWith(QUEUE)
                        ? key.substring(QUEUE.length())
                        : "function:" + key.substring(FUNCTION.length()))
                .sorted()
                .toList();
    }

    void tell() {
        Arrivals arrivals = journal.arrivals();
        if (arrivals != null) {
            Set<String> all = new TreeSet<>(paused);
            arrivals.paused(of(all, QUEUE), of(all, FUNCTION));
        }
    }

    private void set(String key, boolean isPaused) {
        boolean isChanged = isPaused ? paused.add(key) : paused.remove(key);
        if (isChanged) {
            tell();
        }
    }

    private static Set<String> of(Set<String> all, String kind) {
        return all.stream()
                .filter(key -> key.startsWith(kind))
                .map(key -> key.substring(kind.length()))
                .collect(Collectors.toSet());
    }

    @Override
    public void dispose() {
        feed.dispose();
    }
}
