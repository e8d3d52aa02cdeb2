package sluice.kube;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionName;
import sluice.core.FunctionStatus;
import sluice.core.Resources;

/**
 * A function out of its Deployment: as it was submitted, where the Deployment remembers that; else as far as the pod
 * template tells, which is how a function looks that OpenFaaS's own provider has made.
 */
final class ReadBack {
    private static final Set<String> FOREIGN_LABELS = Set.of("app", "controller"); // OpenFaaS's operator
    private static final Set<String> OUR_VARIABLES = Set.of("OPENFAAS_NAME", "OPENFAAS_NAMESPACE", Marks.FPROCESS);

    private ReadBack() {}

    /** Null when {@code deployment} is no function, or one that is being deleted. */
    static @Nullable FunctionStatus status(Deployment deployment) {
        ObjectMeta meta = deployment.getMetadata();
        if (!isFunction(meta)
                || meta.getDeletionTimestamp() != null
                || containers(deployment).isEmpty()) {
            return null;
        }
        FunctionName name = new FunctionName(meta.getName(), meta.getNamespace());
        FunctionDeployment submitted = SubmittedSpec.read(annotation(meta, Marks.SPEC), name)
                .map(function ->
                        withImage(function, containers(deployment).get(0).getImage()))
                .orElseGet(() -> fromTemplate(name, deployment));
        Integer replicas = deployment.getSpec().getReplicas();
        Integer available =
                deployment.getStatus() == null ? null : deployment.getStatus().getAvailableReplicas();
        return new FunctionStatus(
                submitted,
                replicas == null ? 1 : replicas, // the API's default
                available == null ? 0 : available,
                created(meta),
                null);
    }

    static boolean isFunction(ObjectMeta meta) {
        return meta.getLabels() != null
                && meta.getName().equals(meta.getLabels().get(Marks.FUNCTION))
                && FunctionName.isLabel(meta.getName());
    }

    static @Nullable String annotation(ObjectMeta meta, String key) {
        return meta.getAnnotations() == null ? null : meta.getAnnotations().get(key);
    }

    private static List<Container> containers(Deployment deployment) {
        return deployment.getSpec().getTemplate().getSpec().getContainers();
    }

    /** What runs is what the template says, whoever changed it. */
    private static FunctionDeployment withImage(FunctionDeployment function, String image) {
        return new FunctionDeployment(
                function.name(),
                image,
                function.envProcess(),
                function.envVars(),
                function.constraints(),
                function.secrets(),
                function.labels(),
                function.annotations(),
                function.limits(),
                function.requests(),
                function.readOnlyRootFilesystem());
    }

    private static FunctionDeployment fromTemplate(FunctionName name, Deployment deployment) {
        PodTemplateSpec template = deployment.getSpec().getTemplate();
        Container container = containers(deployment).get(0);
        Map<String, String> variables = new HashMap<>();
        for (EnvVar variable : container.getEnv()) {
            variables.put(variable.getName(), Objects.requireNonNullElse(variable.getValue(), ""));
        }
        String process = variables.get(Marks.FPROCESS);
        variables.keySet().removeAll(OUR_VARIABLES);
        Map<String, String> labels = copy(template.getMetadata().getLabels());
        labels.keySet().removeAll(Marks.SYSTEM_LABELS);
        labels.keySet().removeAll(FOREIGN_LABELS);
        Map<String, String> annotations = copy(template.getMetadata().getAnnotations());
        annotations.remove(Marks.SCRAPE, "false");
        PodSpec pod = template.getSpec();
        return new FunctionDeployment(
                name,
                container.getImage(),
                process,
                variables,
                new TreeMap<>(copy(pod.getNodeSelector()))
                        .entrySet().stream()
                                .map(e -> e.getKey() + "=" + e.getValue())
                                .toList(),
                secrets(pod),
                labels,
                annotations,
                container.getResources() == null
                        ? null
                        : resources(container.getResources().getLimits()),
                container.getResources() == null
                        ? null
                        : resources(container.getResources().getRequests()),
                container.getSecurityContext() != null
                        && Boolean.TRUE.equals(container.getSecurityContext().getReadOnlyRootFilesystem()));
    }

    private static List<String> secrets(PodSpec pod) {
        Set<String> names = new TreeSet<>();
        pod.getImagePullSecrets().stream().map(LocalObjectReference::getName).forEach(names::add);
        pod.getVolumes().stream()
                .filter(volume ->
                        volume.getProjected() != null && volume.getProjected().getSources() != null)
                .flatMap(volume -> volume.getProjected().getSources().stream())
                .filter(source -> source.getSecret() != null)
                .forEach(source -> names.add(source.getSecret().getName()));
        return List.copyOf(names);
    }

    private static @Nullable Resources resources(@Nullable Map<String, Quantity> quantities) {
        if (quantities == null || quantities.isEmpty()) {
            return null;
        }
        return new Resources(
                text(quantities, "memory"),
                text(quantities, "cpu"),
                text(quantities, "nvidia.com/gpu"),
                text(quantities, "amd.com/gpu"),
                text(quantities, "intel.com/gpu"));
    }

    private static @Nullable String text(Map<String, Quantity> quantities, String name) {
        Quantity quantity = quantities.get(name);
        return quantity == null ? null : quantity.toString();
    }

    private static Instant created(ObjectMeta meta) {
        try {
            return Instant.parse(meta.getCreationTimestamp());
        } catch (DateTimeParseException e) {
            return Instant.EPOCH;
        }
    }

    private static Map<String, String> copy(@Nullable Map<String, String> map) {
        return map == null ? new HashMap<>() : new HashMap<>(map);
    }
}
