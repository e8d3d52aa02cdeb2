package sluice.core;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks to be deployed, checked: it cannot exist in a wrong state (OpenFaaS gateway, POST
 * /system/functions). Collections are immutable and empty rather than absent.
 *
 * @param image what the provider makes of it is the provider's affair; never empty
 * @param envProcess the command to run, or null when the image says it
 * @param constraints node selection, {@code key=value}
 */
public record FunctionDeployment(
        FunctionName name,
        String image,
        @Nullable String envProcess,
        Map<String, String> envVars,
        List<String> constraints,
        List<String> secrets,
        Map<String, String> labels,
        Map<String, String> annotations,
        @Nullable Resources limits,
        @Nullable Resources requests,
        boolean readOnlyRootFilesystem) {
    public FunctionDeployment {
        envVars = Map.copyOf(envVars);
        constraints = List.copyOf(constraints);
        secrets = List.copyOf(secrets);
        labels = Map.copyOf(labels);
        annotations = Map.copyOf(annotations);
    }

    /** The replicas a fresh deploy starts with: label {@code com.openfaas.scale.min} if above 0, else 1. */
    public int initialReplicas() {
        return Math.max(1, ScaleLabels.from(labels).min());
    }
}
