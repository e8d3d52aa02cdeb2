package sluice.benchmarks.load;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The load generator as a process: reads one {@link LoadPlan} per line as JSON from standard input, answers each with
 * one {@link LoadResult} per line, and ends with its input.
 */
public final class LoadDriver implements AutoCloseable {
    private @Nullable Held held;

    private LoadDriver() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        ObjectMapper json = new ObjectMapper();
        BufferedReader plans = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (LoadDriver driver = new LoadDriver()) {
            for (String line = plans.readLine(); line != null; line = plans.readLine()) {
                System.out.println(json.writeValueAsString(driver.next(json.readValue(line, LoadPlan.class))));
            }
        }
    }

    private LoadResult next(LoadPlan plan) throws IOException, InterruptedException {
        close();
        if (plan.millis() > 0) {
            return run(plan);
        }
        held = Held.open(plan);
        return held.result();
    }

    /** Runs one phase in the calling thread. */
    static LoadResult run(LoadPlan plan) throws IOException, InterruptedException {
        if (plan.shape().kind() == Shape.Kind.EVENTS) {
            return FanOut.run(plan);
        }
        return plan.ratePerSecond() == 0 ? ClosedLoop.run(plan) : OpenLoop.run(plan);
    }

    @Override
    public void close() throws IOException {
        if (held != null) {
            held.close();
            held = null;
        }
    }
}
