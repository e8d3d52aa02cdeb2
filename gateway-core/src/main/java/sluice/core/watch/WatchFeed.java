package sluice.core.watch;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongFunction;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import sluice.core.FunctionName;

/**
 * The {@link FunctionWatch} of a provider: remembers how things are and tells every subscriber the same, in one order.
 * Thread-safe by one lock; has told everybody when a method returns.
 */
public final class WatchFeed implements FunctionWatch {
    private final Map<String, Long> versions = new TreeMap<>(); // by scope
    private final Map<FunctionName, WatchedFunction> current = new HashMap<>();
    private final List<FluxSink<WatchSignal>> subscribers = new ArrayList<>();

    @Override
    public Flux<WatchSignal> signals() {
        return Flux.push(this::open, FluxSink.OverflowStrategy.BUFFER);
    }

    /** Begins the account of a scope, or begins it anew. */
    public synchronized void reset(WatchSignal.Snapshot snapshot) {
        current.keySet().removeIf(name -> isWithin(name, snapshot.namespace()));
        snapshot.functions().forEach(function -> current.put(function.name(), function));
        versions.put(snapshot.namespace(), snapshot.version());
        tell(snapshot);
    }

    /** A function is there and looks like this; one that looks as before is told as progress only. */
    public synchronized void changed(WatchedFunction function) {
        String scope = scope(function.name());
        WatchedFunction before = current.get(function.name());
        if (before != null && before.looksLike(function)) {
            progressed(scope, function.version());
        } else if (before == null || before.version() < function.version()) {
            current.put(function.name(), function);
            advance(scope, function.version());
            tell(new WatchSignal.Changed(function));
        }
    }

    /** A function is gone since {@code version}; one that nobody knows is told as progress only. */
    public synchronized void removed(FunctionName name, long version) {
        WatchedFunction last = current.remove(name);
        if (last == null) {
            progressed(scope(name), version);
        } else {
            advance(scope(name), version);
            tell(new WatchSignal.Removed(last.at(version)));
        }
    }

    /** All up to {@code version} is known of a scope, and it is as it was told. */
    public synchronized void progressed(String scope, long version) {
        if (version > versions.getOrDefault(scope, Long.MAX_VALUE)) {
            versions.put(scope, version);
            tell(new WatchSignal.Progressed(scope, version));
        }
    }

    /** As {@link #changed}, with the next version of the scope of all namespaces. */
    synchronized void changedNext(FunctionName name, LongFunction<WatchedFunction> at) {
        long next = versions.getOrDefault("", 0L) + 1;
        WatchedFunction function = at.apply(next);
        WatchedFunction before = current.get(name);
        if (before == null || !before.looksLike(function)) {
            changed(function);
        }
    }

    /** As {@link #removed}, with the next version; nothing for one that nobody knows. */
    synchronized void removedNext(FunctionName name) {
        if (current.containsKey(name)) {
            removed(name, versions.getOrDefault("", 0L) + 1);
        }
    }

    private void advance(String scope, long version) {
        versions.merge(scope, version, Math::max);
    }

    private String scope(FunctionName name) {
        return versions.containsKey("") ? "" : name.namespace();
    }

    private void tell(WatchSignal signal) {
        List.copyOf(subscribers).forEach(subscriber -> subscriber.next(signal));
    }

    private synchronized void open(FluxSink<WatchSignal> subscriber) {
        versions.forEach((scope, version) -> subscriber.next(new WatchSignal.Snapshot(
                scope,
                version,
                current.values().stream()
                        .filter(function -> isWithin(function.name(), scope))
                        .toList())));
        subscribers.add(subscriber);
        subscriber.onDispose(() -> close(subscriber));
    }

    private synchronized void close(FluxSink<WatchSignal> subscriber) {
        subscribers.remove(subscriber);
    }

    private static boolean isWithin(FunctionName name, String scope) {
        return scope.isEmpty() || scope.equals(name.namespace());
    }
}
