package sluice.benchmarks.peer;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Finds programs of this machine and asks them who they are. */
public final class Programs {
    private Programs() {}

    /** The executable of that name on the PATH or where Debian keeps servers. */
    public static Optional<Path> find(String name) {
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
        return lineWith("", command);
    }

    /** The first line with {@code part} in it that {@code command} writes, on either stream; else an empty one. */
    static String lineWith(String part, String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (var out = process.inputReader(StandardCharsets.UTF_8)) {
            return out.lines()
                    .filter(line -> line.contains(part))
                    .findFirst()
                    .orElse("")
                    .trim();
        } finally {
            process.destroy();
        }
    }
}
