package sluice.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import sluice.benchmarks.report.Figure;
import sluice.benchmarks.report.Machine;
import sluice.benchmarks.report.Report;
import sluice.benchmarks.report.Sample;
import sluice.benchmarks.report.Topic;

/** Collects what one run finds, and says so while it goes on. */
final class Findings {
    private final Consumer<String> progress;
    private final Map<String, Report.Subject> subjects = new LinkedHashMap<>();
    private final Map<String, String> absent = new LinkedHashMap<>();
    private final List<Sample> samples = new ArrayList<>();
    private final List<Figure> figures = new ArrayList<>();

    Findings(Consumer<String> progress) {
        this.progress = progress;
    }

    void say(String format, Object... values) {
        progress.accept(String.format(Locale.ROOT, format, values));
    }

    void subject(String peer, Report.Subject subject) {
        subjects.put(peer, subject);
    }

    void absent(String peer, String remedy) {
        absent.put(peer, remedy);
        say("%s is left out; to have it: %s", peer, remedy);
    }

    void sample(Sample sample) {
        samples.add(sample);
    }

    void figure(Topic topic, String peer, String name, String unit, double value) {
        figures.add(new Figure(topic, peer, name, unit, value));
        say("%-16s %s: %,.3f %s", peer, name, value, unit);
    }

    Report report(Machine machine) {
        return new Report(List.of(machine), subjects, absent, samples, figures);
    }
}
