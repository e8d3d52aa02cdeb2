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

    static boolean canMakeMemoryGroups() {
        Path group = Path.of("/sys/fs/cgroup/memory/sluice-privileges");
        try {
            Files.createDirectory(group);
            Files.delete(group);
            return true;
        } catch (IOException e) {
            return false;
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
