package sluice.kube;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import sluice.core.AccessObject;
import sluice.core.AccessObjects;

/**
 * JwtIssuers, Policies and Roles (iam.openfaas.com/v1) of one namespace. Nothing is told before all three kinds are known:
 * half of the rules would let somebody in or keep somebody out.
 */
final class KubeAccessObjects implements AccessObjects {
    private static final Logger log = LoggerFactory.getLogger(KubeAccessObjects.class);

    private final KubernetesClient client;
    private final String namespace;

    KubeAccessObjects(KubernetesClient client, String namespace) {
        this.client = client;
        this.namespace = namespace;
    }

    /** Each subscriber has watches of its own; they end with it. */
    @Override
    public Flux<List<AccessObject>> changes() {
        return Flux.create(sink -> new Reading(sink).start(), FluxSink.OverflowStrategy.LATEST);
    }

    private final class Reading implements ResourceEventHandler<GenericKubernetesResource> {
        private final FluxSink<List<AccessObject>> sink;
        private final List<SharedIndexInformer<GenericKubernetesResource>> informers = new ArrayList<>();

        Reading(FluxSink<List<AccessObject>> sink) {
            this.sink = sink;
        }

        void start() {
            for (ResourceDefinitionContext kind : CustomKinds.ACCESS) {
                informers.add(client.genericKubernetesResources(kind)
                        .inNamespace(namespace)
                        .runnableInformer(0)
                        .exceptionHandler((hasStarted, failure) -> {
                            log.warn(
                                    "cannot follow {}, trying again: {}",
                                    kind.getPlural(),
                                    String.valueOf(failure.getMessage()));
                            return true;
                        })
                        .addEventHandler(this));
            }
            sink.onDispose(() -> informers.forEach(SharedIndexInformer::stop));
            informers.forEach(informer -> informer.start().thenRun(this::tell));
        }

        @Override
        public void onAdd(GenericKubernetesResource object) {
            tell();
        }

        @Override
        public void onUpdate(GenericKubernetesResource before, GenericKubernetesResource now) {
            tell();
        }

        @Override
        public void onDelete(GenericKubernetesResource object, boolean isGuessed) {
            tell();
        }

        private synchronized void tell() {
            if (informers.stream().allMatch(SharedIndexInformer::hasSynced)) {
                sink.next(informers.stream()
                        .flatMap(informer -> informer.getStore().list().stream())
                        .map(this::object)
                        .toList());
            }
        }

        @SuppressWarnings("unchecked") // the API's JSON: keys are texts
        private AccessObject object(GenericKubernetesResource object) {
            Object spec = object.getAdditionalProperties().get("spec");
            return new AccessObject(
                    object.getKind(),
                    object.getMetadata().getName(),
                    spec instanceof Map<?, ?> map ? (Map<String, Object>) map : Map.of(),
                    object.getKind() + " " + namespace + "/"
                            + object.getMetadata().getName());
        }
    }
}
