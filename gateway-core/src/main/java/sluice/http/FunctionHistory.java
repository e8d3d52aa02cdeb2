package sluice.http;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FunctionName;
import sluice.core.MetricFamily;
import sluice.core.MetricSource;
import sluice.core.watch.FunctionWatch;
import sluice.core.watch.WatchSignal;
import sluice.core.watch.WatchedFunction;

/**
 * What exists and what has happened lately, for all who list and watch functions: the one reader of the provider's
 * {@link FunctionWatch}. Each change is encoded once, kept in its namespace's {@link HistoryRing}, and told to every
 * {@link Watcher}. One short lock keeps a watcher from missing a change or seeing it twice. Thread-safe.
 */
public final class FunctionHistory implements MetricSource, Disposable {
    private static final Duration ASK_AGAIN = Duration.ofMillis(50);
    private static final int SPREAD = 16; // namespaces with full rings that there is room for

    private final WatchConfig config;
    private final Object changing = new Object();
    private final Map<String, Scope> scopes = new TreeMap<>();
    private final Map<FunctionName, WatchedFunction> current = new TreeMap<>();
    private final Map<String, HistoryRing> rings = new HashMap<>();
    private final List<Watcher> watchers = new CopyOnWriteArrayList<>(); // one may leave while it is told
    private final Map<Watcher.Reason, Long> ended = new EnumMap<>(Watcher.Reason.class);
    private final Disposable feed;
    private int kept;
    private long weight;
    private long told;

    /** Follows {@code watch} until disposed of. */
    public FunctionHistory(FunctionWatch watch, WatchConfig config) {
        this.config = config;
        this.feed = watch.signals().subscribe(this::apply);
    }

    /** How far the account of one namespace, or of all, has come, and from where on it is kept. */
    private static final class Scope {
        private long version;
        private long floor;

        Scope(long version) {
            this.version = version;
            this.floor = version;
        }
    }

    /** @param version of this state, from which a watch can go on */
    record Listing(long version, List<WatchedFunction> functions) {}

    WatchConfig config() {
        return config;
    }

    /** The version of the newest change; null while nothing is known. */
    @Nullable Long version(String namespace) {
        synchronized (changing) {
            Scope scope = scope(namespace);
            return scope == null ? null : (Long) scope.version;
        }
    }

    /** Those in which there are functions. */
    List<String> namespaces() {
        synchronized (changing) {
            return current.keySet().stream()
                    .map(FunctionName::namespace)
                    .distinct()
                    .toList();
        }
    }

    /** What is there now, by namespace and name. */
    Listing list(Selection selection) {
        synchronized (changing) {
            return new Listing(
                    require(selection.scope()).version,
                    current.values().stream().filter(selection::takes).toList());
        }
    }

    /** Completes once {@code version} has been reached; never fails by itself. */
    Mono<Long> await(String namespace, long version) {
        return Mono.defer(() -> has(namespace, version)
                ? Mono.just(version)
                : Flux.interval(ASK_AGAIN)
                        .filter(tick -> has(namespace, version))
                        .next()
                        .thenReturn(version));
    }

    /**
     * From now on {@code watcher} is told what happens: after {@code since}, or after all that is there for a negative one.
     * Fails when the namespace is not followed.
     */
    void open(Watcher watcher, long since) {
        synchronized (changing) {
            Selection selection = watcher.selection();
            Scope scope = require(selection.scope());
            long floor = floor(selection.scope(), scope);
            if (since >= 0 && since < floor) {
                watcher.startTooLate("too old resource version: " + since + " (" + floor + ")");
                return;
            }
            watchers.add(watcher);
            if (since < 0) {
                watcher.startWith(current.values().stream()
                        .filter(selection::takes)
                        .sorted(Comparator.comparingLong(WatchedFunction::version)) // so that versions never go back
                        .toList());
            } else {
                watcher.startWithEvents(eventsSince(selection.scope(), since));
            }
        }
    }

    /** Tells {@code watcher} how far it has come. */
    void bookmark(Watcher watcher) {
        synchronized (changing) {
            Scope scope = scope(watcher.selection().scope());
            if (scope != null && watchers.contains(watcher)) {
                watcher.bookmark(scope.version);
            }
        }
    }

    /** {@code watcher} is gone, or its end has come. */
    void close(Watcher watcher) {
        synchronized (changing) {
            watchers.remove(watcher);
            ended.merge(watcher.reason(), 1L, Long::sum);
        }
    }

    @Override
    public void dispose() {
        feed.dispose();
    }

    private void apply(WatchSignal signal) {
        synchronized (changing) {
            if (signal instanceof WatchSignal.Snapshot snapshot) {
                begin(snapshot);
            } else if (signal instanceof WatchSignal.Changed changed) {
                WatchedFunction now = changed.function();
                tell(WatchEvent.changed(current.put(now.name(), now), now));
            } else if (signal instanceof WatchSignal.Removed removed) {
                current.remove(removed.last().name());
                tell(WatchEvent.removed(removed.last()));
            } else if (signal instanceof WatchSignal.Progressed progressed) {
                Scope scope = scopes.get(progressed.namespace());
                if (scope != null) {
                    scope.version = Math.max(scope.version, progressed.version());
                }
            }
        }
    }

