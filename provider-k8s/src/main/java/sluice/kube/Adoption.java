package sluice.kube;

import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Takes over a Deployment that another provider made. What it wrote counts as if we had applied it, so that the next apply
 * removes what is no longer wanted; without that, a variable of the old function would stay for ever. Replicas stay whose
 * they are, and so does what people and autoscalers wrote.
 */
final class Adoption {
    private static final PatchContext MERGE =
            new PatchContext.Builder().withPatchType(PatchType.JSON_MERGE).build();
    private static final String PEOPLE = "kubectl";

    private final KubernetesClient client;

    Adoption(KubernetesClient client) {
        this.client = client;
    }

    /** Does nothing to a Deployment that we have applied before. */
    void adopt(Deployment existing) {
        List<ManagedFieldsEntry> entries =
                Objects.requireNonNullElse(existing.getMetadata().getManagedFields(), List.of());
        if (entries.isEmpty() || entries.stream().anyMatch(Adoption::isOurs)) {
            return;
        }
        List<ManagedFieldsEntry> now = new ArrayList<>();
        boolean isTaken = false;
        for (ManagedFieldsEntry entry : entries) {
            Map<String, Object> spec = isTaken ? null : templateOf(entry);
            if (spec != null) {
                spec.remove("f:replicas");
                entry.setManager(Marks.FIELD_MANAGER);
                entry.setOperation("Apply");
                isTaken = true;
            }
            now.add(entry);
        }
        if (isTaken) {
            client.apps()
                    .deployments()
                    .inNamespace(existing.getMetadata().getNamespace())
                    .withName(existing.getMetadata().getName())
                    .patch(
                            MERGE,
                            Serialization.asJson(Map.of(
                                    "metadata",
                                    Map.of(
                                            "resourceVersion",
                                            existing.getMetadata().getResourceVersion(),
                                            "managedFields",
                                            now))));
        }
    }

    private static boolean isOurs(ManagedFieldsEntry entry) {
        return Marks.FIELD_MANAGER.equals(entry.getManager()) && "Apply".equals(entry.getOperation());
    }

    /** The fields of {@code spec} that the entry owns, if the pod template is among them; else null. */
    @SuppressWarnings("unchecked") // a tree of field names, as the API writes it
    private static @Nullable Map<String, Object> templateOf(ManagedFieldsEntry entry) {
        boolean isProvider = "Update".equals(entry.getOperation())
                && entry.getSubresource() == null
                && !String.valueOf(entry.getManager()).startsWith(PEOPLE)
                && entry.getFieldsV1() != null;
        return isProvider
                        && entry.getFieldsV1().getAdditionalProperties().get("f:spec") instanceof Map<?, ?> spec
                        && spec.containsKey("f:template")
                ? (Map<String, Object>) spec
                : null;
    }
}
