package sluice.core;

import java.util.Map;

/** Variables that functions get besides their own. Asked by providers when a function is to run. Thread-safe. */
@FunctionalInterface
public interface FunctionEnvironment {
    /** Nothing besides. */
    FunctionEnvironment NONE = deployment -> Map.of();

    /** What to add for {@code deployment}; wins over its own variables. May block for seconds; never fails. */
    Map<String, String> of(FunctionDeployment deployment);
}
