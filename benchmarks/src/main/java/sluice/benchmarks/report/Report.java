package sluice.benchmarks.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import sluice.benchmarks.load.Shape;

/**
 * One run, or several pieces of one, and all that can be said of it.
 *
 * @param machines one a piece
 * @param subjects the peers that ran, in their order
 * @param absent the peers that were asked for and could not run, with the way to have them
 * @param samples every phase; those of round 0 are the upstream without a proxy
 * @param figures what was measured beside the phases
 */
public record Report(
        List<Machine> machines,
        Map<String, Subject> subjects,
        Map<String, String> absent,
        List<Sample> samples,
        List<Figure> figures) {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    /** Who was measured, and how it was set up. */
    public record Subject(String version, String setup) {}

    public Report {
        machines = List.copyOf(machines);
        subjects = Collections.unmodifiableMap(new LinkedHashMap<>(subjects));
        absent = Collections.unmodifiableMap(new LinkedHashMap<>(absent));
        samples = List.copyOf(samples);
        figures = List.copyOf(figures);
    }

    /** Reads {@code report.json} in {@code dir}. */
    public static Report read(Path dir) throws IOException {
        JsonNode document = JSON.readTree(dir.resolve("report.json").toFile());
        return JSON.treeToValue(document.required("run"), Report.class);
    }

    /** One report of all {@code pieces}. Rounds stay those of their piece, so that no ratio is taken across pieces. */
    public static Report merged(List<Report> pieces) {
        List<Machine> machines = new ArrayList<>();
        Map<String, Subject> subjects = new LinkedHashMap<>();
        Map<String, String> absent = new LinkedHashMap<>();
        List<Sample> samples = new ArrayList<>();
        List<Figure> figures = new ArrayList<>();
        for (Report piece : pieces) {
            int rounds = samples.stream().mapToInt(Sample::round).max().orElse(0);
            piece.samples.forEach(sample -> samples.add(sample.laterBy(rounds)));
            machines.addAll(piece.machines);
            piece.subjects.forEach((name, subject) -> subjects.merge(name, subject, Report::both));
            absent.putAll(piece.absent);
            figures.addAll(piece.figures);
        }
        absent.keySet().removeAll(subjects.keySet());
        return new Report(machines, subjects, absent, samples, figures);
    }

    private static Subject both(Subject one, Subject other) {
        return one.equals(other)
                ? one
                : new Subject(joined(one.version, other.version), joined(one.setup, other.setup));
    }

    private static String joined(String one, String other) {
        return one.contains(other) ? one : one + " / " + other;
    }

    /** Writes all three forms into {@code dir}. */
    public void write(Path dir) throws IOException {
        Files.createDirectories(dir);
        Files.writeString(dir.resolve("report.md"), markdown());
        Files.writeString(dir.resolve("report.json"), json());
        Files.writeString(dir.resolve("report.svg"), svg());
    }

    /** For people. */
    public String markdown() {
        return new MarkdownReport(this).text();
    }

    /** For programs: everything, with the summaries. */
    String json() {
        Map<String, List<Summary>> summaries = new LinkedHashMap<>();
        loads().forEach(load ->
                summaries.put(load.shape().label() + "/" + load.connections() + "/" + load.rate(), summaries(load)));
        try {
            return JSON.writeValueAsString(new Document(this, summaries));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** CPU per call as bars. */
    String svg() {
        return new BarChart(this).svg();
    }

    /** All loads: shape by shape, connections ascending, saturated before fixed rates. */
    List<Load> loads() {
        Map<Shape, Map<Integer, Map<Integer, Load>>> sorted = new TreeMap<>();
        for (Sample sample : samples) {
            sorted.computeIfAbsent(sample.shape(), shape -> new TreeMap<>())
                    .computeIfAbsent(sample.connections(), connections -> new TreeMap<>())
                    .put(sample.rate(), Load.of(sample));
        }
        return sorted.values().stream()
                .flatMap(byConnections -> byConnections.values().stream())
                .flatMap(byRate -> byRate.values().stream())
                .toList();
    }

    /** The peers in their order, then the upstream alone; only those with a sample. */
    List<Summary> summaries(Load load) {
        List<String> names = new ArrayList<>(subjects.keySet());
        samples.stream()
                .map(Sample::peer)
                .distinct()
                .filter(name -> !names.contains(name))
                .forEach(names::add);
        return names.stream()
                .map(name -> Summary.of(samples, load, name))
                .filter(summary -> !summary.isEmpty())
                .toList();
    }

    private record Document(Report run, Map<String, List<Summary>> summaries) {}
}
