package sluice.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionStatus;
import sluice.core.Resources;

/**
 * A function as clients read it (OpenFaaS gateway, FunctionStatus). Every stored field comes back as it was given. Go
 * clients dereference labels and annotations, and tell an absent member from an empty one in all others; replicas are
 * integers, since a fraction does not decode there.
 *
 * @param invocationCount completed calls, in lists only
 * @param resourceVersion of the change, in events of a watch only
 */
@JsonPropertyOrder({"name", "image", "namespace"})
@JsonInclude(Include.NON_EMPTY)
record StatusBody(
        String name,
        String image,
        String namespace,
        @Nullable String envProcess,
        Map<String, String> envVars,
        List<String> constraints,
        List<String> secrets,
        @JsonInclude(Include.ALWAYS) Map<String, String> labels,
        @JsonInclude(Include.ALWAYS) Map<String, String> annotations,
        @Nullable Resources limits,
        @Nullable Resources requests,
        @Nullable Boolean readOnlyRootFilesystem,
        @Nullable Long invocationCount,
        @JsonInclude(Include.ALWAYS) int replicas,
        @JsonInclude(Include.ALWAYS) int availableReplicas,
        String createdAt,
        @Nullable Usage usage,
        @Nullable String resourceVersion) {
    /** What the replicas use, summed: thousandths of a core, bytes. */
    record Usage(double cpu, long totalMemoryBytes) {
        static @Nullable Usage of(FunctionStatus.@Nullable Usage usage) {
            return usage == null ? null : new Usage(usage.cpuMilliCores(), usage.totalMemoryBytes());
        }
    }

    static StatusBody of(FunctionStatus status) {
        return of(status, null, null);
    }

    static StatusBody counted(FunctionStatus status, long invocations) {
        return of(status, invocations == 0 ? null : invocations, null);
    }

    static StatusBody at(FunctionStatus status, long version) {
        return of(status, null, Long.toString(version));
    }

    private static StatusBody of(
            FunctionStatus status, @Nullable Long invocationCount, @Nullable String resourceVersion) {
        FunctionDeployment deployment = status.deployment();
        Map<String, String> labels = new TreeMap<>(deployment.labels());
        labels.put("faas_function", deployment.name().name());
        return new StatusBody(
                deployment.name().name(),
                deployment.image(),
                deployment.name().namespace(),
                deployment.envProcess(),
                deployment.envVars(),
                deployment.constraints(),
                deployment.secrets(),
                labels,
                deployment.annotations(),
                deployment.limits(),
                deployment.requests(),
                deployment.readOnlyRootFilesystem() ? true : null,
                invocationCount,
                status.replicas(),
                status.availableReplicas(),
                status.createdAt().toString(),
                Usage.of(status.usage()),
                resourceVersion);
    }
}
