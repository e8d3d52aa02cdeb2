package sluice.benchmarks.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The tables of what was measured beside the phases: one a topic. */
final class FigureTables {
    private final List<Figure> figures;
    private final StringBuilder text = new StringBuilder();

    FigureTables(List<Figure> figures) {
        this.figures = figures;
    }

    String text() {
        for (Topic topic : Topic.values()) {
            List<Figure> own =
                    figures.stream().filter(figure -> figure.topic() == topic).toList();
            if (!own.isEmpty()) {
                table(topic, own);
            }
        }
        return text.toString();
    }

    private void table(Topic topic, List<Figure> own) {
        line("");
        line("## %s", topic.title());
        line("");
        line("%s", topic.meaning());
        line("");
        line("| peer | what | median (quartiles) | 95 %% interval of the median | values | verdict on a ratio |");
        line("| --- | --- | ---: | ---: | ---: | --- |");
        List<Figure> left = new ArrayList<>(own);
        while (!left.isEmpty()) {
            Figure first = left.get(0);
            row(
                    first,
                    left.stream()
                            .filter(first::isOfOneRowWith)
                            .map(Figure::value)
                            .toList());
            left.removeIf(first::isOfOneRowWith);
        }
    }

    private void row(Figure kind, List<Double> values) {
        Interval interval = Interval.ofMedian(values);
        boolean isRatio = kind.unit().isEmpty();
        int decimals = isRatio ? 3 : 1;
        line(
                "| %s | %s | %s %s | %s | %d | %s |",
                kind.peer(),
                kind.name(),
                Spread.of(values).full(decimals),
                kind.unit(),
                Double.isNaN(interval.lower())
                        ? "–"
                        : new Spread(interval.median(), interval.lower(), interval.upper()).range(decimals),
                values.size(),
                isRatio ? interval.verdict() : "");
    }

    private void line(String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
