package sluice.invoker;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
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
import sluice.core.FunctionName;
import sluice.core.FunctionSettings;
import sluice.core.Guard;
import sluice.core.Settings;

/** From the bytes of a name to its route, with few and with very many functions. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class RouteLookupBenchmark {
    private static final int ASKED =
            64; // different names in turn, so that one entry does not stay in the nearest cache

    @Param({"10", "1000", "100000"})
    public int functions;

    private final RouteTable table = new RouteTable();
    private final byte[][] names = new byte[ASKED][];
    private int next;

    @Setup
    public void fill() {
        InvokerConfig config = InvokerConfig.from(new Settings(Map.of()));
        for (int i = 0; i < functions; i++) {
            FunctionName name = new FunctionName("function-" + i, "openfaas-fn");
            table.put(
                    name.name(),
                    new Route(
                            name, new FunctionSettings(name, Duration.ZERO, 0, -1, 1, Guard.NONE, List.of()), config));
        }
        for (int i = 0; i < ASKED; i++) {
            long spread = (long) i * functions / ASKED;
            names[i] = ("function-" + spread).getBytes(StandardCharsets.US_ASCII);
        }
    }

    @Benchmark
    public @Nullable Object find() {
        byte[] name = names[next++ & (ASKED - 1)];
        return table.find(name, name.length);
    }
}
