package sluice.core;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import sluice.core.watch.CountedWatch;
import sluice.core.watch.FunctionWatch;
import sluice.core.watch.WatchSignal;

/**
 * A whole provider that keeps everything in memory, for tests of what stands in front of one. Its replicas are numbers:
 * what is deployed counts as available at once, and has the endpoints that {@link #put} gave it, or none. Thread-safe.
 */
public final class InMemoryProvider implements FunctionProvider, RouteSource, FunctionWatch {
    /** The namespace that always exists. */
    public static final String DEFAULT_NAMESPACE = "openfaas-fn";

    /** More replicas are refused. */
    public static final int CEILING = 100;

    /** Versions of changes begin behind this one. */
    public static final long FIRST_VERSION = 1_000;

    private final CountedWatch watch = new CountedWatch(FIRST_VERSION);
    private final Map<FunctionName, Integer> generations = new TreeMap<>();
    private final AtomicInteger made = new AtomicInteger();
    private final Map<FunctionName, String> uids = new TreeMap<>();

    private final AtomicInteger scaleRequests = new AtomicInteger();

    private final TreeMap<FunctionName, RouteChange.Changed> functions = new TreeMap<>();
    private final TreeMap<String, FunctionNamespace> namespaces = new TreeMap<>();
    private final TreeMap<String, Secret> secrets = new TreeMap<>();
    private final List<FluxSink<RouteChange>> subscribers = new ArrayList<>();
    private final List<LogLine> lines = new CopyOnWriteArrayList<>();
    private final Sinks.Many<LogLine> written = Sinks.many().replay().all();

    /** A provider with the default namespace and nothing in it. */
    public InMemoryProvider() {
        namespaces.put(DEFAULT_NAMESPACE, new FunctionNamespace(DEFAULT_NAMESPACE, Map.of(), Map.of()));
    }

    /** Makes the function look exactly like this, whatever it was before. */
    public synchronized void put(FunctionStatus status, List<Endpoint> endpoints) {
        namespaces.computeIfAbsent(status.name().namespace(), name -> new FunctionNamespace(name, Map.of(), Map.of()));
        tell(new RouteChange.Changed(status, endpoints));
    }

    /** Forgets the function, if there is one. */
    public synchronized void drop(FunctionName name) {
        RouteChange.Changed last = functions.remove(name);
        if (last != null) {
            emit(new RouteChange.Removed(last.status()));
            uids.remove(name);
            generations.remove(name);
            watch.removed(name);
        }
    }

    /** Writes a line to the log of its function. */
    public synchronized void write(LogLine line) {
        written.emitNext(line, Sinks.EmitFailureHandler.FAIL_FAST);
        lines.add(line);
    }

    /** How often somebody has asked for replicas. */
    public int scaleRequests() {
        return scaleRequests.get();
    }

    /** How many follow a log right now. */
    public int followers() {
        return written.currentSubscriberCount();
    }

    @Override
    public Flux<WatchSignal> signals() {
        return watch.signals();
    }

    @Override
    public Flux<RouteChange> changes() {
        return Flux.push(this::subscribe, FluxSink.OverflowStrategy.BUFFER);
    }

    @Override
    public Mono<Void> deploy(FunctionDeployment deployment) {
        return run(() -> {
            check(deployment);
            RouteChange.Changed before = functions.get(deployment.name());
            if (before == null) {
                int replicas = deployment.initialReplicas();
                tell(new RouteChange.Changed(
                        new FunctionStatus(deployment, replicas, replicas, Instant.now(), null), List.of()));
            } else {
                replace(before, deployment);
            }
        });
    }

    @Override
    public Mono<Void> update(FunctionDeployment deployment) {
        return run(() -> {
            RouteChange.Changed before = existing(deployment.name());
            check(deployment);
            replace(before, deployment);
        });
    }

    @Override
    public Mono<Void> remove(FunctionName name) {
        return run(() -> drop(existing(name).status().name()));
    }

