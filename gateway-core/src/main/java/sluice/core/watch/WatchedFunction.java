package sluice.core.watch;

import java.util.LinkedHashMap;
import java.util.Map;
import sluice.core.FunctionName;
import sluice.core.FunctionStatus;

/**
 * A function as an object of the Kubernetes API, whoever keeps it.
 *
 * @param uid differs for one that was removed and made again
 * @param generation grows when what is wanted of it changes; from 1
 * @param version of the change that made it look like this
 * @param labels of the object itself, not those of the function's pods
 * @param annotations of the object itself
 * @param condition the {@code status} of the object: JSON values, in order
 */
public record WatchedFunction(
        FunctionStatus function,
        String uid,
        long generation,
        long version,
        Map<String, String> labels,
        Map<String, String> annotations,
        Map<String, Object> condition) {
    public WatchedFunction {
        labels = Map.copyOf(labels);
        annotations = Map.copyOf(annotations);
    }

    /** One whose status says how many replicas there are, and nothing else. */
    public static WatchedFunction of(FunctionStatus function, String uid, long generation, long version) {
        Map<String, Object> condition = new LinkedHashMap<>();
        condition.put("replicas", function.replicas());
        if (function.availableReplicas() > 0) {
            condition.put("availableReplicas", function.availableReplicas());
        }
        return new WatchedFunction(function, uid, generation, version, Map.of(), Map.of(), condition);
    }

    public FunctionName name() {
        return function.name();
    }

    /** The same state under another version. */
    public WatchedFunction at(long otherVersion) {
        return new WatchedFunction(function, uid, generation, otherVersion, labels, annotations, condition);
    }

    /** Whether nobody could tell the two apart, but for the version. */
    public boolean looksLike(WatchedFunction other) {
        return at(other.version).equals(other);
    }
}
