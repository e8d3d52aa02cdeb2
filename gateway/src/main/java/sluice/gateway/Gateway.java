package sluice.gateway;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.netty.ChannelBindException;
import sluice.access.AccessControl;
import sluice.access.ClusterAccess;
import sluice.core.FailureException;
import sluice.core.FunctionCatalog;
import sluice.core.FunctionDeployment;
import sluice.core.Functions;
import sluice.core.HeapWatch;
import sluice.core.MetricSource;
import sluice.core.VersionInfo;
import sluice.http.AsyncCalls;
import sluice.http.ControlPlane;
import sluice.http.Front;
import sluice.http.FunctionGauges;
import sluice.http.FunctionHistory;
import sluice.http.GatewayServer;
import sluice.http.MetricsServer;
import sluice.http.WorkerLoops;
import sluice.invoker.Invoker;
import sluice.kube.KubeProvider;

/**
 * A running gateway: all parts, wired by hand. The start reads from top to bottom as the map of who knows whom; the end
 * is the same list from bottom to top, which is the order in which a process has to leave: first no new connection,
 * last its functions.
 */
public final class Gateway {
    private static final Logger log = LoggerFactory.getLogger(Gateway.class);
    private static final Duration CLOSING = Duration.ofSeconds(10);

    private final GatewayConfig config;
    private final Parts parts;
    private final String user;
    private final OpenProvider provider;
    private final FunctionCatalog functions;
    private final @Nullable AsyncPart async;
    private final MetricsServer metrics;
    private final Front front;

    private Gateway(GatewayConfig config, Parts parts) throws IOException {
        VersionInfo version = VersionInfo.current();
        List<MetricSource> sources = new ArrayList<>();
        this.config = config;
        this.parts = parts;

        Thread warmUp = new Thread(() -> GatewayServer.warmUp(config.http().transport()), "gateway-warm-up");
        warmUp.setDaemon(true);
        warmUp.start();
        makeDataDirectory(config.dataDir());
        OpenFleet fleet = OpenFleet.of(config);
        parts.started(fleet);
        sources.addAll(fleet.metrics());
        KubeProvider cluster = config.provider() == ProviderKind.K8S ? KubeProvider.open(config.kube()) : null;
        if (cluster != null) {
            parts.started(cluster);
        }
        AccessControl access =
                AccessControl.open(config.access(), config.address(), fleet.shared(), said(cluster, config));
        parts.started(access);
        sources.add(access);
        user = access.user();

        provider = OpenProvider.of(config, cluster, access.environment());
        parts.started(provider.end());
        sources.addAll(provider.metrics());
        functions = new FunctionCatalog(provider.routes(), System.currentTimeMillis() * 1_000);
        parts.started(functions::dispose);
        sources.add(new FunctionGauges(functions));
        access.follow(functions);

        Invoker invoker = new Invoker(config.invoker(), provider.routes(), provider.functions(), access, version);
        parts.started(invoker::dispose);
        sources.add(invoker);
        invoker.map(provider.hosts());
        async = config.async().isOn()
                ? AsyncPart.open(
                        config,
                        fleet,
                        functions,
                        access.forAdmitted(invoker.caller(), functions),
                        this::isOwnPort,
                        version)
                : null;
        if (async != null) {
            parts.started(async);
            sources.addAll(async.metrics());
        }
        HeapWatch heap = HeapWatch.start(config.heap());
        parts.started(heap);
        sources.add(heap);
        invoker.heed(heap);
        Supplier<Front> door = () -> WorkerLoops.start(config.http().transport(), invoker);
        if (config.role().isGateway()) {
            FunctionHistory history = new FunctionHistory(provider.watch(), config.watch());
            parts.started(history::dispose);
            sources.add(history);
            ControlPlane control = new ControlPlane(
                    provider.functions(),
                    functions,
                    invoker,
                    access,
                    version,
                    config.invoker().defaultNamespace(),
                    async == null ? null : new AsyncCalls(async.journal(), config.async(), async.policy()),
                    access.desks(),
                    history);
            sources.add(control);
            control.heed(heap);
            door = () -> GatewayServer.start(config.http(), invoker, control);
        }

        RuntimeMetrics runtime = new RuntimeMetrics(version);
        parts.started(runtime);
        InetSocketAddress scraped = new InetSocketAddress(config.http().bind(), config.metricsPort());
        metrics = listening(scraped, "--metrics-port", () -> MetricsServer.start(scraped, sources, runtime::scrape));
        parts.started(metrics::stop);

        InetSocketAddress called =
                new InetSocketAddress(config.http().bind(), config.http().port());
        front = listening(called, "--port", door);
        runtime.watch(front.eventLoops());
        invoker.runOn(front.eventLoops());
        parts.started(this::drain);
        if (async != null) {
            async.start();
        }
    }

