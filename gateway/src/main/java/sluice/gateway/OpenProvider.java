package sluice.gateway;

import java.util.List;
import org.jspecify.annotations.Nullable;
import sluice.core.FunctionEnvironment;
import sluice.core.FunctionProvider;
import sluice.core.HostRoutes;
import sluice.core.MetricSource;
import sluice.core.RouteSource;
import sluice.core.watch.FunctionWatch;
import sluice.kube.KubeProvider;
import sluice.local.LocalProvider;

/**
 * The provider that the settings chose, running.
 *
 * @param end lets go of it
 */
record OpenProvider(
        FunctionProvider functions,
        RouteSource routes,
        HostRoutes hosts,
        FunctionWatch watch,
        List<MetricSource> metrics,
        AutoCloseable end) {
    /**
     * Opens it, unless it is the cluster, which is open; blocks until it knows what exists.
     *
     * @param environment variables that functions of this machine get besides their own
     */
    static OpenProvider of(GatewayConfig config, @Nullable KubeProvider cluster, FunctionEnvironment environment) {
        if (cluster != null) { // whoever opened it ends it
            return new OpenProvider(cluster, cluster, cluster.hostRoutes(), cluster, List.of(cluster), () -> {});
        }
        LocalProvider local = LocalProvider.open(config.local(), environment);
        return new OpenProvider(local, local, HostRoutes.NONE, local, List.of(), local);
    }
}
