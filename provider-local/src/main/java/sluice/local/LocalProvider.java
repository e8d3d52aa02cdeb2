package sluice.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionEnvironment;
import sluice.core.FunctionName;
import sluice.core.FunctionNamespace;
import sluice.core.FunctionProvider;
import sluice.core.FunctionStatus;
import sluice.core.LogLine;
import sluice.core.LogQuery;
import sluice.core.ProviderInfo;
import sluice.core.RouteChange;
import sluice.core.RouteFeed;
import sluice.core.RouteSource;
import sluice.core.Secret;
import sluice.core.VersionInfo;
import sluice.core.watch.CountedWatch;
import sluice.core.watch.FunctionWatch;
import sluice.core.watch.WatchSignal;
import sluice.local.store.DataDirectory;
import sluice.local.store.FunctionStore;
import sluice.local.store.NamespaceStore;
import sluice.local.store.SecretStore;

/**
 * Functions as processes of this machine, which must be Linux and trusted: functions run as the gateway's user.
 *
 * <p>Every request becomes a task of the one control thread, where alone anything changes; there the change is written
 * to disk, carried out and told to {@link #changes}, and then the request completes.
 */
public final class LocalProvider implements FunctionProvider, RouteSource, FunctionWatch, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LocalProvider.class);
    private static final long LAST_CHECK_MILLIS = 20;

    private final LocalConfig config;
    private final Machine machine;
    private final Threads threads;
    private final RouteFeed feed = new RouteFeed();
    private final CountedWatch watch;
    private final UsageMeter usage;
    private final Namespaces namespaces;
    private final Deployments deployments;
    private final Secrets secrets;

    private LocalProvider(LocalConfig config, DataDirectory data, FunctionEnvironment environment)
            throws IOException, InterruptedException {
        Path path = data.path();
        SecretStore secretStore = SecretStore.open(path.resolve("secrets"));
        this.config = config;
        this.watch = new CountedWatch(data.firstVersion());
        this.machine = Machine.open(data, config);
        this.threads = new Threads(config.callsInAll());
        this.usage = new UsageMeter(threads.workScheduler());
        this.namespaces = new Namespaces(config.defaultNamespace(), NamespaceStore.open(path.resolve("namespaces")));
        this.deployments = new Deployments(
                config,
                FunctionStore.open(path.resolve("functions")),
                secretStore,
                machine,
                threads,
                feed,
                watch,
                environment);
        this.secrets = new Secrets(secretStore, deployments);
    }

    /**
     * Locks the data directory, ends what an earlier run has left behind and starts what is stored. Blocks; replicas may
     * still be starting when it returns.
     *
     * @throws FailureException {@link Failure#UNAVAILABLE} when another process uses the data directory,
     *     {@link Failure#PROVIDER_FAILED} when it cannot be used or this machine cannot run processes so
     */
    public static LocalProvider open(LocalConfig config) {
        return open(config, FunctionEnvironment.NONE);
    }

    /** As {@link #open(LocalConfig)}; functions get the variables of {@code environment} besides their own. */
    public static LocalProvider open(LocalConfig config, FunctionEnvironment environment) {
        return open(config, DataDirectory.open(config.dataDirectory()), environment);
    }

    private static LocalProvider open(LocalConfig config, DataDirectory data, FunctionEnvironment environment) {
        try {
            LocalProvider provider = new LocalProvider(config, data, environment);
            provider.load();
            return provider;
        } catch (IOException | FailureException | InterruptedException | ExecutionException e) {
            closeAfter(e, data);
            throw e instanceof FailureException failure
                    ? failure
                    : Failure.PROVIDER_FAILED.in(
                            Component.PROVIDER, "data directory " + data.path() + " cannot be used: " + e);
        }
    }

    @Override
    public Flux<RouteChange> changes() {
        return feed.changes();
    }

    @Override
    public Flux<WatchSignal> signals() {
        return watch.signals();
    }

    @Override
    public Mono<Void> deploy(FunctionDeployment deployment) {
        return change(() -> {
            namespaces.requireValid(deployment.name().namespace());
            deployments.deploy(deployment);
        });
    }

    @Override
    public Mono<Void> update(FunctionDeployment deployment) {
        return change(() -> deployments.update(deployment));
    }

    @Override
    public Mono<Void> remove(FunctionName name) {
        return change(() -> deployments.remove(name));
    }

    @Override
    public Mono<List<FunctionStatus>> list(String namespace) {
        return ask(() -> {
            namespaces.requireValid(namespace);
            return deployments.list(namespace);
        });
    }

    @Override
    public Mono<FunctionStatus> describe(FunctionName name, boolean withUsage) {
        Mono<FunctionStatus> status = ask(() -> deployments.require(name).status());
        if (!withUsage) {
            return status;
        }
        return ask(() -> deployments.require(name).sessions())
                .flatMap(usage::measure)
                .flatMap(used -> status.map(now -> new FunctionStatus(
                        now.deployment(), now.replicas(), now.availableReplicas(), now.createdAt(), used)));
    }

    @Override
    public Mono<Void> scale(FunctionName name, int replicas) {
        return change(() -> deployments.scale(name, replicas));
    }

    @Override
    public Mono<List<Secret.Id>> secrets(String namespace) {
        return ask(() -> {
            namespaces.requireValid(namespace);
            return secrets.list(namespace);
        });
    }

    @Override
    public Mono<Void> createSecret(Secret secret) {
        return change(() -> {
            namespaces.requireValid(secret.id().namespace());
            secrets.create(secret);
        });
    }

    @Override
    public Mono<Void> updateSecret(Secret secret) {
        return change(() -> secrets.update(secret));
    }

    @Override
    public Mono<Void> removeSecret(Secret.Id id) {
        return change(() -> secrets.remove(id));
    }

    @Override
    public Mono<List<String>> namespaces() {
        return ask(namespaces::names);
    }

    @Override
    public Mono<FunctionNamespace> namespace(String name) {
        return ask(() -> namespaces.require(name));
    }

    @Override
    public Mono<Void> createNamespace(FunctionNamespace namespace) {
        return change(() -> namespaces.create(namespace));
    }

    @Override
    public Mono<Void> updateNamespace(FunctionNamespace namespace) {
        return change(() -> namespaces.update(namespace));
    }

    @Override
    public Mono<Void> removeNamespace(String name) {
        return change(() -> {
            namespaces.requireRemovable(name);
            deployments.removeAll(name);
            secrets.removeAll(name);
            namespaces.remove(name);
        });
    }

    @Override
    public Flux<LogLine> logs(LogQuery query) {
        return ask(() -> deployments.require(query.function()).log()).flatMapMany(lines -> lines.read(query));
    }

    @Override
    public ProviderInfo info() {
        return new ProviderInfo("sluice-local", "process", VersionInfo.current(), machine.capabilities());
    }

    /** Ends all replicas, SIGTERM first, and lets go of the data directory. Blocks for as long as that takes. */
    @Override
    public void close() {
        long deadline = System.nanoTime() + config.stopGrace().plusSeconds(2).toNanos();
        try {
            var unused = threads.control(() -> {
                        deployments.stop();
                        return true;
                    })
                    .get();
            while (!deployments.replicas().alive().isEmpty() && System.nanoTime() < deadline) {
                TimeUnit.MILLISECONDS.sleep(LAST_CHECK_MILLIS);
            }
            deployments.replicas().close();
            threads.close();
            machine.close();
        } catch (ExecutionException | IOException e) {
            log.error("did not close cleanly", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void load() throws InterruptedException, ExecutionException {
        var unused = threads.control(() -> {
                    namespaces.load();
                    deployments.load();
                    return true;
                })
                .get();
    }

    private static void closeAfter(Exception reason, DataDirectory data) {
        try {
            data.close();
        } catch (IOException e) {
            reason.addSuppressed(e);
        }
    }

    private Mono<Void> change(Change change) {
        return ask(() -> {
                    change.carryOut();
                    return true;
                })
                .then();
    }

    /** Runs on the control thread; a caller that leaves does not stop it half-way. */
    private <T> Mono<T> ask(Callable<T> question) {
        return Mono.fromFuture(() -> threads.control(question), true)
                .onErrorMap(IOException.class, LocalProvider::failed)
                .onErrorMap(UncheckedIOException.class, LocalProvider::failed);
    }

    private static FailureException failed(Exception e) {
        log.error("the data directory or a process failed", e);
        return Failure.PROVIDER_FAILED.in(Component.PROVIDER, "the provider could not do it: " + e.getMessage());
    }

    /** Something to do on the control thread. */
    private interface Change {
        void carryOut() throws IOException;
    }
}
