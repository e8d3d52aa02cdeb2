package sluice.http;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionName;
import sluice.core.FunctionStatus;
import sluice.core.InMemoryProvider;

/** SomeFunctions to have around in tests. */
final class SomeFunctions {
    private SomeFunctions() {}

    static FunctionStatus named(String name) {
        return in(InMemoryProvider.DEFAULT_NAMESPACE, name, Map.of());
    }

    static FunctionStatus in(String namespace, String name, Map<String, String> labels) {
        FunctionDeployment deployment = new FunctionDeployment(
                new FunctionName(name, namespace),
                "example/" + name,
                null,
                Map.of(),
                List.of(),
                List.of(),
                labels,
                Map.of(),
                null,
                null,
                false);
        return new FunctionStatus(deployment, 1, 1, Instant.parse("2026-02-03T04:05:06Z"), null);
    }
}
