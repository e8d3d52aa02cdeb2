package sluice.benchmarks.guard;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Counts the system calls of a process with {@code strace -f -c}. */
final class Strace {
    private static final long ATTACH_NANOS = TimeUnit.SECONDS.toNanos(20);
    private static final Set<String> ON_SOCKETS = Set.of(
            "read", "readv", "recvfrom", "recvmsg", "recvmmsg", "write", "writev", "sendto", "sendmsg", "sendmmsg");

    private Strace() {}

    /**
     * System calls of one stretch of work.
     *
     * @param onSockets that read or write
     * @param others that wait for events, and everything else
     */
    record Counts(long onSockets, long others, Map<String, Long> all) {
        Counts {
            all = Map.copyOf(all);
        }
    }

    /** What is counted. */
    interface Calls {
        void run() throws IOException;
    }

    static boolean isInstalled() {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
                .anyMatch(dir -> Files.isExecutable(Path.of(dir, "strace")));
    }

    /** Counts what {@code pid} does during {@code calls}. */
    static Counts count(Processes processes, Path dir, long pid, Calls calls) throws IOException, InterruptedException {
        Path table = dir.resolve("strace.table");
        Path log = dir.resolve("strace.log");
        Process strace =
                processes.start(List.of("strace", "-f", "-c", "-o", table.toString(), "-p", Long.toString(pid)), log);
        awaitAttached(strace, log, pid);
        calls.run();
        strace.destroy(); // it lets go of the process and writes its table
        if (!strace.waitFor(10, TimeUnit.SECONDS)) {
            throw new IOException("strace did not end");
        }
        return parse(Files.readAllLines(table));
    }

    private static void awaitAttached(Process strace, Path log, long pid) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + ATTACH_NANOS;
        while (!Files.readString(log).contains("Process " + pid + " attached")) {
            if (!strace.isAlive() || System.nanoTime() > deadline) {
                throw new IOException(
                        "strace could not attach: " + Files.readString(log).trim());
            }
            Thread.sleep(20);
        }
    }

    /** Reads the table: a line has the number of calls in its fourth column and their name in its last. */
    static Counts parse(List<String> table) {
        Map<String, Long> all = new HashMap<>();
        for (String line : table) {
            String[] columns = line.trim().split("\\s+", -1);
            if (columns.length >= 5 && columns[3].matches("[0-9]+") && !columns[columns.length - 1].equals("total")) {
                all.merge(columns[columns.length - 1], Long.parseLong(columns[3]), Long::sum);
            }
        }
        long onSockets = 0;
        long others = 0;
        for (Map.Entry<String, Long> call : all.entrySet()) {
            if (ON_SOCKETS.contains(call.getKey())) {
                onSockets += call.getValue();
            } else {
                others += call.getValue();
            }
        }
        return new Counts(onSockets, others, all);
    }
}
