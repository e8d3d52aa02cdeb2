package sluice.kube;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

/** Follows Functions and Profiles and sets the {@link FunctionController} to work while this gateway leads. */
final class CustomResources implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(CustomResources.class);
    private static final Duration LOOK_AGAIN = Duration.ofMinutes(5);

    private final KubernetesClient client;
    private final KubeConfig config;
    private final CustomFunctions custom;
    private final FunctionController controller;
    private final ApiMetrics metrics;
    private final List<SharedIndexInformer<?>> informers = new ArrayList<>();
    private final List<Disposable> running = new ArrayList<>();

    CustomResources(
            KubernetesClient client,
            KubeConfig config,
            CustomFunctions custom,
            FunctionController controller,
            ApiMetrics metrics) {
        this.client = client;
        this.config = config;
        this.custom = custom;
        this.controller = controller;
        this.metrics = metrics;
    }

    /** After the snapshot is open. Returns at once. */
    void start(Set<String> namespaces, Snapshot snapshot) {
        for (String namespace : namespaces) {
            follow(
                    "functions",
                    namespace.isEmpty()
                            ? custom.all().inAnyNamespace().runnableInformer(0)
                            : custom.all().inNamespace(namespace).runnableInformer(0),
                    controller);
        }
        follow(
                "profiles",
                client.genericKubernetesResources(CustomKinds.PROFILE)
                        .inNamespace(config.profilesNamespace())
                        .runnableInformer(0),
                new ProfileEvents());
        running.add(snapshot.changes().subscribe(controller::changed));
        running.add(Flux.interval(LOOK_AGAIN).subscribe(tick -> controller.everything()));
    }

    /** Whether this gateway is the one that follows Functions. */
    void lead(boolean isLeading) {
        controller.lead(isLeading);
    }

    @Override
    public void close() {
        running.forEach(Disposable::dispose);
        informers.forEach(SharedIndexInformer::stop);
        controller.close();
    }

    private void follow(
            String kind,
            SharedIndexInformer<GenericKubernetesResource> informer,
            ResourceEventHandler<GenericKubernetesResource> handler) {
        informer.exceptionHandler((hasStarted, failure) -> {
                    metrics.watchFailed(kind);
                    log.warn("cannot follow {}, trying again: {}", kind, String.valueOf(failure.getMessage()));
                    return true;
                })
                .addEventHandler(handler);
        informers.add(informer);
        informer.start();
    }

    private final class ProfileEvents implements ResourceEventHandler<GenericKubernetesResource> {
        @Override
        public void onAdd(GenericKubernetesResource profile) {
            controller.profileChanged(profile.getMetadata().getName());
        }

        @Override
        public void onUpdate(GenericKubernetesResource before, GenericKubernetesResource now) {
            controller.profileChanged(now.getMetadata().getName());
        }

        @Override
        public void onDelete(GenericKubernetesResource profile, boolean isGuessed) {
            controller.profileChanged(profile.getMetadata().getName());
        }
    }
}
