package sluice.benchmarks.report;

import java.util.List;
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
        line("# Sluice beside its peers");
        line("");
        report.machines().forEach(this::machine);
        line("");
        line("Loopback, plain HTTP/1.1, keep-alive on both sides; medians (quartiles) of interleaved rounds.");
        line("");
        subjects();
        List<Load> loads = report.loads();
        for (Load load : loads) {
            if (load.isForCpu()) {
                cpu(load);
            }
            if (load.rate() > 0) {
                latency(load);
            }
        }
        text.append(new FigureTables(report.figures()).text());
        return text.toString();
    }

    private void machine(Machine machine) {
        line(
                "- %s, %s, %d CPUs, %s, %s; %s%s",
                machine.time(),
                machine.cpu(),
                machine.cpus(),
                machine.kernel(),
                machine.java(),
                machine.pinning(),
                Machine.isBusy(machine.loadBefore())
                        ? String.format(
                                Locale.ROOT,
                                "; busy with other work (load %.1f), so the figures are noisy",
                                machine.loadBefore())
                        : "");
    }

    private void subjects() {
        line("| peer | version | set-up |");
        line("| --- | --- | --- |");
        for (Map.Entry<String, Report.Subject> entry : report.subjects().entrySet()) {
            line(
                    "| %s | %s | %s |",
                    entry.getKey(), entry.getValue().version(), entry.getValue().setup());
        }
        report.absent().forEach((peer, remedy) -> line("| %s | left out | to have it: %s |", peer, remedy));
    }

    private void cpu(Load load) {
        Shape shape = load.shape();
        List<Summary> rows = report.summaries(load);
        line("");
        line(
                "## %s, %,d connections: %s in, %s out",
                shape.label(), load.connections(), size(shape.requestBytes()), size(shape.responseBytes()));
        line("");
        line(
                "%s.",
                load.rate() == 0
                        ? "Saturated: every connection sends as soon as it was answered"
                        : String.format(Locale.ROOT, "Paced: %,d a second over all connections", load.rate()));
        line("");
        line(
                "| peer | %1$ss/s | CPU µs/%1$s | user | system | %2$s | CPU × nginx | CPU × HAProxy | core used | p50 µs | RSS MiB | faults |",
                shape.unit(), shape.mebibytes() > 0 ? "CPU µs/MiB" : shape.unit() + "s/s of a core");
        line("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        rows.forEach(row -> cpu(row, shape));
    }

    private void cpu(Summary row, Shape shape) {
        boolean isProxy = report.subjects().containsKey(row.peer());
        double cpu = row.cpu().median();
        line(
                "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |",
                isProxy ? row.peer() : "(no proxy)",
                row.rate().middle(row.rate().median() < 100 ? 1 : 0),
                isProxy ? row.cpu().full(1) : "–",
                isProxy ? row.user().middle(1) : "–",
                isProxy ? row.system().middle(1) : "–",
                isProxy
                        ? String.format(
                                Locale.ROOT, "%,.0f", shape.mebibytes() > 0 ? cpu / shape.mebibytes() : 1e6 / cpu)
                        : "–",
                isProxy ? row.toNginx().full(2) : "–",
                isProxy ? row.toHaproxy().full(2) : "–",
                isProxy ? String.format(Locale.ROOT, "%.0f %%", row.busy().median() * 100) : "–",
                row.p50().middle(0),
                isProxy ? row.residentMib().middle(0) : "–",
                faults(row));
    }

    private void latency(Load load) {
        line("");
        line(
                "At a fixed %,d %ss/s, latency in µs from the instant each was due:",
                load.rate(), load.shape().unit());
        line("");
        line(
                "| peer | %ss/s | p50 | p90 | p99 | p99.9 | CPU µs/%s | faults |",
                load.shape().unit(), load.shape().unit());
        line("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        for (Summary row : report.summaries(load)) {
            boolean isProxy = report.subjects().containsKey(row.peer());
            line(
                    "| %s | %s | %s | %s | %s | %s | %s | %s |",
                    isProxy ? row.peer() : "(no proxy)",
                    row.rate().middle(0),
                    row.p50().full(0),
                    row.p90().full(0),
                    row.p99().full(0),
                    row.p999().full(0),
                    isProxy ? row.cpu().middle(1) : "–",
                    faults(row));
        }
    }

    private static String faults(Summary row) {
        return row.faults() == 0 ? "0" : "**" + row.faults() + "**";
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
