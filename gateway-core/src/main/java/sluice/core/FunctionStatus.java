package sluice.core;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A deployed function as its provider sees it now.
 *
 * @param replicas desired
 * @param availableReplicas ready to take calls
 * @param usage summed over replicas; null unless it was asked for and can be measured
 */
public record FunctionStatus(
        FunctionDeployment deployment,
        int replicas,
        int availableReplicas,
        Instant createdAt,
        @Nullable Usage usage) {
    public FunctionName name() {
        return deployment.name();
    }

    /**
     * What the replicas of a function use.
     *
     * @param cpuMilliCores thousandths of a core, averaged over the last few seconds
     * @param totalMemoryBytes resident memory
     */
    public record Usage(double cpuMilliCores, long totalMemoryBytes) {}
}