    private static @Nullable ClusterAccess said(@Nullable KubeProvider cluster, GatewayConfig config) {
        return cluster == null
                ? null
                : new ClusterAccess(
                        cluster.identity(),
                        cluster.accessObjects(config.access().iam().namespace()),
                        cluster.namespaces());
    }

    /**
     * Starts all parts; blocks until both ports are bound.
     *
     * @throws StartException when one of them cannot start; those that had started have ended again
     */
    public static Gateway start(GatewayConfig config) {
        Parts parts = new Parts();
        try {
            return new Gateway(config, parts);
        } catch (StartException e) {
            parts.end();
            throw e;
        } catch (FailureException e) {
            parts.end();
            throw new StartException(e.text());
        } catch (IOException | IllegalArgumentException e) { // of files: credentials, certificates
            parts.end();
            throw new StartException(String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            parts.end();
            log.error("cannot start", e);
            throw new StartException("cannot start: " + e.getMessage());
        }
    }

    /** Deploys functions and waits for them, {@code patience} at most. */
    Mono<List<String>> rollOut(List<FunctionDeployment> deployments, Duration patience) {
        return new Rollout(provider.functions(), functions).run(deployments, patience);
    }

    /** What is deployed. */
    Functions functions() {
        return functions;
    }

    GatewayConfig config() {
        return config;
    }

    /** Who may use the control plane; empty when everyone may. */
    String user() {
        return user;
    }

    /** The port of the API and of calls, TCP; -1 for a worker, which has none. */
    public int port() {
        return front.port();
    }

    /** The port of the control plane, TCP: that of calls, unless it was given its own. */
    public int controlPort() {
        return front.controlPort();
    }

    /** The port of {@code /metrics}, TCP. */
    public int metricsPort() {
        return metrics.port();
    }

    /**
     * Ends the gateway: no more connections, running calls finish for as long as the settings allow, then everything
     * else in the reverse order of the start. Blocks until all has ended; never on an event loop.
     */
    public void stop() {
        parts.end();
    }

    /** Aborts the calls that a {@link #stop} on another thread is still waiting for. Returns at once. */
    void abort() {
        front.stop(Duration.ZERO, Mono.empty()).subscribe();
    }

    /** First of all: every part puts something there, and would tell less well what is wrong. */
    private static void makeDataDirectory(Path data) throws IOException {
        try {
            Files.createDirectories(data);
        } catch (IOException e) {
            throw new IOException("data directory cannot be written: " + e.getMessage(), e);
        }
    }

    private void drain() {
        front.announceStop();
        Mono.delay(config.drainDelay())
                .then(front.stop(config.drain(), async == null ? Mono.empty() : async.stop(config.drain())))
                .block(config.drainDelay().plus(config.drain()).plus(CLOSING));
    }

    /** Late, because the ports are known when something listens. */
    private boolean isOwnPort(int port) {
        return (front != null && (port == front.port() || port == front.controlPort()))
                || (metrics != null && port == metrics.port());
    }

    private static <T> T listening(InetSocketAddress address, String option, Supplier<T> start) {
        try {
            return start.get();
        } catch (ChannelBindException e) {
            String reason = e.getCause() == null ? "" : ": " + e.getCause().getMessage();
            throw new StartException("cannot listen on " + address.getHostString() + ":" + address.getPort() + reason
                    + "; stop what does, or choose another port with " + option);
        }
    }
}
