package sluice.benchmarks.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import sluice.benchmarks.load.Shape;

/**
 * One run and all that can be said of it.
 *
 * @param seconds of each measured phase
 * @param subjects the peers that ran, in their order
 * @param samples every measurement; those of {@code direct} are the upstream without a proxy
 */
public record Report(
        Machine machine,
        int connections,
        int rounds,
        int seconds,
        Map<String, Subject> subjects,
        List<Sample> samples) {
    /** Who was measured, and how it was set up. */
    public record Subject(String version, String setup) {}

    public Report {
        subjects = Collections.unmodifiableMap(new LinkedHashMap<>(subjects));
        samples = List.copyOf(samples);
    }

    /** For people. */
    public String markdown() {
        return new MarkdownReport(this).text();
    }

    /** For programs: everything, with the summaries. */
    public String json() {
        Map<String, List<Summary>> summaries = new LinkedHashMap<>();
        shapes().forEach(shape -> summaries.put(shape.label(), summaries(shape)));
        try {
            return new ObjectMapper()
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .writeValueAsString(new Document(this, summaries));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** CPU per call as bars. */
    public String svg() {
        return new BarChart(this).svg();
    }

    List<Shape> shapes() {
        return samples.stream().map(Sample::shape).distinct().toList();
    }

    /** The peers in their order, then the upstream alone. */
    List<Summary> summaries(Shape shape) {
        List<String> names = new ArrayList<>(subjects.keySet());
        samples.stream()
                .map(Sample::peer)
                .distinct()
                .filter(name -> !names.contains(name))
                .forEach(names::add);
        return names.stream().map(name -> Summary.of(samples, shape, name)).toList();
    }

    private record Document(Report run, Map<String, List<Summary>> summaries) {}
}
