package sluice.kube;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.ListOptions;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.dsl.FilterWatchListDeletable;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionName;
import sluice.core.FunctionStatus;
import sluice.core.watch.FunctionWatch;
import sluice.core.watch.WatchFeed;
import sluice.core.watch.WatchSignal;
import sluice.core.watch.WatchedFunction;

/**
 * The account of functions for those who follow them, under the versions of the cluster, which are the same for every
 * gateway: of Functions (openfaas.com/v1) where those are kept, else of Deployments.
 */
final class KubeWatch implements FunctionWatch, AutoCloseable {
    private static final Duration SNAPSHOT_PATIENCE = Duration.ofSeconds(1);

    private final boolean isOfDeployments;
    private final WatchFeed feed = new WatchFeed();
    private final List<FunctionFollower<?>> followers = new ArrayList<>();
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread named = new Thread(task, "kube-watch");
        named.setDaemon(true);
        return named;
    });

    KubeWatch(
            KubernetesClient client,
            KubeConfig config,
            Snapshot snapshot,
            KnownNamespaces namespaces,
            ApiMetrics metrics) {
        this.isOfDeployments = !config.customResources();
        Runnable failed = () -> metrics.watchFailed("function-history");
        for (String scope : namespaces.watched()) {
            followers.add(
                    config.customResources()
                            ? new FunctionFollower<>(
                                    scope,
                                    functions(client, scope),
                                    new OfFunctions(),
                                    namespaces,
                                    feed,
                                    thread,
                                    failed)
                            : new FunctionFollower<>(
                                    scope,
                                    deployments(client, scope),
                                    new OfDeployments(snapshot),
                                    namespaces,
                                    feed,
                                    thread,
                                    failed));
        }
    }

    @Override
    public Flux<WatchSignal> signals() {
        return feed.signals();
    }

    /** To be called before the {@link Snapshot} is filled, whose list of Deployments then counts for this too. Blocks. */
    void mark() {
        if (isOfDeployments) {
            followers.forEach(FunctionFollower::mark);
        }
    }

    /** Begins to follow; returns at once. */
    void start() {
        followers.forEach(FunctionFollower::start);
    }

    /** A namespace has become ours, or has ceased to be. */
    void namespaceChanged(String namespace) {
        followers.forEach(follower -> follower.namespaceChanged(namespace));
    }

    @Override
    public void close() {
        followers.forEach(FunctionFollower::close);
        thread.shutdown();
    }

    private static FunctionFollower.Api<GenericKubernetesResource> functions(KubernetesClient client, String scope) {
        return api(() -> Watches.within(client.genericKubernetesResources(CustomKinds.FUNCTION), scope));
    }

    private static FunctionFollower.Api<Deployment> deployments(KubernetesClient client, String scope) {
        return api(() -> Watches.within(client.apps().deployments(), scope).withLabel(Marks.FUNCTION));
    }

    private static <T extends HasMetadata, L extends KubernetesResourceList<T>, R> FunctionFollower.Api<T> api(
            Supplier<FilterWatchListDeletable<T, L, R>> objects) {
        return new FunctionFollower.Api<>() {
            @Override
            public KubernetesResourceList<T> list(ListOptions options) {
                return objects.get().list(options);
            }

            @Override
            public Watch watch(ListOptions options, Watcher<T> watcher) {
                return objects.get().watch(options, watcher);
            }
        };
    }

    /**
     * Functions that are Deployments and nothing else. Waits until the {@link Snapshot} knows what is told, so that a list
     * made from it is never older than the version told before.
     */
    private record OfDeployments(Snapshot snapshot) implements FunctionFollower.Reader<Deployment> {
        @Override
        public @Nullable WatchedFunction read(Deployment object, long version) throws InterruptedException {
            FunctionStatus status = ReadBack.status(object);
            if (status == null) {
                return null;
            }
            boolean unused = snapshot.awaitSeen(object, SNAPSHOT_PATIENCE);
            return WatchedFunction.of(status, object.getMetadata().getUid(), generation(object), version);
        }

        @Override
        public void gone(Deployment object) throws InterruptedException {
            ObjectMeta meta = object.getMetadata();
            boolean unused = snapshot.awaitGone(
                    new FunctionName(meta.getName(), meta.getNamespace()), meta.getUid(), SNAPSHOT_PATIENCE);
        }

        @Override
        public List<WatchedFunction> known(String scope) {
            return snapshot.watched(scope);
        }
    }

    /** Functions as custom resources: told as they are. */
    private record OfFunctions() implements FunctionFollower.Reader<GenericKubernetesResource> {
        @Override
        public @Nullable WatchedFunction read(GenericKubernetesResource object, long version) {
            ObjectMeta meta = object.getMetadata();
            Map<String, Object> condition = CustomFunctions.map(object, "status");
            FunctionDeployment wanted;
            try {
                wanted = SubmittedSpec.fromMap(
                        CustomFunctions.map(object, "spec"), new FunctionName(meta.getName(), meta.getNamespace()));
            } catch (IllegalArgumentException e) {
                return null; // no CRD has checked it
            }
            FunctionStatus status = new FunctionStatus(
                    wanted, number(condition, "replicas"), number(condition, "availableReplicas"), created(meta), null);
            return new WatchedFunction(
                    status,
                    meta.getUid(),
                    generation(object),
                    version,
                    Objects.requireNonNullElse(meta.getLabels(), Map.of()),
                    Objects.requireNonNullElse(meta.getAnnotations(), Map.of()),
                    condition);
        }

        @Override
        public void gone(GenericKubernetesResource object) {}

        @Override
        public List<WatchedFunction> known(String scope) {
            throw new IllegalStateException("nobody else lists Functions for this");
        }

        private static int number(Map<String, Object> map, String field) {
            return map.get(field) instanceof Number number ? number.intValue() : 0;
        }

        private static Instant created(ObjectMeta meta) {
            try {
                return Instant.parse(meta.getCreationTimestamp());
            } catch (DateTimeParseException e) {
                return Instant.EPOCH;
            }
        }
    }

    private static long generation(HasMetadata object) {
        return Objects.requireNonNullElse(object.getMetadata().getGeneration(), 1L);
    }
}
