package sluice.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import sluice.benchmarks.load.LoadPlan;
import sluice.benchmarks.load.LoadResult;

/** Talks to a process that makes load. Used by one thread. */
public final class LoadClient {
    private final ObjectMapper json = new ObjectMapper();
    private final BufferedWriter plans;
    private final BufferedReader results;

    /** Talks to a {@link sluice.benchmarks.load.LoadDriver}. */
    public LoadClient(Process driver) {
        plans = driver.outputWriter(StandardCharsets.UTF_8);
        results = driver.inputReader(StandardCharsets.UTF_8);
    }

    /** Runs one phase and waits for its end. */
    public LoadResult run(LoadPlan plan) throws IOException {
        begin(plan);
        return end();
    }

    /** Lets one phase begin; {@link #end} must follow. */
    public void begin(LoadPlan plan) throws IOException {
        plans.write(json.writeValueAsString(plan));
        plans.newLine();
        plans.flush();
    }

    /** Waits for the end of the phase. */
    public LoadResult end() throws IOException {
        String line = results.readLine();
        if (line == null) {
            throw new IOException("the load generator ended; its log says why");
        }
        return json.readValue(line, LoadResult.class);
    }
}
