package sluice.local.process;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The processes of this machine at one moment, from {@code /proc} (Linux, proc(5)). Immutable. Reading it costs some ten
 * microseconds per process; blocks.
 */
public final class ProcessTable {
    private static final Path PROC = Path.of("/proc");

    private final Map<Long, Entry> entries;

    private ProcessTable(Map<Long, Entry> entries) {
        this.entries = entries;
    }

    /**
     * One process.
     *
     * @param session the process that leads its session
     * @param state as the kernel abbreviates it: R for running or waiting for a CPU, S for sleeping, Z for ended
     * @param cpuTicks user and system time, in hundredths of a second
     * @param startTicks since the machine's boot; with {@code pid} it names a process for ever
     */
    public record Entry(long pid, long parent, long session, char state, long cpuTicks, long startTicks) {
        /** Ended, though nobody has waited for it yet. */
        public boolean isZombie() {
            return state == 'Z' || state == 'X';
        }

        /** Waits for nothing but a CPU or a disk. */
        public boolean isBusy() {
            return state == 'R' || state == 'D';
        }

        /** Ends this very process, not a later one of the same pid. */
        void kill() {
            ProcessHandle.of(pid)
                    .filter(handle -> isStillItself())
                    .ifPresent(ProcessHandle::destroyForcibly); // compares the start time once more
        }

        private boolean isStillItself() {
            Entry now = ProcessTable.read(pid);
            return now != null && now.startTicks == startTicks;
        }
    }

    /** The table of now. */
    public static ProcessTable snapshot() {
        Map<Long, Entry> entries = new HashMap<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[1-9]*")) {
            for (Path process : processes) {
                Entry entry = read(Long.parseLong(process.getFileName().toString()));
                if (entry != null) {
                    entries.put(entry.pid, entry);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new ProcessTable(entries);
    }

    /** One process now, or null when there is none. */
    public static @Nullable Entry read(long pid) {
        try {
            String stat = Files.readString(PROC.resolve(pid + "/stat"), ISO_8859_1);
            String[] field = stat.substring(stat.lastIndexOf(')') + 2).split(" ", 21);
            return new Entry(
                    pid,
                    Long.parseLong(field[1]),
                    Long.parseLong(field[3]),
                    field[0].charAt(0),
                    Long.parseLong(field[11]) + Long.parseLong(field[12]),
                    Long.parseLong(field[19]));
        } catch (IOException e) {
            return null; // it has ended
        }
    }

    /** Resident memory of a process now; 0 when it has ended. */
    public static long residentBytes(long pid) {
        try (Stream<String> lines = Files.lines(PROC.resolve(pid + "/status"), ISO_8859_1)) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("[^0-9]", "")))
                    .sum();
        } catch (IOException | UncheckedIOException e) {
            return 0;
        }
    }

    public @Nullable Entry find(long pid) {
        return entries.get(pid);
    }

    /** Running processes that belong to the sessions of {@code leaders}, and all their descendants. */
    public Set<Entry> members(Collection<Long> leaders) {
        Set<Long> roots = new HashSet<>(leaders);
        return closure(entry -> roots.contains(entry.pid) || roots.contains(entry.session));
    }

    /** Running processes with an environment variable that begins so ({@code NAME=VALUE}), and their descendants. */
    public Set<Entry> carrying(String assignment) {
        return closure(entry -> isCarrying(entry.pid, assignment));
    }

    /** As {@link #carrying}, and those in mount namespaces that bear this mark, though they have changed everything. */
    public Set<Entry> marked(String mark) {
        return closure(entry -> isCarrying(entry.pid, mark) || isAmongMounts(entry.pid, mark));
    }

    private Set<Entry> closure(Predicate<Entry> isRoot) {
        Set<Entry> found = new HashSet<>();
        entries.values().stream().filter(isRoot).forEach(found::add);
        Set<Long> pids = new HashSet<>();
        found.forEach(entry -> pids.add(entry.pid));
        boolean grew = !found.isEmpty();
        while (grew) {
            grew = false;
            for (Entry entry : entries.values()) {
                if (pids.contains(entry.parent) && pids.add(entry.pid)) {
                    found.add(entry);
                    grew = true;
                }
            }
        }
        found.removeIf(Entry::isZombie);
        return found;
    }

    private static boolean isCarrying(long pid, String assignment) {
        String environment = text(pid, "environ");
        return environment.startsWith(assignment) || environment.contains("\0" + assignment);
    }

    private static boolean isAmongMounts(long pid, String mark) {
        return text(pid, "mountinfo").contains(" " + mark);
    }

    private static String text(long pid, String file) {
        try {
            return new String(Files.readAllBytes(PROC.resolve(pid + "/" + file)), ISO_8859_1);
        } catch (IOException e) {
            return ""; // ended, or somebody else's
        }
    }
}
