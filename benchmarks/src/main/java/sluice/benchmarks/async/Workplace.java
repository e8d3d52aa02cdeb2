package sluice.benchmarks.async;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A run in an empty directory, which goes when the run went well, and stays to be looked at when it did not. */
@FunctionalInterface
interface Workplace {
    /** Works in {@code directory}; tells whether all is well. */
    boolean work(Path directory) throws IOException, InterruptedException;

    /** The exit code. */
    static int run(Workplace work) throws InterruptedException {
        try {
            Path directory = Files.createTempDirectory("sluice-async");
            if (work.work(directory)) {
                delete(directory);
                return 0;
            }
            System.err.println("sluice bench: not as promised; everything is in " + directory);
        } catch (IOException e) {
            System.err.println("sluice bench: " + e.getMessage());
        }
        return 1;
    }

    private static void delete(Path tree) throws IOException {
        List<Path> all;
        try (Stream<Path> walked = Files.walk(tree)) {
            all = walked.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : all) {
            Files.delete(path);
        }
    }
}
