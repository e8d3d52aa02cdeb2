package sluice.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Which CPUs carry what: the proxy under measurement has the last one of this process to itself, the load generator
 * and the upstream share the first. Pinning is by {@code taskset} (util-linux).
 *
 * @param allowed the CPUs this process may use
 */
record Cores(List<Integer> allowed) {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String ALLOWED = "Cpus_allowed_list:";

    Cores {
        allowed = List.copyOf(allowed);
    }

    /** Reads {@code Cpus_allowed_list} (proc(5)). */
    static Cores ofThisProcess() throws IOException {
        for (String line : Files.readAllLines(STATUS)) {
            if (line.startsWith(ALLOWED)) {
                return parse(line.substring(ALLOWED.length()).trim());
            }
        }
        throw new IOException(STATUS + " has no " + ALLOWED);
    }

    /** Reads a list such as {@code 0-2,5}. */
    static Cores parse(String list) {
        List<Integer> all = new ArrayList<>();
        for (String range : list.split(",", -1)) {
            int dash = range.indexOf('-');
            int first = Integer.parseInt(dash < 0 ? range : range.substring(0, dash));
            int last = dash < 0 ? first : Integer.parseInt(range.substring(dash + 1));
            for (int cpu = first; cpu <= last; cpu++) {
                all.add(cpu);
            }
        }
        return new Cores(all);
    }

    int forProxy() {
        return allowed.get(allowed.size() - 1);
    }

    int forLoad() {
        return allowed.get(0);
    }

    /** {@code command}, run on {@code cpu} only. */
    static List<String> pinned(int cpu, List<String> command) {
        List<String> all = new ArrayList<>(List.of("taskset", "-c", Integer.toString(cpu)));
        all.addAll(command);
        return all;
    }
}
