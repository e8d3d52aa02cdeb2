package sluice.core.fleet;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;

/** A map of one process. A change reaches every feed before the write completes. */
final class LocalMap implements FleetMap {
    private final Map<String, byte[]> values = new LinkedHashMap<>();
    private final List<FluxSink<Change>> feeds = new CopyOnWriteArrayList<>();

    @Override
    public Mono<Void> put(String key, byte[] value) {
        return Mono.fromRunnable(() -> {
            FleetMessages.requireKey(key);
            FleetMessages.requireSmall(value);
            synchronized (this) {
                values.put(key, value.clone());
                feeds.forEach(feed -> feed.next(new Change(key, value.clone())));
            }
        });
    }

    @Override
    public Mono<Void> remove(String key) {
        return Mono.fromRunnable(() -> {
            FleetMessages.requireKey(key);
            synchronized (this) {
                if (values.remove(key) != null) {
                    feeds.forEach(feed -> feed.next(new Change(key, null)));
                }
            }
        });
    }

    @Override
    public Flux<Change> changes() {
        return Flux.create(feed -> {
            synchronized (this) {
                values.forEach((key, value) -> feed.next(new Change(key, value.clone())));
                feeds.add(feed);
            }
            feed.onDispose(() -> feeds.remove(feed));
        });
    }
}
