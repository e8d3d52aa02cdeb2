package sluice.benchmarks.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * Where and when a piece of a report was made.
 *
 * @param cpus that this process may use
 * @param java of the peers on the JVM that are ours
 * @param loadBefore runnable threads in the last minute before the run (proc(5), loadavg): others' work
 */
public record Machine(
        String time, String cpu, int cpus, String kernel, String java, String pinning, double loadBefore) {
    private static final double BUSY = 0.5;

    /** Reads this machine. */
    public static Machine read(String java, String pinning) throws IOException {
        return new Machine(
                Instant.now().truncatedTo(ChronoUnit.MINUTES).toString(),
                cpuModel(),
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("os.name") + " " + System.getProperty("os.version"),
                java,
                pinning,
                Double.parseDouble(Files.readString(Path.of("/proc/loadavg")).split(" ", 2)[0]));
    }

    /** Whether others used so much of this machine that the figures will be noisy. */
    public static boolean isBusy(double loadBefore) {
        return loadBefore > BUSY;
    }

    private static String cpuModel() throws IOException {
        try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).trim())
                    .findFirst()
                    .orElse(System.getProperty("os.arch"));
        }
    }
}
