package sluice.invoker;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import sluice.core.CallIds;
import sluice.core.Endpoint;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionName;
import sluice.core.FunctionSettings;
import sluice.core.FunctionStatus;
import sluice.core.RouteChange;
import sluice.core.Settings;

/** Taking a slot on the better of two replicas and giving it back. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ReplicaChoiceBenchmark {
    @Param({"1", "2", "50"})
    public int replicas;

    @Param({"0", "10"})
    public int maxInflight;

    private final CallIds random = CallIds.of(CallIds.newKey(), 0);
    private @Nullable Route route;

    @Setup
    public void deploy() {
        FunctionDeployment deployment = new FunctionDeployment(
                new FunctionName("up", "openfaas-fn"),
                "up",
                null,
                Map.of(FunctionSettings.MAX_INFLIGHT, Integer.toString(maxInflight)),
                List.of(),
                List.of(),
                Map.of(),
                Map.of(),
                null,
                null,
                false);
        List<Endpoint> endpoints = new ArrayList<>();
        for (int i = 0; i < replicas; i++) {
            endpoints.add(new Endpoint("up-" + i, "127.0.0.1", 10_000 + i, Endpoint.State.READY));
        }
        Route fresh = new Route(
                deployment.name(), FunctionSettings.from(deployment), InvokerConfig.from(new Settings(Map.of())));
        List<Replica> gone = fresh.update(new RouteChange.Changed(
                new FunctionStatus(deployment, replicas, replicas, Instant.EPOCH, null), endpoints));
        if (!gone.isEmpty()) {
            throw new IllegalStateException("a fresh route has lost " + gone);
        }
        route = fresh;
    }

    @Benchmark
    public @Nullable Object acquireAndRelease() {
        Route mine = route;
        Replica replica = mine == null ? null : mine.tryAcquire(random.randomInt(), List.of());
        if (mine != null && replica != null) {
            mine.release(replica);
        }
        return replica;
    }
}
