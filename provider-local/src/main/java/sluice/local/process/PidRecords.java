package sluice.local.process;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which session leaders this data directory has started: an empty file each, named by the machine's boot, the pid and the
 * start time. They only have to outlive the gateway, not the machine, so nothing is synced. Thread-safe; blocks.
 */
public final class PidRecords {
    private static final Pattern NAME = Pattern.compile("([0-9a-f-]{36})_([0-9]{1,10})_([0-9]{1,19})");

    private final Path directory;
    private final String machineBoot;

    private PidRecords(Path directory, String machineBoot) {
        this.directory = directory;
        this.machineBoot = machineBoot;
    }

    public static PidRecords open(Path directory) throws IOException {
        Files.createDirectories(directory);
        return new PidRecords(
                directory,
                Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).trim());
    }

    /** A leader as it was recorded. */
    public record Leader(long pid, long startTicks) {}

    /** Records the leader; one that has already ended needs no record. */
    Leader add(long pid) throws IOException {
        ProcessTable.Entry entry = ProcessTable.read(pid);
        Leader leader = new Leader(pid, entry == null ? -1 : entry.startTicks());
        if (entry != null) {
            Files.createFile(fileOf(leader));
        }
        return leader;
    }

    void remove(Leader leader) throws IOException {
        Files.deleteIfExists(fileOf(leader));
    }

    /** The leaders that an earlier gateway on this boot of the machine has left. */
    List<Leader> leftBehind() throws IOException {
        List<Leader> leaders = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                Matcher name = NAME.matcher(file.getFileName().toString());
                if (name.matches() && name.group(1).equals(machineBoot)) {
                    leaders.add(new Leader(Long.parseLong(name.group(2)), Long.parseLong(name.group(3))));
                }
            }
        }
        return leaders;
    }

    void clear() throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
        }
    }

    private Path fileOf(Leader leader) {
        return directory.resolve(machineBoot + "_" + leader.pid + "_" + leader.startTicks);
    }
}
