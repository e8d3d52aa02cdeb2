import io.undertow.Undertow;
import io.undertow.server.handlers.PathHandler;
import io.undertow.server.handlers.proxy.LoadBalancingProxyClient;
import io.undertow.server.handlers.proxy.ProxyHandler;
import java.net.URI;

/** Undertow's own proxy with one I/O thread. Arguments: own port, the upstream's port. */
public final class UndertowProxy {
    private UndertowProxy() {}

    public static void main(String[] args) throws Exception {
        LoadBalancingProxyClient upstream = new LoadBalancingProxyClient()
                .setConnectionsPerThread(10_000)
                .setMaxQueueSize(100_000)
                .setTtl(300_000)
                .addHost(new URI("http://127.0.0.1:" + args[1]));
        ProxyHandler proxy = ProxyHandler.builder().setProxyClient(upstream).build();
        Undertow.builder()
                .setIoThreads(1)
                .addHttpListener(Integer.parseInt(args[0]), "127.0.0.1")
                .setHandler(new PathHandler().addPrefixPath("/function/up", proxy))
                .build()
                .start();
    }
}
