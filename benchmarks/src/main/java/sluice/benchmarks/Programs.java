package sluice.benchmarks;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Finds programs of this machine and asks them who they are. */
final class Programs {
    private Programs() {}

    /** The executable of that name on the PATH or where Debian keeps servers. */
    static Optional<Path> find(String name) {
        List<String> dirs =
                new ArrayList<>(List.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)));
        dirs.addAll(List.of("/usr/sbin", "/usr/local/sbin"));
        return dirs.stream()
                .map(dir -> Path.of(dir, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** The first line that {@code command} writes, on either stream. */
    static String firstLine(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (var out = process.inputReader(StandardCharsets.UTF_8)) {
            String line = out.readLine();
            return line == null ? "" : line.trim();
        } finally {
            process.destroy();
        }
    }
}
