package sluice.benchmarks.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * CPU time that processes have used since their start, all threads, in microseconds.
 *
 * <p>Read from {@code /proc/PID/stat}, fields 14 and 15, in clock ticks of 1/100 s (proc(5)): over a phase of one
 * second on a busy core the error is one per cent.
 */
record CpuTime(long userMicros, long systemMicros) {
    private static final long MICROS_PER_TICK = 10_000;
    private static final int USER = 11; // counted from field 3, the first after the command in parentheses
    private static final int SYSTEM = 12;

    static CpuTime of(List<Long> pids) throws IOException {
        long user = 0;
        long system = 0;
        for (long pid : pids) {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            user += Long.parseLong(fields[USER]);
            system += Long.parseLong(fields[SYSTEM]);
        }
        return new CpuTime(user * MICROS_PER_TICK, system * MICROS_PER_TICK);
    }

    CpuTime minus(CpuTime earlier) {
        return new CpuTime(userMicros - earlier.userMicros, systemMicros - earlier.systemMicros);
    }
}
