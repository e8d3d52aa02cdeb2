package sluice.kube;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import reactor.core.Disposable;
import sluice.core.Endpoint;
import sluice.core.FunctionName;
import sluice.core.RouteChange;
import sluice.core.RouteSource;

/** What a provider has told of its routes so far. */
final class Routes implements AutoCloseable {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(25);
    private static final long COLLECTION_NANOS = TimeUnit.SECONDS.toNanos(75);
    private static final long POLL_NANOS = TimeUnit.MICROSECONDS.toNanos(200);

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
        await(what, PATIENCE_NANOS, condition);
    }

    /** Waits until the cluster's garbage collector has done its work; it looks for new kinds every 30 s. */
    static void awaitCollected(BooleanSupplier condition) {
        await("garbage collection", COLLECTION_NANOS, condition);
    }

    private static void await(String what, long patienceNanos, BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - start).as("waiting: " + what).isLessThan(patienceNanos);
            LockSupport.parkNanos(POLL_NANOS); // whoever is waited for needs the processor more
        }
    }

    @Override
    public void close() {
        feed.dispose();
    }
}