    /** What was told of the scope before may lack something: it counts no more, and who relied on it has to list again. */
    private void begin(WatchSignal.Snapshot snapshot) {
        String namespace = snapshot.namespace();
        Selection all = Selection.of(namespace);
        current.keySet().removeIf(all::takes);
        snapshot.functions().forEach(function -> current.put(function.name(), function));
        for (String each : List.copyOf(rings.keySet())) {
            if (namespace.isEmpty() || namespace.equals(each)) {
                forget(each);
            }
        }
        boolean isAnew = scopes.put(namespace, new Scope(snapshot.version())) != null;
        if (isAnew) {
            List<Watcher> lost = watchers.stream()
                    .filter(watcher -> namespace.isEmpty()
                            || namespace.equals(watcher.selection().scope()))
                    .toList();
            watchers.removeAll(lost);
            lost.forEach(watcher ->
                    watcher.expire("too old resource version: changes before " + snapshot.version() + " were missed"));
        }
    }

    private void tell(WatchEvent event) {
        Scope scope = scope(event.name().namespace());
        if (scope == null) {
            return; // the account of it has not begun
        }
        keep(event, scope);
        scope.version = Math.max(scope.version, event.version());
        told++;
        watchers.forEach(watcher -> watcher.tell(event));
    }

    private void keep(WatchEvent event, Scope scope) {
        HistoryRing ring = rings.computeIfAbsent(event.name().namespace(), any -> new HistoryRing(scope.floor));
        ring.add(event);
        kept++;
        weight += event.weight();
        if (ring.events().size() > config.history()) {
            drop(ring);
        }
        while (kept > config.history() * (long) SPREAD || weight > config.historyBytes()) {
            dropOldest();
        }
    }

    private void drop(HistoryRing ring) {
        kept--;
        weight -= ring.drop();
    }

    private void dropOldest() {
        Map.Entry<String, HistoryRing> oldest = Collections.min(
                rings.entrySet(),
                Comparator.comparingLong((Map.Entry<String, HistoryRing> ring) -> first(ring.getValue())));
        drop(oldest.getValue());
        if (oldest.getValue().oldest() == null) {
            Scope scope = scope(oldest.getKey());
            if (scope != null) {
                scope.floor = Math.max(scope.floor, oldest.getValue().floor());
            }
            rings.remove(oldest.getKey());
        }
    }

    private static long first(HistoryRing ring) {
        Long version = ring.oldest();
        return version == null ? Long.MAX_VALUE : version;
    }

    private void forget(String namespace) {
        HistoryRing ring = rings.remove(namespace);
        while (ring != null && ring.oldest() != null) {
            drop(ring);
        }
    }

    private List<WatchEvent> eventsSince(String namespace, long since) {
        List<WatchEvent> events = new ArrayList<>();
        rings.forEach((name, ring) -> {
            if (namespace.isEmpty() || namespace.equals(name)) {
                ring.events().stream().filter(event -> event.version() > since).forEach(events::add);
            }
        });
        events.sort(Comparator.comparingLong(WatchEvent::version));
        return events;
    }

    private long floor(String namespace, Scope scope) {
        if (!namespace.isEmpty()) {
            HistoryRing ring = rings.get(namespace);
            return ring == null ? scope.floor : ring.floor();
        }
        return rings.values().stream().mapToLong(HistoryRing::floor).reduce(scope.floor, Math::max);
    }

    private boolean has(String namespace, long version) {
        Long now = version(namespace);
        return now != null && now >= version;
    }

    private @Nullable Scope scope(String namespace) {
        Scope all = scopes.get("");
        return all != null ? all : scopes.get(namespace);
    }

    Scope require(String namespace) {
        Scope scope = scope(namespace);
        if (scope != null) {
            return scope;
        }
        if (scopes.isEmpty()) {
            throw Failure.UNAVAILABLE.in(Component.PROVIDER, "what exists is not known yet");
        }
        if (namespace.isEmpty()) {
            throw Failure.INVALID_REQUEST.in(
                    Component.PROVIDER,
                    "namespaces are followed one by one here, name one: " + String.join(", ", scopes.keySet()));
        }
        throw Failure.NOT_FOUND.in(Component.PROVIDER, "namespaces \"" + namespace + "\" not found");
    }

    @Override
    public Mono<List<MetricFamily>> collect() {
        return Mono.fromSupplier(() -> {
            synchronized (changing) {
                return List.of(
                        family("sluice_watches", MetricFamily.Type.GAUGE, "Watches of functions.", watchers.size()),
                        family(
                                "sluice_watch_changes_total",
                                MetricFamily.Type.COUNTER,
                                "Changes of functions that watches could see.",
                                (double) told),
                        family(
                                "sluice_watch_history_bytes",
                                MetricFamily.Type.GAUGE,
                                "Memory taken by changes kept for watches from an older version.",
                                (double) weight),
                        new MetricFamily(
                                "sluice_watches_ended_total",
                                MetricFamily.Type.COUNTER,
                                "Watches that have ended, by reason.",
                                samples()));
            }
        });
    }

    private List<MetricFamily.Sample> samples() {
        List<MetricFamily.Sample> samples = new ArrayList<>();
        for (Watcher.Reason reason : Watcher.Reason.values()) {
            samples.add(
                    new MetricFamily.Sample("", Map.of("reason", reason.name().toLowerCase(Locale.ROOT)), (double)
                            ended.getOrDefault(reason, 0L)));
        }
        return samples;
    }

    private static MetricFamily family(String name, MetricFamily.Type type, String help, double value) {
        return new MetricFamily(name, type, help, List.of(new MetricFamily.Sample("", Map.of(), value)));
    }
}
