package sluice.benchmarks.peer;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import sluice.access.AccessConfig;
import sluice.access.BasicAccess;
import sluice.core.FunctionCatalog;
import sluice.core.HeapConfig;
import sluice.core.HeapWatch;
import sluice.core.Settings;
import sluice.core.VersionInfo;
import sluice.http.ControlPlane;
import sluice.http.FunctionGauges;
import sluice.http.GatewayServer;
import sluice.http.HttpConfig;
import sluice.http.MetricsServer;
import sluice.invoker.Invoker;
import sluice.invoker.InvokerConfig;

/**
 * The gateway as it is shipped, with everything on and nothing tuned for the occasion: only what owns functions is
 * replaced, by a {@link FixedProvider} whose one replica is the upstream of the benchmark.
 */
public final class BenchGateway {
    private BenchGateway() {}

    /** Arguments: own port, the upstream's port, a directory for credentials, functions, then {@code SETTING=VALUE}. */
    public static void main(String[] args) throws IOException, InterruptedException {
        Probe.serve();
        Map<String, String> environment = new HashMap<>(Map.of("SLUICE_BIND", "127.0.0.1", "SLUICE_PORT", args[0]));
        for (String setting : List.of(args).subList(4, args.length)) {
            environment.put(setting.replaceFirst("=.*", ""), setting.replaceFirst("[^=]*=", ""));
        }
        start(new Settings(environment), Integer.parseInt(args[1]), Path.of(args[2]), Integer.parseInt(args[3]));
        new CountDownLatch(1).await(); // until the lifeline ends
    }

    private static void start(Settings settings, int upstreamPort, Path dataDir, int functionCount) throws IOException {
        InvokerConfig invokerConfig = InvokerConfig.from(settings);
        VersionInfo version = VersionInfo.current();
        FixedProvider provider = new FixedProvider(invokerConfig.defaultNamespace(), upstreamPort, functionCount);
        FunctionCatalog functions = new FunctionCatalog(provider, 0);
        BasicAccess access = BasicAccess.open(AccessConfig.from(settings, dataDir));
        Invoker invoker = new Invoker(invokerConfig, provider, provider, access, version);
        ControlPlane control =
                new ControlPlane(provider, functions, invoker, access, version, invokerConfig.defaultNamespace());
        HeapWatch heap = HeapWatch.start(HeapConfig.from(settings));
        invoker.heed(heap);
        control.heed(heap);
        var server = GatewayServer.start(HttpConfig.from(settings), invoker, control);
        var metrics = MetricsServer.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                List.of(invoker, access, heap, new FunctionGauges(functions)),
                () -> "");
        System.out.println("calls on port " + server.port() + ", metrics on port " + metrics.port());
    }
}
