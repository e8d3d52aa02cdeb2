package sluice.kube;

import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Events of Functions and FunctionIngresses, which {@code kubectl describe} shows. Blocks; one that cannot be written is only logged. */
final class FunctionEvents {
    private static final Logger log = LoggerFactory.getLogger(FunctionEvents.class);

    private final KubernetesClient client;
    private final String kind;

    /** Of objects of this kind of openfaas.com/v1. */
    FunctionEvents(KubernetesClient client, String kind) {
        this.client = client;
        this.kind = kind;
    }

    void normal(GenericKubernetesResource object, String reason, String message) {
        write(object, "Normal", reason, message);
    }

    void warning(GenericKubernetesResource object, String reason, String message) {
        write(object, "Warning", reason, message);
    }

    private void write(GenericKubernetesResource object, String type, String reason, String message) {
        String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        try {
            client.resource(new EventBuilder()
                            .withNewMetadata()
                            .withGenerateName(object.getMetadata().getName() + ".")
                            .withNamespace(object.getMetadata().getNamespace())
                            .endMetadata()
                            .withNewInvolvedObject()
                            .withApiVersion(CustomFunctions.API_VERSION)
                            .withKind(kind)
                            .withName(object.getMetadata().getName())
                            .withNamespace(object.getMetadata().getNamespace())
                            .withUid(object.getMetadata().getUid())
                            .withResourceVersion(object.getMetadata().getResourceVersion())
                            .endInvolvedObject()
                            .withType(type)
                            .withReason(reason)
                            .withMessage(message)
                            .withNewSource()
                            .withComponent(Marks.FIELD_MANAGER)
                            .endSource()
                            .withFirstTimestamp(now)
                            .withLastTimestamp(now)
                            .withCount(1)
                            .build())
                    .create();
        } catch (KubernetesClientException e) {
            log.warn("no event of {}: {}", object.getMetadata().getName(), String.valueOf(e.getMessage()));
        }
    }
}
