package sluice.benchmarks;

import java.util.List;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Runs the JMH benchmarks of this module, with the allocation of each call. */
final class MicroBenchmarks {
    private MicroBenchmarks() {}

    /** Those whose names match one of {@code patterns} (regular expressions); all when there is none. */
    static void run(List<String> patterns) throws RunnerException {
        ChainedOptionsBuilder options = new OptionsBuilder().addProfiler(GCProfiler.class);
        patterns.forEach(options::include);
        var unused = new Runner(options.build()).run();
    }
}
