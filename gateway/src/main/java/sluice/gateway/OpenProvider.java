package sluice.gateway;

import java.util.List;
import sluice.core.FunctionProvider;
import sluice.core.MetricSource;
import sluice.core.RouteSource;
import sluice.kube.KubeProvider;
import sluice.local.LocalProvider;

/**
 * The provider that the settings chose, running.
 *
 * @param end lets go of it
 */
record OpenProvider(FunctionProvider functions, RouteSource routes, List<MetricSource> metrics, AutoCloseable end) {
    /** Opens it; blocks until it knows what exists. */
    static OpenProvider of(GatewayConfig config) {
        return switch (config.provider()) {
            case LOCAL -> {
                LocalProvider local = LocalProvider.open(config.local());
                yield new OpenProvider(local, local, List.of(), local);
            }
            case K8S -> {
                KubeProvider kube = KubeProvider.open(config.kube());
                yield new OpenProvider(kube, kube, List.of(kube), kube);
            }
        };
    }
}