    @Override
    public Mono<List<FunctionStatus>> list(String namespace) {
        return ask(() -> {
            requireNamespace(namespace);
            return functions.values().stream()
                    .map(RouteChange.Changed::status)
                    .filter(status -> status.name().namespace().equals(namespace))
                    .map(status -> withoutUsage(status))
                    .toList();
        });
    }

    @Override
    public Mono<FunctionStatus> describe(FunctionName name, boolean withUsage) {
        return ask(() -> {
            FunctionStatus status = existing(name).status();
            return withUsage ? status : withoutUsage(status);
        });
    }

    @Override
    public Mono<Void> scale(FunctionName name, int replicas) {
        scaleRequests.incrementAndGet();
        return run(() -> {
            RouteChange.Changed before = existing(name);
            if (replicas > CEILING) {
                throw invalid("replicas: (" + replicas + ") must be at most " + CEILING);
            }
            FunctionStatus was = before.status();
            tell(new RouteChange.Changed(
                    new FunctionStatus(was.deployment(), replicas, replicas, was.createdAt(), was.usage()),
                    before.endpoints()));
        });
    }

    @Override
    public Mono<List<Secret.Id>> secrets(String namespace) {
        return ask(() -> {
            requireNamespace(namespace);
            return secrets.values().stream()
                    .map(Secret::id)
                    .filter(id -> id.namespace().equals(namespace))
                    .toList();
        });
    }

    @Override
    public Mono<Void> createSecret(Secret secret) {
        return run(() -> {
            requireNamespace(secret.id().namespace());
            if (secrets.putIfAbsent(key(secret.id()), secret) != null) {
                throw Failure.CONFLICT.in(
                        Component.PROVIDER, "secret " + secret.id().name() + " already exists");
            }
        });
    }

    @Override
    public Mono<Void> updateSecret(Secret secret) {
        return run(() -> {
            if (secrets.replace(key(secret.id()), secret) == null) {
                throw notFound("secret " + secret.id().name());
            }
        });
    }

    @Override
    public Mono<Void> removeSecret(Secret.Id id) {
        return run(() -> {
            if (secrets.remove(key(id)) == null) {
                throw notFound("secret " + id.name());
            }
        });
    }

    @Override
    public Mono<List<String>> namespaces() {
        return ask(() -> List.copyOf(namespaces.keySet()));
    }

    @Override
    public Mono<FunctionNamespace> namespace(String name) {
        return ask(() -> existing(name));
    }

    @Override
    public Mono<Void> createNamespace(FunctionNamespace namespace) {
        return run(() -> {
            if (namespaces.putIfAbsent(namespace.name(), namespace) != null) {
                throw Failure.CONFLICT.in(Component.PROVIDER, "namespace " + namespace.name() + " already exists");
            }
        });
    }

    @Override
    public Mono<Void> updateNamespace(FunctionNamespace namespace) {
        return run(() -> namespaces.put(existing(namespace.name()).name(), namespace));
    }

    @Override
    public Mono<Void> removeNamespace(String name) {
        return run(() -> {
            if (existing(name).name().equals(DEFAULT_NAMESPACE)) {
                throw invalid("the default namespace cannot be removed");
            }
            List.copyOf(functions.keySet()).stream()
                    .filter(function -> function.namespace().equals(name))
                    .forEach(this::drop);
            secrets.values().removeIf(secret -> secret.id().namespace().equals(name));
            namespaces.remove(name);
        });
    }

    @Override
    public Flux<LogLine> logs(LogQuery query) {
        return ask(() -> existing(query.function())).thenMany(Flux.defer(() -> {
            List<LogLine> past =
                    lines.stream().filter(line -> matches(query, line)).toList();
            int skipped = query.tail() > 0 ? Math.max(0, past.size() - query.tail()) : 0;
            Flux<LogLine> wanted =
                    query.follow() ? written.asFlux().filter(line -> matches(query, line)) : Flux.fromIterable(past);
            return wanted.skip(skipped);
        }));
    }

