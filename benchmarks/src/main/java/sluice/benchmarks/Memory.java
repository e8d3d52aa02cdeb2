package sluice.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Resident memory of processes, {@code VmRSS} of {@code /proc/PID/status} (proc(5)); shared pages count in each. */
public final class Memory {
    private static final String RESIDENT = "VmRSS:";

    private Memory() {}

    /** Of all of them. */
    public static long residentBytes(List<Long> pids) throws IOException {
        long kib = 0;
        for (long pid : pids) {
            for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "status"))) {
                if (line.startsWith(RESIDENT)) {
                    kib += Long.parseLong(line.replaceAll("[^0-9]", ""));
                }
            }
        }
        return kib * 1_024;
    }
}
