package sluice.benchmarks.soak;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What a soak came to: a page for people, and every sample as CSV. */
final class SoakReport {
    private static final double FLAT = 0.05;
    private static final double MEBIBYTE = 1 << 20;

    private final List<String> preface;
    private final List<Vitals> samples;
    private final Map<String, Boolean> promises;

    /**
     * Of what was seen.
     *
     * @param preface lines that tell what was done
     * @param promises each with whether it was kept
     */
    SoakReport(List<String> preface, List<Vitals> samples, Map<String, Boolean> promises) {
        this.preface = List.copyOf(preface);
        this.samples = List.copyOf(samples);
        this.promises = new LinkedHashMap<>(promises);
    }

    private Map<String, Flatness> trends() {
        Map<String, Flatness> trends = new LinkedHashMap<>();
        trends.put("heap after a full collection, MiB", mebibytes(Vitals::heap, 2));
        trends.put("direct memory of the pool, MiB", mebibytes(Vitals::direct, 8)); // two chunks
        trends.put("resident memory, MiB", mebibytes(Vitals::resident, 8));
        trends.put("descriptors", Flatness.of(samples, Vitals::descriptors, FLAT, 8));
        trends.put("threads", Flatness.of(samples, Vitals::threads, 0, 1));
        return trends;
    }

    private Flatness mebibytes(java.util.function.ToLongFunction<Vitals> bytes, double amount) {
        return Flatness.of(samples, vitals -> bytes.applyAsLong(vitals) / MEBIBYTE, FLAT, amount);
    }

    boolean isKept() {
        return promises.values().stream().allMatch(kept -> kept)
                && trends().values().stream().allMatch(Flatness::isFlat);
    }

    String markdown() {
        List<String> lines = new ArrayList<>(List.of("# Soak", ""));
        lines.addAll(preface);
        lines.addAll(List.of(
                "",
                "| what must not grow | median of the second half | growth over it | allowed | flat |",
                "| --- | ---: | ---: | ---: | --- |"));
        trends().forEach((name, trend) -> lines.add(String.format(
                Locale.ROOT,
                "| %s | %.1f | %+.2f | %.2f | %s |",
                name,
                trend.median(),
                trend.growth(),
                trend.allowed(),
                trend.isFlat() ? "yes" : "**no**")));
        lines.addAll(List.of("", "| what must hold | |", "| --- | --- |"));
        promises.forEach((promise, kept) -> lines.add("| " + promise + " | " + (kept ? "yes" : "**no**") + " |"));
        lines.addAll(List.of(
                "",
                "| minute | heap, MiB | direct, MiB | resident, MiB | descriptors | threads |",
                "| ---: | ---: | ---: | ---: | ---: | ---: |"));
        long next = 0;
        for (Vitals vitals : samples) {
            if (vitals.second() >= next) {
                lines.add(row(vitals));
                next += Math.max(60, samples.get(samples.size() - 1).second() / 20);
            }
        }
        return String.join("\n", lines) + "\n";
    }

    private static String row(Vitals vitals) {
        return String.format(
                Locale.ROOT,
                "| %.1f | %.1f | %.1f | %.1f | %d | %d |",
                vitals.second() / 60.0,
                vitals.heap() / MEBIBYTE,
                vitals.direct() / MEBIBYTE,
                vitals.resident() / MEBIBYTE,
                vitals.descriptors(),
                vitals.threads());
    }

    /** Writes {@code report.md} and {@code samples.csv}. */
    void write(Path out) throws IOException {
        Path unused = Files.createDirectories(out);
        Path page = Files.writeString(out.resolve("report.md"), markdown());
        List<String> lines = new ArrayList<>(List.of(Vitals.CSV_HEAD));
        samples.forEach(vitals -> lines.add(vitals.csv()));
        Path all = Files.write(out.resolve("samples.csv"), lines);
        System.out.println("report in " + page.toAbsolutePath() + ", samples in " + all.getFileName());
    }
}
