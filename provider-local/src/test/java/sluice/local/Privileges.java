package sluice.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** What the user who runs the tests may do, found out without the code under test. */
final class Privileges {
    private Privileges() {}

    static boolean canMakeMountNamespaces() {
        return succeeds("unshare", "--mount", "--propagation", "private", "mount", "-t", "tmpfs", "none", "/mnt");
    }

    /** Whether control groups that limit memory can be made, in a hierarchy of either version. */
    static boolean canMakeMemoryGroups() {
        Path group = memoryHierarchy().resolve("sluice-privileges");
        try {
            Files.createDirectory(group);
            Files.delete(group);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Where the kernel limits memory: the one hierarchy of control groups version 2, else that of version 1. */
    static Path memoryHierarchy() {
        Path top = Path.of("/sys/fs/cgroup");
        try {
            return Files.readString(top.resolve("cgroup.controllers")).contains("memory") ? top : top.resolve("memory");
        } catch (IOException e) {
            return top.resolve("memory");
        }
    }

    private static boolean succeeds(String... command) {
        try {
            Process process = new ProcessBuilder(command).start();
            return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
