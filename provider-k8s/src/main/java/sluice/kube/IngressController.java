package sluice.kube;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sluice.core.FailureException;
import sluice.kube.HostMapping.Refusal;

/**
 * Makes what FunctionIngresses ask for, and writes into their status how that went, while this gateway leads. One at a time;
 * what fails is tried again by {@link RetryQueue}.
 */
final class IngressController implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(IngressController.class);
    private static final PatchContext MERGE = new PatchContext.Builder()
            .withPatchType(PatchType.JSON_MERGE)
            .withFieldManager(Marks.FIELD_MANAGER)
            .build();

    private final KubernetesClient client;
    private final KubeConfig config;
    private final IngressObjects objects;
    private final MadeObjects made;
    private final FunctionEvents events;
    private final Function<String, @Nullable GenericKubernetesResource> known;
    private final Supplier<HostMapping> mapping;
    private final RetryQueue<String> queue = new RetryQueue<>("kube-ingresses", this::reconcile);
    private volatile boolean isLeading;

    /**
     * @param known the FunctionIngress of a name, as the watch has told of it
     * @param mapping what all of them have the gateway map
     */
    IngressController(
            KubernetesClient client,
            KubeConfig config,
            ApiMetrics metrics,
            Function<String, @Nullable GenericKubernetesResource> known,
            Supplier<HostMapping> mapping) {
        this.client = client;
        this.config = config;
        this.objects = new IngressObjects(config);
        this.made = new MadeObjects(client, config.ingress().namespace(), metrics, this::look);
        this.events = new FunctionEvents(client, FunctionIngress.KIND);
        this.known = known;
        this.mapping = mapping;
    }

    void lead(boolean isLeading) {
        this.isLeading = isLeading;
    }

    /** Looks at the FunctionIngress of this name, soon. */
    void look(String name) {
        queue.add(name);
    }

    @Override
    public void close() {
        queue.close();
        made.close();
    }

    private boolean reconcile(String name) {
        GenericKubernetesResource object = known.apply(name);
        if (!isLeading || object == null || object.getMetadata().getDeletionTimestamp() != null) {
            return true; // what was made of it goes by garbage collection
        }
        try {
            Refusal refusal = make(object);
            if (refusal == null) {
                return true;
            }
            tellStalled(object, refusal);
        } catch (KubernetesClientException e) {
            log.warn("FunctionIngress {} is not as it says: {}", name, String.valueOf(e.getMessage()));
        } catch (FailureException e) {
            log.warn("FunctionIngress {} is not as it says: {}", name, e.text());
        }
        return false;
    }

    /** Why it cannot be made until somebody changes something; null when all is as it should be. */
    private @Nullable Refusal make(GenericKubernetesResource object) {
        Refusal refusal = mapping.get().refusal(object.getMetadata().getName());
        FunctionIngress ingress;
        try {
            ingress = FunctionIngress.parse(object, config.ingress().defaultType());
        } catch (FailureException e) {
            return new Refusal(Refusal.INVALID, e.text());
        }
        boolean isTaken = refusal != null && refusal.reason().equals(Refusal.PATH_TAKEN);
        if (refusal != null && (isTaken || IngressType.needsMapping(ingress.type()))) {
            return refusal;
        }
        MadeKind kind = MadeKind.of(ingress.type());
        boolean isChanged = !Conditions.isReady(ingress.generation(), ingress.status());
        if (isChanged) {
            for (MadeKind other : MadeKind.values()) {
                if (other != kind) {
                    made.takeAway(other, object); // it may have asked for another one before
                }
            }
        }
        if (kind != null) {
            try {
                made.make(kind, objects.of(ingress, kind));
            } catch (FailureException e) {
                return switch (e.failure()) {
                    case INVALID_REQUEST -> new Refusal(Refusal.INVALID, e.text());
                    case CONFLICT -> new Refusal("ErrResourceExists", e.text());
                    default -> throw e;
                };
            }
        }
        writeStatus(object, Conditions.served(ingress.generation(), told(ingress, kind), refusal, ingress.status()));
        if (isChanged) {
            events.normal(object, "Synced", "FunctionIngress synced successfully");
        }
        return null;
    }

    private static String told(FunctionIngress ingress, @Nullable MadeKind kind) {
        String told = kind == null ? "Mapped by the gateway" : kind.kind + " reconciled";
        return ingress.bypasses() && !ingress.goesAround()
                ? told + "; bypassGateway is not followed, since functionNamespace is not " + ingress.namespace()
                : told;
    }

    private void tellStalled(GenericKubernetesResource object, Refusal why) {
        Map<String, Object> before = Trees.map(object.getAdditionalProperties().get("status"));
        long generation = Objects.requireNonNullElse(object.getMetadata().getGeneration(), 0L);
        if (writeStatus(object, Conditions.notServed(generation, why, before))) {
            events.warning(object, why.reason(), why.text());
        }
    }

    /** Whether there was anything to write. */
    @CanIgnoreReturnValue
    private boolean writeStatus(GenericKubernetesResource object, Map<String, Object> status) {
        if (!Conditions.differ(
                status, Trees.map(object.getAdditionalProperties().get("status")))) {
            return false;
        }
        client.genericKubernetesResources(CustomKinds.FUNCTION_INGRESS)
                .inNamespace(object.getMetadata().getNamespace())
                .withName(object.getMetadata().getName())
                .subresource("status")
                .patch(MERGE, Serialization.asJson(Map.of("status", status)));
        return true;
    }
}
