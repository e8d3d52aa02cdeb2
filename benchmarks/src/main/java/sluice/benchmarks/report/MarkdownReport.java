package sluice.benchmarks.report;

import java.util.Locale;
import java.util.Map;
import sluice.benchmarks.load.Shape;

/** Writes a {@link Report} as Markdown. */
final class MarkdownReport {
    private final Report report;
    private final StringBuilder text = new StringBuilder();

    MarkdownReport(Report report) {
        this.report = report;
    }

    String text() {
        Machine machine = report.machine();
        line("# Sluice beside its peers");
        line("");
        line(
                "%s, %s, %d CPUs, %s, %s; %s.",
                machine.time(), machine.cpu(), machine.cpus(), machine.kernel(), machine.java(), machine.pinning());
        line(
                "%d connections, loopback, plain HTTP/1.1, keep-alive on both sides; medians (quartiles) of %d interleaved"
                        + " rounds of %d s.",
                report.connections(), report.rounds(), report.seconds());
        if (machine.isBusy()) {
            line("The machine was busy with other work (load %.1f): the figures are noisy.", machine.loadBefore());
        }
        line("");
        subjects();
        for (Shape shape : report.shapes()) {
            section(shape);
        }
        return text.toString();
    }

    private void subjects() {
        line("| peer | version | set-up |");
        line("| --- | --- | --- |");
        for (Map.Entry<String, Report.Subject> entry : report.subjects().entrySet()) {
            line(
                    "| %s | %s | %s |",
                    entry.getKey(), entry.getValue().version(), entry.getValue().setup());
        }
    }

    private void section(Shape shape) {
        line("");
        line("## %s: %s in, %s out", shape.label(), size(shape.requestBytes()), size(shape.responseBytes()));
        line("");
        line(
                "| peer | calls/s | CPU µs/call | of it user | CPU × nginx | CPU × HAProxy | core used | p50 µs | p99 µs | p99.9 µs | RSS MiB | faults |");
        line("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        for (Summary row : report.summaries(shape)) {
            row(row);
        }
        line("");
        line("Latency is at a fixed %,d calls/s, from the instant each call was due.", shape.fixedRate());
    }

    private void row(Summary row) {
        boolean isProxy = report.subjects().containsKey(row.peer());
        line(
                "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |",
                isProxy ? row.peer() : "(no proxy)",
                row.rate().middle(0),
                isProxy ? row.cpu().full(1) : "–",
                isProxy ? row.user().middle(1) : "–",
                row.toNginx().full(2),
                row.toHaproxy().full(2),
                isProxy ? String.format(Locale.ROOT, "%.0f %%", row.busy().median() * 100) : "–",
                row.p50().middle(0),
                row.p99().middle(0),
                row.p999().middle(0),
                isProxy ? row.residentMib().middle(0) : "–",
                row.faults() == 0 ? "0" : "**" + row.faults() + "**");
    }

    private static String size(int bytes) {
        if (bytes >= 1 << 20) {
            return (bytes >> 20) + " MiB";
        }
        return bytes >= 1 << 10 ? (bytes >> 10) + " KiB" : bytes + " B";
    }

    private void line(String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
