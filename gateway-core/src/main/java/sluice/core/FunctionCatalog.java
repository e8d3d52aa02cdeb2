package sluice.core;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;

/**
 * The {@link Functions} that {@link RouteSource} feeds. Reads are plain look-ups; changes and subscriptions to
 * {@link #watch} take one short lock, so that a watcher misses nothing and sees nothing twice.
 */
public final class FunctionCatalog implements Functions, Disposable {
    private static final int KEPT_EVENTS = 1_024;
    private static final int WATCHER_QUEUE = 256;

    private final ConcurrentSkipListMap<FunctionName, FunctionEvent> latest = new ConcurrentSkipListMap<>();
    private final ArrayDeque<FunctionEvent> kept = new ArrayDeque<>();
    private final List<Watcher> watchers = new CopyOnWriteArrayList<>(); // one may leave while it is told
    private final Object changing = new Object();
    private final long oldest;
    private final Disposable feed;
    private final AtomicLong version;

    /** Follows {@code source} until disposed of. {@code startVersion} must exceed every version told before. */
    public FunctionCatalog(RouteSource source, long startVersion) {
        this.oldest = startVersion;
        this.version = new AtomicLong(startVersion);
        this.feed = source.changes().subscribe(this::apply);
    }

    @Override
    public @Nullable FunctionStatus find(FunctionName name) {
        FunctionEvent event = latest.get(name);
        return event == null ? null : event.status();
    }

    @Override
    public List<FunctionStatus> all() {
        return latest.values().stream().map(FunctionEvent::status).toList();
    }

    @Override
    public long version() {
        return version.get();
    }

    @Override
    public Flux<FunctionEvent> watch(long since) {
        return Flux.push(sink -> open(new Watcher(sink), since), FluxSink.OverflowStrategy.BUFFER);
    }

    @Override
    public void dispose() {
        feed.dispose();
    }

    private void apply(RouteChange change) {
        synchronized (changing) {
            if (change instanceof RouteChange.Changed changed) {
                changed(changed.status());
            } else if (change instanceof RouteChange.Removed removed) {
                removed(removed.last());
            }
        }
    }

    private void changed(FunctionStatus status) {
        FunctionEvent before = latest.get(status.name());
        if (before != null && before.status().equals(status)) {
            return;
        }
        FunctionEvent.Type type = before == null ? FunctionEvent.Type.ADDED : FunctionEvent.Type.MODIFIED;
        FunctionEvent event = new FunctionEvent(type, version.incrementAndGet(), status);
        latest.put(status.name(), event);
        tell(event);
    }

    private void removed(FunctionStatus last) {
        if (latest.remove(last.name()) != null) {
            tell(new FunctionEvent(FunctionEvent.Type.DELETED, version.incrementAndGet(), last));
        }
    }

    private void tell(FunctionEvent event) {
        if (kept.size() == KEPT_EVENTS) {
            kept.removeFirst();
        }
        kept.addLast(event);
        watchers.forEach(watcher -> watcher.tell(event));
    }

    private void open(Watcher watcher, long since) {
        synchronized (changing) {
            if (since >= 0 && since < oldestKept()) {
                watcher.sink.error(Failure.NOT_FOUND.in(
                        Component.GATEWAY, "too old resource version: " + since + " (" + oldestKept() + ")"));
                return;
            }
            watchers.add(watcher);
            watcher.sink.onDispose(() -> close(watcher));
            if (since < 0) {
                latest.values().stream()
                        .sorted(Comparator.comparingLong(FunctionEvent::version)) // so that versions never go back
                        .forEach(e -> watcher.sink.next(
                                new FunctionEvent(FunctionEvent.Type.ADDED, e.version(), e.status())));
            } else {
                kept.stream().filter(e -> e.version() > since).forEach(watcher.sink::next);
            }
        }
    }

    private void close(Watcher watcher) {
        synchronized (changing) {
            watchers.remove(watcher);
        }
    }

    private long oldestKept() {
        return kept.size() < KEPT_EVENTS
                ? oldest
                : Objects.requireNonNull(kept.peekFirst()).version() - 1;
    }

    /** One reader of the feed; bounded, so that a slow one costs itself and nobody else. */
    private static final class Watcher {
        private final FluxSink<FunctionEvent> sink;
        private int unasked;

        Watcher(FluxSink<FunctionEvent> sink) {
            this.sink = sink;
        }

        /** A watcher that fails or has left takes itself off the list. */
        void tell(FunctionEvent event) {
            unasked = sink.requestedFromDownstream() > 0 ? 0 : unasked + 1;
            if (unasked > WATCHER_QUEUE) {
                sink.error(Failure.OVERLOADED.in(Component.GATEWAY, "watch fell " + WATCHER_QUEUE + " events behind"));
            } else {
                sink.next(event);
            }
        }
    }
}
