package sluice.kube;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import reactor.core.Disposable;
import sluice.core.Endpoint;
import sluice.core.FunctionName;
import sluice.core.RouteChange;
import sluice.core.RouteSource;

/** What a provider has told of its routes so far. */
final class Routes implements AutoCloseable {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(25);

    private final Map<FunctionName, RouteChange.Changed> routes = new ConcurrentHashMap<>();
    private final Disposable feed;

    Routes(RouteSource source) {
        feed = source.changes().subscribe(change -> {
            if (change instanceof RouteChange.Changed changed) {
                routes.put(changed.status().name(), changed);
            } else if (change instanceof RouteChange.Removed removed) {
                routes.remove(removed.last().name());
            }
        });
    }

    boolean has(FunctionName name) {
        return routes.containsKey(name);
    }

    List<Endpoint> endpoints(FunctionName name) {
        RouteChange.Changed last = routes.get(name);
        return last == null ? List.of() : last.endpoints();
    }

    /** Waits until something is so. */
    static void await(String what, BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - start).as("waiting: " + what).isLessThan(PATIENCE_NANOS);
            Thread.onSpinWait();
        }
    }

    @Override
    public void close() {
        feed.dispose();
    }
}
