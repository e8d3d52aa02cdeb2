package sluice.kube;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import sluice.core.HostRoute;
import sluice.core.HostRoutes;

/**
 * Follows FunctionIngresses (openfaas.com/v1): every gateway maps what they say, and the one that leads has the
 * {@link IngressController} make objects of them.
 */
final class FunctionIngresses implements HostRoutes, ResourceEventHandler<GenericKubernetesResource>, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(FunctionIngresses.class);
    private static final String RESOURCE = "functioningresses";
    private static final Duration LOOK_AGAIN = Duration.ofMinutes(5);
    private static final long POLL_MILLIS = 20;

    private final KubeConfig config;
    private final ApiMetrics metrics;
    private final SharedIndexInformer<GenericKubernetesResource> informer;
    private final IngressController controller;
    private final Scheduler mapper = Schedulers.newSingle("kube-hosts", true);
    private final Sinks.Many<Boolean> changes = Sinks.many().replay().latestOrDefault(true);
    private final Disposable.Swap lookAgain = Disposables.swap();
    private HostMapping mapping = HostMapping.NONE;
    private boolean isStale;
    private volatile boolean hasFailed;

    FunctionIngresses(KubernetesClient client, KubeConfig config, ApiMetrics metrics) {
        this.config = config;
        this.metrics = metrics;
        this.informer = client.genericKubernetesResources(CustomKinds.FUNCTION_INGRESS)
                .inNamespace(config.ingress().namespace())
                .runnableInformer(0);
        this.controller = new IngressController(client, config, metrics, this::find, this::mapping);
    }

    /**
     * Returns when those that exist are known, or when that cannot be: then they are mapped once it can.
     *
     * @param patience for the API to tell
     */
    void start(Duration patience) throws InterruptedException {
        informer.exceptionHandler((hasStarted, failure) -> {
                    hasFailed = true;
                    metrics.watchFailed(RESOURCE);
                    log.warn("cannot follow {}, trying again: {}", RESOURCE, reason(failure));
                    return true;
                })
                .addEventHandler(this);
        metrics.ingresses(this::mapping);
        informer.start();
        long deadline = System.nanoTime() + patience.toNanos();
        while (!informer.hasSynced() && !hasFailed && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
        changed();
        lookAgain.update(Flux.interval(LOOK_AGAIN).subscribe(tick -> everything()));
    }

    /** Whether this gateway is the one that makes objects; it begins with all of them. */
    void lead(boolean isLeading) {
        controller.lead(isLeading);
        everything();
    }

    @Override
    public Flux<List<HostRoute>> hostRoutes() {
        return changes.asFlux()
                .onBackpressureLatest()
                .publishOn(mapper, 1) // while one mapping is taken over, all further changes are one
                .map(any -> mapping().routes())
                .distinctUntilChanged();
    }

    @Override
    public void onAdd(GenericKubernetesResource ingress) {
        changed();
        controller.look(name(ingress));
    }

    /** Our own status changes nothing about what is mapped. */
    @Override
    public void onUpdate(GenericKubernetesResource before, GenericKubernetesResource now) {
        if (!Objects.equals(spec(before), spec(now))
                || !Objects.equals(
                        before.getMetadata().getDeletionTimestamp(),
                        now.getMetadata().getDeletionTimestamp())) {
            changed();
        }
        controller.look(name(now));
    }

    private static @Nullable Object spec(GenericKubernetesResource ingress) {
        return ingress.getAdditionalProperties().get("spec");
    }

    @Override
    public void onDelete(GenericKubernetesResource ingress, boolean isGuessed) {
        changed();
    }

    @Override
    public void close() {
        lookAgain.dispose();
        informer.stop();
        controller.close();
        mapper.dispose();
    }

    private void everything() {
        informer.getStore().list().forEach(each -> controller.look(name(each)));
    }

    private @Nullable GenericKubernetesResource find(String name) {
        return informer.getStore().getByKey(config.ingress().namespace() + "/" + name);
    }

    private synchronized void changed() {
        isStale = true;
        changes.tryEmitNext(true).orThrow();
    }

    /** That of now. Those whose part in it has changed are looked at again. */
    private synchronized HostMapping mapping() {
        if (isStale) {
            isStale = false;
            HostMapping before = mapping;
            mapping = HostMapping.of(informer.getStore().list(), config);
            Set<String> either = new HashSet<>(before.refusals().keySet());
            either.addAll(mapping.refusals().keySet());
            for (String name : either) {
                if (!Objects.equals(before.refusal(name), mapping.refusal(name))) {
                    controller.look(name);
                }
            }
        }
        return mapping;
    }

    private static String name(GenericKubernetesResource ingress) {
        return ingress.getMetadata().getName();
    }

    private static String reason(Throwable failure) {
        return failure instanceof KubernetesClientException api && api.getCode() == 404
                ? "this cluster has no FunctionIngress (deploy/crds)"
                : String.valueOf(failure.getMessage());
    }
}
