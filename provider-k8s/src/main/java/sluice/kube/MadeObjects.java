package sluice.kube;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.MixedOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;

/**
 * The objects that were made for FunctionIngresses, each named like its own. Blocks. A kind is followed from the first time
 * that one of it is made, so that the owner hears of every change that somebody else makes.
 */
final class MadeObjects implements ResourceEventHandler<GenericKubernetesResource>, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(MadeObjects.class);

    private final KubernetesClient client;
    private final String namespace;
    private final ApiMetrics metrics;
    private final Consumer<String> changed;
    private final Map<MadeKind, SharedIndexInformer<GenericKubernetesResource>> followed =
            new EnumMap<>(MadeKind.class);
    private boolean isClosed;

    /** {@code changed} is told the name of a FunctionIngress whose object is not, or may not be, as it was made. */
    MadeObjects(KubernetesClient client, String namespace, ApiMetrics metrics, Consumer<String> changed) {
        this.client = client;
        this.namespace = namespace;
        this.metrics = metrics;
        this.changed = changed;
    }

    /**
     * Makes it, or makes it as it should be, by server-side apply.
     *
     * @throws FailureException {@link Failure#CONFLICT} when one of that name is somebody else's,
     *     {@link Failure#INVALID_REQUEST} when the API does not take it or does not know the kind
     */
    void make(MadeKind kind, GenericKubernetesResource wanted) {
        String name = wanted.getMetadata().getName();
        GenericKubernetesResource existing =
                all(kind).inNamespace(namespace).withName(name).get();
        OwnerReference owner = Objects.requireNonNull(controller(wanted));
        if (existing != null && !isOwnedBy(existing, owner.getUid())) {
            throw Failure.CONFLICT.in(
                    Component.PROVIDER,
                    "Resource \"" + name + "\" (" + kind.fullName()
                            + ") already exists and is not managed by OpenFaaS");
        }
        if (existing == null && !exists(owner)) {
            return; // its watch is about to tell; who would delete what was made of it now?
        }
        try {
            GenericKubernetesResource unused = all(kind)
                    .inNamespace(namespace)
                    .resource(wanted)
                    .fieldManager(Marks.FIELD_MANAGER)
                    .forceConflicts()
                    .serverSideApply();
        } catch (KubernetesClientException e) {
            if (e.getCode() == 404) {
                throw Marks.invalid("this cluster has no " + kind.fullName());
            }
            throw ApiFailures.translate(e);
        }
        follow(kind);
    }

    /** Deletes what {@code owner} once had made; nothing of anybody else. */
    void takeAway(MadeKind kind, GenericKubernetesResource owner) {
        Resource<GenericKubernetesResource> resource =
                all(kind).inNamespace(namespace).withName(owner.getMetadata().getName());
        try {
            GenericKubernetesResource existing = resource.get();
            if (existing != null && isOwnedBy(existing, owner.getMetadata().getUid())) {
                resource.delete();
            }
        } catch (KubernetesClientException e) {
            if (e.getCode() != 403) { // what we may not even look at we have not made
                throw e;
            }
        }
    }

    @Override
    public void onAdd(GenericKubernetesResource object) {
        tell(object);
    }

    @Override
    public void onUpdate(GenericKubernetesResource before, GenericKubernetesResource now) {
        tell(now);
    }

    @Override
    public void onDelete(GenericKubernetesResource object, boolean isGuessed) {
        tell(object);
    }

    @Override
    public synchronized void close() {
        isClosed = true;
        followed.values().forEach(SharedIndexInformer::stop);
    }

    private synchronized void follow(MadeKind kind) {
        if (isClosed || followed.containsKey(kind)) {
            return;
        }
        SharedIndexInformer<GenericKubernetesResource> informer = all(kind)
                .inNamespace(namespace)
                .withLabels(IngressObjects.LABELS)
                .runnableInformer(0)
                .exceptionHandler((hasStarted, failure) -> {
                    metrics.watchFailed(kind.fullName());
                    log.warn(
                            "cannot follow {}, trying again: {}",
                            kind.fullName(),
                            String.valueOf(failure.getMessage()));
                    return true;
                })
                .addEventHandler(this);
        followed.put(kind, informer);
        informer.start();
    }

    private void tell(HasMetadata object) {
        OwnerReference owner = controller(object);
        if (owner != null && FunctionIngress.KIND.equals(owner.getKind())) {
            changed.accept(owner.getName());
        }
    }

    private MixedOperation<GenericKubernetesResource, ?, Resource<GenericKubernetesResource>> all(MadeKind kind) {
        return client.genericKubernetesResources(kind.context());
    }

    private boolean exists(OwnerReference owner) {
        GenericKubernetesResource object = client.genericKubernetesResources(CustomKinds.FUNCTION_INGRESS)
                .inNamespace(namespace)
                .withName(owner.getName())
                .get();
        return object != null && object.getMetadata().getUid().equals(owner.getUid());
    }

    private static boolean isOwnedBy(HasMetadata object, String uid) {
        OwnerReference owner = controller(object);
        return owner != null && owner.getUid().equals(uid);
    }

    private static @Nullable OwnerReference controller(HasMetadata object) {
        return object.getMetadata().getOwnerReferences().stream()
                .filter(each -> Boolean.TRUE.equals(each.getController()))
                .findFirst()
                .orElse(null);
    }
}
