package sluice.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.FilterWatchListDeletable;
import io.fabric8.kubernetes.client.dsl.MixedOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sluice.core.Endpoint;

/**
 * Lists and then watches what calls depend on, and tells the {@link Snapshot}. A watch that breaks is made anew from where
 * it was, one that is too old (410) by a new list; until then the snapshot stays.
 */
final class Watches implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Watches.class);
    private static final long PAGE = 500;
    private static final long POLL_MILLIS = 20;

    private final KubernetesClient client;
    private final KubeConfig config;
    private final Snapshot snapshot;
    private final KnownNamespaces namespaces;
    private final ApiMetrics metrics;
    private final Consumer<String> namespaceListener;
    private final Map<String, List<SharedIndexInformer<?>>> running = new TreeMap<>();

    Watches(
            KubernetesClient client,
            KubeConfig config,
            Snapshot snapshot,
            KnownNamespaces namespaces,
            ApiMetrics metrics,
            Consumer<String> namespaceListener) {
        this.namespaceListener = namespaceListener;
        this.client = client;
        this.config = config;
        this.snapshot = snapshot;
        this.namespaces = namespaces;
        this.metrics = metrics;
    }

    /** Starts all of them; the snapshot opens once each has told what exists. False when that took too long. */
    boolean start() throws InterruptedException {
        if (config.allNamespaces()) {
            follow(
                    "namespaces",
                    client.namespaces().withLimit(PAGE).runnableInformer(0),
                    new Events<>(this::namespaceChanged, this::namespaceGone));
        }
        for (String namespace : namespaces.watched()) {
            follow(
                    "deployments",
                    within(client.apps().deployments(), namespace)
                            .withLabel(Marks.FUNCTION)
                            .withLimit(PAGE)
                            .runnableInformer(0),
                    new Events<>(snapshot::deployed, snapshot::undeployed));
            if (config.directFunctions()) {
                follow(
                        "services",
                        within(client.services(), namespace).withLimit(PAGE).runnableInformer(0),
                        new Events<>(this::serviceChanged, this::serviceGone));
            } else {
                follow(
                        "endpointslices",
                        within(client.discovery().v1().endpointSlices(), namespace)
                                .withLabel(SliceEndpoints.SERVICE)
                                .withLimit(PAGE)
                                .runnableInformer(0),
                        new Events<>(snapshot::endpoints, snapshot::noEndpoints));
            }
        }
        metrics.watch(this::connected);
        if (!awaitSynced(config.startWait())) {
            return false;
        }
        snapshot.open();
        return true;
    }

    /** By kind of object, whether all its watches run now. */
    Map<String, Boolean> connected() {
        Map<String, Boolean> connected = new TreeMap<>();
        running.forEach(
                (kind, informers) -> connected.put(kind, informers.stream().allMatch(SharedIndexInformer::isWatching)));
        return connected;
    }

    @Override
    public void close() {
        running.values().forEach(informers -> informers.forEach(SharedIndexInformer::stop));
    }

    private <T extends HasMetadata> void follow(
            String kind, SharedIndexInformer<T> informer, ResourceEventHandler<T> handler) {
        informer.itemStore(new SlimStore<>(informer.getApiTypeClass()))
                .exceptionHandler((hasStarted, failure) -> {
                    metrics.watchFailed(kind);
                    log.warn("cannot follow {}, trying again: {}", kind, String.valueOf(failure.getMessage()));
                    return true;
                })
                .addEventHandler(handler);
        running.computeIfAbsent(kind, any -> new ArrayList<>()).add(informer);
        informer.start();
    }

    private boolean awaitSynced(Duration patience) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!running.values().stream().flatMap(List::stream).allMatch(SharedIndexInformer::hasSynced)) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
        return true;
    }

    /** Objects of one namespace, or of all when it is empty. */
    static <T extends HasMetadata, L, R extends Resource<T>> FilterWatchListDeletable<T, L, R> within(
            MixedOperation<T, L, R> all, String namespace) {
        return namespace.isEmpty() ? all.inAnyNamespace() : all.inNamespace(namespace);
    }

    private void namespaceChanged(Namespace namespace) {
        namespaces.exists(namespace);
        snapshot.namespaceChanged(namespace.getMetadata().getName());
        namespaceListener.accept(namespace.getMetadata().getName());
    }

    private void namespaceGone(Namespace namespace) {
        namespaces.isGone(namespace.getMetadata().getName());
        snapshot.namespaceChanged(namespace.getMetadata().getName());
        namespaceListener.accept(namespace.getMetadata().getName());
    }

    /** The Service's own address stands for all its pods: whoever is behind it chooses among them. */
    private void serviceChanged(Service service) {
        String address = service.getSpec().getClusterIP();
        boolean hasAddress = address != null && !address.isEmpty() && !address.equals("None");
        tell(
                service,
                hasAddress
                        ? List.of(
                                new Endpoint(service.getMetadata().getUid(), address, Marks.PORT, Endpoint.State.READY))
                        : List.of());
    }

    private void serviceGone(Service service) {
        tell(service, List.of());
    }

    private void tell(Service service, List<Endpoint> endpoints) {
        snapshot.endpoints(
                service.getMetadata().getName(), service.getMetadata().getNamespace(), "service", endpoints);
    }

    /** A failure in one event must not end the watch. */
    private record Events<T extends HasMetadata>(Consumer<T> changed, Consumer<T> gone)
            implements ResourceEventHandler<T> {
        @Override
        public void onAdd(T object) {
            tell(changed, object);
        }

        @Override
        public void onUpdate(T before, T now) {
            tell(changed, now);
        }

        @Override
        public void onDelete(T object, boolean isGuessed) {
            tell(gone, object);
        }

        private void tell(Consumer<T> listener, T object) {
            try {
                listener.accept(object);
            } catch (RuntimeException e) {
                log.error(
                        "cannot use {} {}",
                        object.getFullResourceName(),
                        object.getMetadata().getName(),
                        e);
            }
        }
    }
}
