package sluice.kube;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.core.AccessObjects;
import sluice.core.ClusterIdentity;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionName;
import sluice.core.FunctionNamespace;
import sluice.core.FunctionProvider;
import sluice.core.FunctionStatus;
import sluice.core.HostRoutes;
import sluice.core.LogLine;
import sluice.core.LogQuery;
import sluice.core.MetricFamily;
import sluice.core.MetricSource;
import sluice.core.ProviderInfo;
import sluice.core.RouteChange;
import sluice.core.RouteSource;
import sluice.core.Secret;
import sluice.core.VersionInfo;
import sluice.core.watch.FunctionWatch;
import sluice.core.watch.WatchSignal;

/**
 * Functions as Deployments and Services of a Kubernetes cluster.
 *
 * <p>Reads come from the {@link Snapshot} that {@link Watches} keep, and go on when the API is away. A change is written by
 * {@link FunctionWrites} on the {@link ControlThreads} and completes when the watch has told of it; with the API away it
 * fails with {@link Failure#UNAVAILABLE} and the reason.
 */
public final class KubeProvider implements FunctionProvider, RouteSource, FunctionWatch, MetricSource, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(KubeProvider.class);

    private static final int REVIEWS = 64; // threads that wait for an answer; they end when nobody asks
    private static final int WAITING_REVIEWS = 256;

    private final KubeConfig config;
    private final ApiMetrics metrics = new ApiMetrics();
    private final Cluster cluster;
    private final KnownNamespaces known;
    private final Snapshot snapshot;
    private final KubeWatch history;
    private final Watches watches;
    private final ControlThreads threads;
    private final FunctionWrites functions;
    private final CustomResources customResources;
    private final ControlThreads reviews;
    private final @Nullable FunctionIngresses ingresses;
    private final Election election;
    private final KubeIdentity identity;
    private final Secrets secrets;
    private final Namespaces namespaces;
    private final PodLogs logs;
    private final PodUsage usage;

    private KubeProvider(KubeConfig config) {
        this.config = config;
        this.cluster = Cluster.of(config, metrics);
        KubernetesClient client = cluster.client();
        this.known = new KnownNamespaces(config);
        this.snapshot = new Snapshot(known::isOurs);
        CustomFunctions custom = new CustomFunctions(client);
        this.history = new KubeWatch(client, config, snapshot, known, metrics);
        this.watches = new Watches(client, config, snapshot, known, metrics, history::namespaceChanged);
        this.threads = new ControlThreads(config.concurrentChanges(), config.waitingChanges());
        Profiles profiles = new Profiles(client, config.profilesNamespace());
        this.functions = new FunctionWrites(client, config, snapshot, custom, profiles);
        this.customResources = new CustomResources(
                client,
                config,
                custom,
                new FunctionController(
                        functions,
                        custom,
                        profiles,
                        new FunctionEvents(client, CustomFunctions.KIND),
                        snapshot,
                        threads),
                metrics);
        this.reviews = new ControlThreads(REVIEWS, WAITING_REVIEWS);
        this.identity = new KubeIdentity(client, reviews);
        this.ingresses = config.ingress().isOn() ? new FunctionIngresses(client, config, metrics) : null;
        this.election = new Election(client, config.profilesNamespace(), this::lead);
        this.secrets = new Secrets(client);
        this.namespaces = new Namespaces(client, config, known);
        this.logs = new PodLogs(client, config);
        this.usage = new PodUsage(client);
    }

    /**
     * Connects and waits until all that exists is known. Blocks.
     *
     * @throws FailureException {@link Failure#UNAVAILABLE} when the API does not tell in time,
     *     {@link Failure#PROVIDER_FAILED} when it cannot be read where it is
     */
    public static KubeProvider open(KubeConfig config) {
        KubeProvider provider = new KubeProvider(config);
        boolean isKnown = false;
        try {
            provider.history.mark();
            isKnown = provider.watches.start();
            if (isKnown && provider.ingresses != null) {
                provider.ingresses.start(config.startWait());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            if (!isKnown) {
                provider.close();
            }
        }
        if (!isKnown) {
            throw Failure.UNAVAILABLE.in(
                    Component.PROVIDER,
                    "the Kubernetes API at " + provider.cluster.address() + " did not tell what exists within "
                            + config.startWait().toSeconds() + " s (SLUICE_KUBE_START_WAIT); the log tells why");
        }
        if (config.customResources()) {
            provider.customResources.start(provider.known.watched(), provider.snapshot);
        }
        provider.standForElection();
        provider.history.start();
        log.info("following functions of {}", provider.cluster.address());
        return provider;
    }

    @Override
    public Flux<RouteChange> changes() {
        return snapshot.changes();
    }

    @Override
    public Flux<WatchSignal> signals() {
        return history.signals();
    }

    @Override
    public Mono<Void> deploy(FunctionDeployment deployment) {
        return threads.change(deployment.name(), () -> {
            known.requireOurs(deployment.name().namespace());
            functions.deploy(deployment);
        });
    }

    @Override
    public Mono<Void> update(FunctionDeployment deployment) {
        return threads.change(deployment.name(), () -> {
            known.requireOurs(deployment.name().namespace());
            functions.update(deployment);
        });
    }

    @Override
    public Mono<Void> remove(FunctionName name) {
        return threads.change(name, () -> {
            known.requireOurs(name.namespace());
            functions.remove(name);
        });
    }

    @Override
    public Mono<List<FunctionStatus>> list(String namespace) {
        return Mono.fromSupplier(() -> {
            known.requireOurs(namespace);
            return snapshot.list(namespace);
        });
    }

    @Override
    public Mono<FunctionStatus> describe(FunctionName name, boolean withUsage) {
        return withUsage ? threads.ask(() -> withUsage(require(name))) : Mono.fromSupplier(() -> require(name));
    }

    @Override
    public Mono<Void> scale(FunctionName name, int replicas) {
        return threads.change(name, () -> {
            known.requireOurs(name.namespace());
            functions.scale(name, replicas);
        });
    }

    @Override
    public Mono<List<Secret.Id>> secrets(String namespace) {
        return threads.ask(() -> {
            known.requireOurs(namespace);
            return secrets.list(namespace);
        });
    }

    @Override
    public Mono<Void> createSecret(Secret secret) {
        return threads.change(() -> {
            known.requireOurs(secret.id().namespace());
            secrets.create(secret);
        });
    }

    @Override
    public Mono<Void> updateSecret(Secret secret) {
        return threads.change(() -> {
            known.requireOurs(secret.id().namespace());
            secrets.update(secret);
        });
    }

    @Override
    public Mono<Void> removeSecret(Secret.Id id) {
        return threads.change(() -> {
            known.requireOurs(id.namespace());
            secrets.remove(id);
        });
    }

    @Override
    public Mono<List<String>> namespaces() {
        return Mono.fromSupplier(known::names);
    }

    @Override
    public Mono<FunctionNamespace> namespace(String name) {
        return threads.ask(() -> namespaces.get(name));
    }

    @Override
    public Mono<Void> createNamespace(FunctionNamespace namespace) {
        return threads.change(() -> namespaces.create(namespace));
    }

    @Override
    public Mono<Void> updateNamespace(FunctionNamespace namespace) {
        return threads.change(() -> namespaces.update(namespace));
    }

    @Override
    public Mono<Void> removeNamespace(String name) {
        return threads.change(() -> namespaces.remove(name));
    }

    @Override
    public Flux<LogLine> logs(LogQuery query) {
        return Flux.defer(() -> {
            FunctionStatus unused = require(query.function());
            return logs.read(query);
        });
    }

    @Override
    public ProviderInfo info() {
        Map<String, String> capabilities = new TreeMap<>();
        capabilities.put(
                "namespaces", config.allNamespaces() ? "all that are marked" : String.join(", ", known.names()));
        capabilities.put("calls", config.directFunctions() ? "to the Service's address" : "straight to pods");
        capabilities.put("scale", "to " + config.maxReplicas() + " replicas");
        return new ProviderInfo("sluice-k8s", "kubernetes", VersionInfo.current(), capabilities);
    }

    @Override
    public Mono<List<MetricFamily>> collect() {
        return metrics.collect();
    }

    /** Issuers, policies and roles that are kept in {@code namespace} of the cluster. */
    public AccessObjects accessObjects(String namespace) {
        return new KubeAccessObjects(cluster.client(), namespace);
    }

    /** Who the users of this cluster are, and what they may. */
    public ClusterIdentity identity() {
        return identity;
    }

    /** By kind of object, whether changes of it are heard of now. */
    Map<String, Boolean> watches() {
        return watches.connected();
    }

    /** Which hosts and paths are calls of functions: those of FunctionIngresses. */
    public HostRoutes hostRoutes() {
        return ingresses == null ? HostRoutes.NONE : ingresses;
    }

    /** Lets go of the API; functions go on without this gateway. */
    @Override
    public void close() {
        election.close();
        if (ingresses != null) {
            ingresses.close();
        }
        customResources.close();
        threads.close();
        reviews.close();
        logs.close();
        history.close();
        watches.close();
        cluster.close();
    }

    private void standForElection() {
        if (!config.isElected()) {
            lead(true);
        } else if (config.customResources() || ingresses != null) {
            election.stand();
        }
    }

    private void lead(boolean isLeading) {
        if (config.customResources()) {
            customResources.lead(isLeading);
        }
        if (ingresses != null) {
            ingresses.lead(isLeading);
        }
    }

    private FunctionStatus require(FunctionName name) {
        FunctionStatus status = snapshot.find(name);
        if (status == null) {
            throw Failure.UNKNOWN_FUNCTION.in(Component.PROVIDER, "function " + name + " not found");
        }
        return status;
    }

    private FunctionStatus withUsage(FunctionStatus now) {
        return new FunctionStatus(
                now.deployment(), now.replicas(), now.availableReplicas(), now.createdAt(), usage.of(now.name()));
    }
}
