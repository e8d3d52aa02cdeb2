package sluice.gateway;

import java.util.List;
import sluice.core.FunctionEnvironment;
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
    /**
     * Opens it; blocks until it knows what exists.
     *
     * @param environment variables that functions of this machine get besides their own
     */
    static OpenProvider of(GatewayConfig config, FunctionEnvironment environment) {
        return switch (config.provider()) {
            case LOCAL -> {
                LocalProvider local = LocalProvider.open(config.local(), environment);
                yield new OpenProvider(local, local, List.of(), local);
            }
            case K8S -> {
                KubeProvider kube = KubeProvider.open(config.kube());
                yield new OpenProvider(kube, kube, List.of(kube), kube);
            }
        };
    }
}
