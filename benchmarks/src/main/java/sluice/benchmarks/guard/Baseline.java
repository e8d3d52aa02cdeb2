package sluice.benchmarks.guard;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/** The figures that were accepted last, in a properties file: name to number per call. */
final class Baseline {
    private static final String EXPLANATION = """
            # What a call may cost, per call: bytes that the event loops allocate, and system calls.
            # By JDK and kind of call. Written by ./sluice bench --guard --update; compared by ./sluice bench --guard.
            """;

    private final Path file;
    private final Map<String, Double> figures = new TreeMap<>();

    private Baseline(Path file) {
        this.file = file;
    }

    /** Reads {@code file}; one that does not exist is empty. */
    static Baseline read(Path file) throws IOException {
        Baseline baseline = new Baseline(file);
        if (Files.exists(file)) {
            Properties properties = new Properties();
            try (Reader in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
                properties.load(in);
            }
            properties.forEach((name, value) -> baseline.figures.put((String) name, Double.valueOf((String) value)));
        }
        return baseline;
    }

    /** Takes {@code measured} over what was there, and writes the file. */
    void update(Map<String, Double> measured) throws IOException {
        figures.putAll(measured);
        StringBuilder text = new StringBuilder(EXPLANATION);
        figures.forEach((name, value) -> text.append(String.format(Locale.ROOT, "%s=%.2f%n", name, value)));
        Files.writeString(file, text);
    }

    /** One line for each figure that is above its baseline by more than is {@link #allowed}. */
    List<String> complaints(Map<String, Double> measured) {
        List<String> complaints = new ArrayList<>();
        measured.forEach((name, value) -> {
            Double before = figures.get(name);
            if (before != null && value > allowed(name, before)) {
                complaints.add(String.format(
                        Locale.ROOT,
                        "%s is %.2f, the baseline %.2f, allowed %.2f",
                        name,
                        value,
                        before,
                        allowed(name, before)));
            }
        });
        return complaints;
    }

    /** The baseline, or "none". */
    String text(String name) {
        Double value = figures.get(name);
        return value == null ? "none" : String.format(Locale.ROOT, "%.2f", value);
    }

    /** Bytes may grow by an object that a compiler did not remove; calls by those of timers. */
    static double allowed(String name, double before) {
        return name.endsWith("bytes") ? before * 1.03 + 16 : before + 0.15;
    }
}
