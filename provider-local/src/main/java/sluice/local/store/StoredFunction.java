package sluice.local.store;

import java.time.Instant;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionName;

/**
 * A function as it is kept on disk.
 *
 * @param replicas desired
 * @param generation how often what is wanted of it has changed, from 1; the number of replicas does not count
 */
public record StoredFunction(FunctionDeployment deployment, int replicas, Instant createdAt, long generation) {
    public FunctionName name() {
        return deployment.name();
    }

    /** The same function with another number of desired replicas. */
    public StoredFunction scaledTo(int desired) {
        return new StoredFunction(deployment, desired, createdAt, generation);
    }
}
