package sluice.benchmarks.load;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/**
 * The load generator as a process: reads one {@link LoadPlan} per line as JSON from standard input, answers each with
 * one {@link LoadResult} per line, and ends with its input.
 */
public final class LoadDriver {
    private LoadDriver() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        ObjectMapper json = new ObjectMapper();
        BufferedReader plans = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = plans.readLine(); line != null; line = plans.readLine()) {
            System.out.println(json.writeValueAsString(run(json.readValue(line, LoadPlan.class))));
        }
    }

    /** Runs one phase in the calling thread. */
    static LoadResult run(LoadPlan plan) throws IOException, InterruptedException {
        return plan.ratePerSecond() == 0 ? ClosedLoop.run(plan) : OpenLoop.run(plan);
    }
}