    @Override
    public ProviderInfo info() {
        return new ProviderInfo("in-memory", "none", new VersionInfo("1.2.3", "abcdef0"), Map.of());
    }

    private synchronized void subscribe(FluxSink<RouteChange> sink) {
        functions.values().forEach(sink::next);
        sink.next(new RouteChange.Synced());
        subscribers.add(sink);
        sink.onDispose(() -> unsubscribe(sink));
    }

    private synchronized void unsubscribe(FluxSink<RouteChange> sink) {
        subscribers.remove(sink);
    }

    private void tell(RouteChange.Changed change) {
        FunctionName name = change.status().name();
        RouteChange.Changed before = functions.put(name, change);
        emit(change);
        String uid = uids.computeIfAbsent(name, any -> "uid-" + made.incrementAndGet());
        boolean isSame = before != null
                && before.status().deployment().equals(change.status().deployment());
        int generation = generations.merge(name, 1, (old, one) -> isSame ? old : old + 1);
        watch.changed(change.status(), uid, generation);
    }

    private void emit(RouteChange change) {
        List.copyOf(subscribers).forEach(sink -> sink.next(change));
    }

    /** PUT sets the replicas back to the minimum when one is asked for, and keeps them otherwise. */
    private void replace(RouteChange.Changed before, FunctionDeployment deployment) {
        FunctionStatus was = before.status();
        boolean hasMinimum = ScaleLabels.from(deployment.labels()).min() > 0;
        int replicas = hasMinimum ? deployment.initialReplicas() : was.replicas();
        tell(new RouteChange.Changed(
                new FunctionStatus(deployment, replicas, replicas, was.createdAt(), was.usage()), before.endpoints()));
    }

    private void check(FunctionDeployment deployment) {
        String namespace = deployment.name().namespace();
        requireNamespace(namespace);
        for (String secret : deployment.secrets()) {
            if (!secrets.containsKey(namespace + "/" + secret)) {
                throw invalid("unable to find secret: " + Text.printable(secret));
            }
        }
    }

    private RouteChange.Changed existing(FunctionName name) {
        RouteChange.Changed function = functions.get(name);
        if (function == null) {
            throw Failure.UNKNOWN_FUNCTION.in(Component.PROVIDER, "function: " + name + " not found");
        }
        return function;
    }

    private FunctionNamespace existing(String name) {
        FunctionNamespace namespace = namespaces.get(name);
        if (namespace == null) {
            throw notFound("namespace " + Text.printable(name));
        }
        return namespace;
    }

    private void requireNamespace(String name) {
        if (!namespaces.containsKey(name)) {
            throw invalid("namespace not valid: " + Text.printable(name));
        }
    }

    private Mono<Void> run(Runnable change) {
        return Mono.fromRunnable(() -> locked(change));
    }

    private <T> Mono<T> ask(Supplier<T> question) {
        return Mono.fromSupplier(() -> locked(question));
    }

    private synchronized void locked(Runnable change) {
        change.run();
    }

    private synchronized <T> T locked(Supplier<T> question) {
        return question.get();
    }

    private static String key(Secret.Id id) {
        return id.namespace() + "/" + id.name();
    }

    private static boolean matches(LogQuery query, LogLine line) {
        return line.name().equals(query.function().name())
                && line.namespace().equals(query.function().namespace())
                && (query.instance() == null || query.instance().equals(line.instance()))
                && (query.since() == null || !line.timestamp().isBefore(query.since()));
    }

    private static FunctionStatus withoutUsage(FunctionStatus status) {
        return new FunctionStatus(
                status.deployment(), status.replicas(), status.availableReplicas(), status.createdAt(), null);
    }

    private static FailureException notFound(String what) {
        return Failure.NOT_FOUND.in(Component.PROVIDER, what + " not found");
    }

    private static FailureException invalid(String text) {
        return Failure.INVALID_REQUEST.in(Component.PROVIDER, text);
    }
}
