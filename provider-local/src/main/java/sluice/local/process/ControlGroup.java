package sluice.local.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The control group of one replica, which may lie in several hierarchies. Blocks. */
final class ControlGroup {
    private static final long CPU_PERIOD_MICROS = 100_000;
    private static final long LEAST_QUOTA_MICROS = 1_000; // the kernel refuses less
    private static final int REMOVAL_ATTEMPTS = 40;
    private static final long REMOVAL_PAUSE_MILLIS = 25;

    private final List<Path> directories = new ArrayList<>();

    void add(ControlGroups.Hierarchy hierarchy, Path directory, Limits limits) throws IOException {
        Files.createDirectory(directory);
        directories.add(directory);
        boolean isUnified = hierarchy.isUnified();
        if (limits.memoryBytes() > 0 && hierarchy.controllers().contains(ControlGroups.Controller.MEMORY)) {
            limitMemory(directory, isUnified, Long.toString(limits.memoryBytes()));
        }
        if (limits.cpuMillis() > 0 && hierarchy.controllers().contains(ControlGroups.Controller.CPU)) {
            limitCpu(directory, isUnified, limits.cpuMillis());
        }
    }

    /** Directories whose {@code cgroup.procs} a process must write itself into. */
    List<Path> directories() {
        return directories;
    }

    /** Removes the group, which takes until its last process is gone. */
    void remove() throws IOException, InterruptedException {
        for (Path directory : directories) {
            for (int attempt = 1; Files.isDirectory(directory); attempt++) {
                if (directory.toFile().delete()) {
                    break;
                }
                if (attempt == REMOVAL_ATTEMPTS) {
                    throw new IOException("control group stays behind: " + directory);
                }
                TimeUnit.MILLISECONDS.sleep(REMOVAL_PAUSE_MILLIS);
            }
        }
    }

    private static void limitMemory(Path directory, boolean isUnified, String bytes) throws IOException {
        if (isUnified) {
            Files.writeString(directory.resolve("memory.max"), bytes);
            writeIfThere(directory.resolve("memory.swap.max"), "0");
        } else {
            Files.writeString(directory.resolve("memory.limit_in_bytes"), bytes);
            writeIfThere(directory.resolve("memory.memsw.limit_in_bytes"), bytes); // no escape into swap
        }
    }

    private static void limitCpu(Path directory, boolean isUnified, long millis) throws IOException {
        long quota = Math.max(LEAST_QUOTA_MICROS, millis * CPU_PERIOD_MICROS / 1_000);
        if (isUnified) {
            Files.writeString(directory.resolve("cpu.max"), quota + " " + CPU_PERIOD_MICROS);
        } else {
            Files.writeString(directory.resolve("cpu.cfs_period_us"), Long.toString(CPU_PERIOD_MICROS));
            Files.writeString(directory.resolve("cpu.cfs_quota_us"), Long.toString(quota));
        }
    }

    private static void writeIfThere(Path file, String value) throws IOException {
        if (Files.exists(file)) {
            Files.writeString(file, value);
        }
    }
}
