package sluice.benchmarks.report;

import java.util.List;
import java.util.Locale;

/** Draws CPU per call of every peer as horizontal bars with whiskers at the quartiles, one group a load. */
final class BarChart {
    private static final int WIDTH = 720;
    private static final int LEFT = 90;
    private static final int LONGEST = 480;
    private static final int BAR = 22;
    private static final int TITLE = 34;

    private final Report report;
    private final StringBuilder svg = new StringBuilder();
    private int y = 12;

    BarChart(Report report) {
        this.report = report;
    }

    String svg() {
        report.loads().stream().filter(Load::isForCpu).forEach(this::group);
        return String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\""
                        + " font-family=\"sans-serif\" font-size=\"13\" role=\"img\""
                        + " aria-label=\"CPU microseconds per call\">%n"
                        + "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n%s</svg>%n",
                WIDTH,
                y,
                WIDTH,
                y,
                svg);
    }

    private void group(Load load) {
        List<Summary> rows = report.summaries(load).stream()
                .filter(row -> report.subjects().containsKey(row.peer()))
                .toList();
        double most = rows.stream().mapToDouble(row -> row.cpu().upper()).max().orElse(1);
        element(
                "<text x=\"%d\" y=\"%d\" font-weight=\"bold\">%s, %d connections: CPU µs per %s (less is better)</text>",
                8,
                y + 14,
                load.shape().label(),
                load.connections(),
                load.shape().unit());
        y += TITLE - 8;
        for (Summary row : rows) {
            bar(row, LONGEST / most);
            y += BAR + 6;
        }
        y += TITLE - BAR;
    }

    private void bar(Summary row, double scale) {
        Spread cpu = row.cpu();
        int middle = y + BAR / 2;
        element("<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>", LEFT - 8, middle + 5, row.peer());
        element(
                "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>",
                LEFT, y, cpu.median() * scale, BAR, row.peer().equals("sluice") ? "#1768ac" : "#b8c4ce");
        element(
                "<path d=\"M%.1f %dH%.1f\" stroke=\"#222\" stroke-width=\"2\"/>",
                LEFT + cpu.lower() * scale, middle, LEFT + cpu.upper() * scale);
        element("<text x=\"%.1f\" y=\"%d\">%s</text>", LEFT + cpu.upper() * scale + 8, middle + 5, cpu.middle(1));
    }

    private void element(String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
