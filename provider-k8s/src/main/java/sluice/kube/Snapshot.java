package sluice.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import sluice.core.Endpoint;
import sluice.core.FunctionName;
import sluice.core.FunctionStatus;
import sluice.core.RouteChange;
import sluice.core.RouteFeed;
import sluice.core.RouteSource;
import sluice.core.watch.WatchedFunction;

/**
 * What the watches have told so far, put together into functions with their replicas. When the API is away this stays as it
 * is, and so calls go on. Thread-safe by one lock; nothing is told before {@link #open}, so that the first that is heard of
 * a function is complete.
 */
final class Snapshot implements RouteSource {
    private final Predicate<String> isOurs;
    private final RouteFeed feed = new RouteFeed();
    private final Map<FunctionName, Seen> functions = new TreeMap<>();
    private final Map<FunctionName, Map<String, List<Endpoint>>> endpoints = new HashMap<>();
    private boolean isOpen;

    /** @param isOurs whether functions may live in a namespace */
    Snapshot(Predicate<String> isOurs) {
        this.isOurs = isOurs;
    }

    /** A function and the version of the Deployment that says so. */
    private record Seen(FunctionStatus status, String uid, long generation, String version) {}

    @Override
    public Flux<RouteChange> changes() {
        return feed.changes();
    }

    /** All that exists is known: tells it, and from now on each change. */
    synchronized void open() {
        isOpen = true;
        functions.keySet().forEach(this::tell);
        notifyAll();
    }

    synchronized void deployed(Deployment deployment) {
        if (!FunctionName.isLabel(deployment.getMetadata().getName())) {
            return; // no function's
        }
        FunctionName name = name(deployment);
        FunctionStatus status = ReadBack.status(deployment);
        if (status == null) {
            functions.remove(name);
        } else {
            ObjectMeta meta = deployment.getMetadata();
            long generation = Objects.requireNonNullElse(meta.getGeneration(), 1L);
            functions.put(name, new Seen(status, meta.getUid(), generation, meta.getResourceVersion()));
        }
        tell(name);
        notifyAll();
    }

    synchronized void undeployed(HasMetadata deployment) {
        if (!FunctionName.isLabel(deployment.getMetadata().getName())) {
            return;
        }
        FunctionName name = name(deployment);
        Seen seen = functions.get(name);
        if (seen != null && seen.uid().equals(deployment.getMetadata().getUid())) {
            functions.remove(name);
            tell(name);
        }
        notifyAll();
    }

    /** What an EndpointSlice says now; a Service can have several. */
    synchronized void endpoints(EndpointSlice slice) {
        endpoints(slice, SliceEndpoints.of(slice));
    }

    synchronized void noEndpoints(EndpointSlice slice) {
        endpoints(slice, List.of());
    }

    private void endpoints(EndpointSlice slice, List<Endpoint> now) {
        ObjectMeta meta = slice.getMetadata();
        String service = meta.getLabels() == null ? null : meta.getLabels().get(SliceEndpoints.SERVICE);
        if (service != null) {
            endpoints(service, meta.getNamespace(), meta.getName(), now);
        }
    }

    /** What {@code source} says of the replicas of the Service {@code service}. */
    synchronized void endpoints(String service, String namespace, String source, List<Endpoint> now) {
        if (!FunctionName.isLabel(service)) {
            return; // no function's
        }
        FunctionName name = new FunctionName(service, namespace);
        Map<String, List<Endpoint>> sources = endpoints.computeIfAbsent(name, each -> new TreeMap<>());
        if (now.isEmpty()) {
            sources.remove(source);
        } else {
            sources.put(source, now);
        }
        if (sources.isEmpty()) {
            endpoints.remove(name);
        }
        tell(name);
    }

    /** A namespace has become ours or ceased to be. */
    synchronized void namespaceChanged(String namespace) {
        functions.keySet().stream()
                .filter(name -> name.namespace().equals(namespace))
                .toList()
                .forEach(this::tell);
        notifyAll();
    }

    synchronized @Nullable FunctionStatus find(FunctionName name) {
        Seen seen = functions.get(name);
        return seen == null || !isOurs.test(name.namespace()) ? null : seen.status();
    }

    synchronized List<FunctionStatus> list(String namespace) {
        return functions.values().stream()
                .map(Seen::status)
                .filter(status -> status.name().namespace().equals(namespace))
                .toList();
    }

    /** All functions of one namespace, or of all when it is empty, ours or not, each under the version of its Deployment. */
    synchronized List<WatchedFunction> watched(String scope) {
        return functions.values().stream()
                .filter(seen ->
                        scope.isEmpty() || scope.equals(seen.status().name().namespace()))
                .map(seen -> WatchedFunction.of(
                        seen.status(), seen.uid(), seen.generation(), Long.parseLong(seen.version())))
                .toList();
    }

    /** Waits until the watch has told of this state of {@code deployment} or a later one. False when it did not in time. */
    boolean awaitSeen(Deployment deployment, Duration patience) throws InterruptedException {
        ObjectMeta meta = deployment.getMetadata();
        FunctionName name = name(deployment);
        return await(
                () -> {
                    Seen seen = functions.get(name);
                    return seen != null
                            && seen.uid().equals(meta.getUid())
                            && isAtLeast(seen.version(), meta.getResourceVersion());
                },
                patience);
    }

    /** Waits until the watch has told that the function with this {@code uid} is gone or going. */
    boolean awaitGone(FunctionName name, String uid, Duration patience) throws InterruptedException {
        return await(
                () -> {
                    Seen seen = functions.get(name);
                    return seen == null || !seen.uid().equals(uid);
                },
                patience);
    }

    private synchronized boolean await(BooleanSupplier condition, Duration patience) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!condition.getAsBoolean()) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return false;
            }
            wait(left);
        }
        return true;
    }

    private void tell(FunctionName name) {
        if (!isOpen) {
            return;
        }
        Seen seen = functions.get(name);
        if (seen == null || !isOurs.test(name.namespace())) {
            feed.removed(name);
        } else {
            feed.changed(new RouteChange.Changed(seen.status(), merged(name)));
        }
    }

    /** While a pod moves from one slice to another, both may tell of it. */
    private List<Endpoint> merged(FunctionName name) {
        Map<String, Endpoint> all = new LinkedHashMap<>();
        endpoints
                .getOrDefault(name, Map.of())
                .values()
                .forEach(slice -> slice.forEach(endpoint -> all.merge(
                        endpoint.replica(),
                        endpoint,
                        (one, other) -> one.state().compareTo(other.state()) >= 0 ? one : other)));
        return new ArrayList<>(all.values());
    }

    /** Versions of one kind are numbers that grow (Kubernetes 1.35, comparable resource versions). */
    private static boolean isAtLeast(String seen, String wanted) {
        try {
            return Long.parseUnsignedLong(seen) >= Long.parseUnsignedLong(wanted);
        } catch (NumberFormatException e) {
            return seen.equals(wanted);
        }
    }

    private static FunctionName name(HasMetadata object) {
        return new FunctionName(
                object.getMetadata().getName(), object.getMetadata().getNamespace());
    }
}
