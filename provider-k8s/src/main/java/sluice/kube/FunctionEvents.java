package sluice.kube;

import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Events of Functions, which {@code kubectl describe} shows. Blocks; one that cannot be written is only logged. */
final class FunctionEvents {
    private static final Logger log = LoggerFactory.getLogger(FunctionEvents.class);

    private final KubernetesClient client;

    FunctionEvents(KubernetesClient client) {
        this.client = client;
    }

    void normal(GenericKubernetesResource function, String reason, String message) {
        write(function, "Normal", reason, message);
    }

    void warning(GenericKubernetesResource function, String reason, String message) {
        write(function, "Warning", reason, message);
    }

    private void write(GenericKubernetesResource function, String type, String reason, String message) {
        String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        try {
            client.resource(new EventBuilder()
                            .withNewMetadata()
                            .withGenerateName(function.getMetadata().getName() + ".")
                            .withNamespace(function.getMetadata().getNamespace())
                            .endMetadata()
                            .withNewInvolvedObject()
                            .withApiVersion(CustomFunctions.API_VERSION)
                            .withKind(CustomFunctions.KIND)
                            .withName(function.getMetadata().getName())
                            .withNamespace(function.getMetadata().getNamespace())
                            .withUid(function.getMetadata().getUid())
                            .withResourceVersion(function.getMetadata().getResourceVersion())
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
            log.warn("no event of {}: {}", function.getMetadata().getName(), String.valueOf(e.getMessage()));
        }
    }
}
