package sluice.invoker;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import sluice.core.Endpoint;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionName;
import sluice.core.FunctionSettings;
import sluice.core.FunctionStatus;
import sluice.core.RouteChange;
import sluice.core.Settings;

/** Routes and changes of the feed, for tests. */
final class Routes {
    static final InvokerConfig DEFAULTS = InvokerConfig.from(new Settings(Map.of()));

    private Routes() {}

    static Route route(String name) {
        return new Route(
                new FunctionName(name, "openfaas-fn"), FunctionSettings.from(deployment(name, Map.of())), DEFAULTS);
    }

    static FunctionDeployment deployment(String name, Map<String, String> environment) {
        return new FunctionDeployment(
                new FunctionName(name, "openfaas-fn"),
                "image",
                null,
                environment,
                List.of(),
                List.of(),
                Map.of(),
                Map.of(),
                null,
                null,
                false);
    }

    /** {@code ready} replicas with {@code slots} each; 0 slots is no limit. */
    static RouteChange.Changed change(String name, int ready, int slots) {
        List<Endpoint> endpoints = IntStream.range(0, ready)
                .mapToObj(i -> new Endpoint("r" + i, "127.0.0.1", 1_000 + i, Endpoint.State.READY))
                .toList();
        return change(name, slots, ready, endpoints);
    }

    static RouteChange.Changed change(String name, int slots, int desired, List<Endpoint> endpoints) {
        int ready = (int) endpoints.stream().filter(Endpoint::isReady).count();
        FunctionStatus status = new FunctionStatus(
                deployment(name, Map.of("max_inflight", Integer.toString(slots))), desired, ready, Instant.EPOCH, null);
        return new RouteChange.Changed(status, endpoints);
    }
}
