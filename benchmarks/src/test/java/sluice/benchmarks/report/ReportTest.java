package sluice.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import sluice.benchmarks.load.LoadResult;
import sluice.benchmarks.load.Shape;

class ReportTest {
    private static final Machine MACHINE =
            new Machine("2026-01-01T00:00:00Z", "Z80", 2, "Linux 1", "Java 17", "pinned", 3.0);

    private static final Load SATURATED = new Load(Shape.GET64, 64, 0);

    @TempDir
    Path dir;

    private final Report report = new Report(
            List.of(MACHINE),
            subjects(),
            Map.of("envoy", "install it"),
            Stream.of(
                            samples(0, "direct", 0, 0),
                            samples(1, "nginx", 20, 0),
                            samples(1, "sluice", 10, 0),
                            samples(2, "sluice", 40, 3),
                            samples(2, "nginx", 40, 0),
                            samples(3, "nginx", 20, 0),
                            samples(3, "sluice", 15, 0))
                    .flatMap(List::stream)
                    .toList(),
            List.of(
                    new Figure(Topic.SYSCALLS, "sluice", "all", "per call", 4.0),
                    new Figure(Topic.SYSCALLS, "sluice", "all", "per call", 5.0),
                    new Figure(Topic.PAIRS, "sluice / nginx", "CPU", "", 0.9)));

    @Test
    void dividesOnlyFiguresOfTheSameRound() {
        Summary sluice = report.summaries(SATURATED).get(0);
        assertThat(sluice.cpu().median()).isEqualTo(15);
        assertThat(sluice.toNginx()).isEqualTo(new Spread(0.75, 0.625, 0.875)); // of 10/20, 40/40, 15/20
    }

    @Test
    void leavesOutRatiosToAnAbsentPeer() {
        assertThat(report.summaries(SATURATED).get(0).toHaproxy().median()).isNaN();
    }

    @Test
    void writesOneRowForEachPeerAndOneWithoutAProxy() {
        assertThat(report.markdown())
                .contains("## get64, 64 connections: 0 B in, 64 B out")
                .contains("| sluice | 1,000 | 15.0 (12.5–27.5) | 15.0 | 0.0 | 66,667 |")
                .contains("| nginx | 1,000 | 20.0 (20.0–30.0) |")
                .contains("| (no proxy) | 1,000 | – |")
                .contains("At a fixed 5,000 calls/s")
                .contains("| sluice | 5,000 | 100 (100–100) | 150 (150–150) | 200 (200–200) | 300 (300–300) |")
                .contains("Z80")
                .contains("| envoy | left out | to have it: install it |")
                .contains("| nginx | 1.22 | one worker |");
    }

    @Test
    void marksPeersWithFaults() {
        assertThat(report.markdown().lines().filter(line -> line.startsWith("| sluice | 1,000")))
                .singleElement()
                .asString()
                .endsWith("| **3** |");
        assertThat(report.markdown().lines().filter(line -> line.startsWith("| nginx | 1,000")))
                .singleElement()
                .asString()
                .endsWith("| 0 |");
    }

    @Test
    void saysThatTheMachineWasBusy() {
        assertThat(report.markdown()).contains("busy with other work (load 3.0)");
    }

    @Test
    void writesEverySampleAsJson() throws Exception {
        JsonNode json = new ObjectMapper().readTree(report.json());
        assertThat(json.at("/run/samples")).hasSize(14);
        assertThat(json.at("/run/machines/0/cpu").asText()).isEqualTo("Z80");
        assertThat(json.at("/run/subjects/nginx/version").asText()).isEqualTo("1.22");
        assertThat(json.at("/summaries/get64~164~10/0/cpu/median").asDouble()).isEqualTo(15);
    }

    @Test
    void groupsFiguresThatDifferInTheirValueOnly() {
        assertThat(report.markdown())
                .contains("| sluice | all | 4.5 (4.3–4.8) per call | – | 2 |  |")
                .contains("| sluice / nginx | CPU | 0.900 (0.900–0.900)  | – | 1 | too few values |");
    }

    @Test
    void isReadAsItWasWritten() throws Exception {
        report.write(dir);
        assertThat(Report.read(dir)).isEqualTo(report);
        assertThat(dir.resolve("report.md")).hasContent(report.markdown());
        assertThat(dir.resolve("report.svg")).exists();
    }

    @Test
    void mergesPieces_withoutRatiosAcrossThem() {
        Report onlyNginx = new Report(
                List.of(MACHINE),
                Map.of("nginx", new Report.Subject("1.23", "one worker")),
                Map.of("sluice", "build it"),
                samples(1, "nginx", 1, 0),
                List.of(new Figure(Topic.SYSCALLS, "sluice", "all", "per call", 5.0)));

        Report merged = Report.merged(List.of(report, onlyNginx));

        assertThat(merged.machines()).hasSize(2);
        assertThat(merged.absent()).containsOnlyKeys("envoy");
        assertThat(merged.subjects().get("nginx")).isEqualTo(new Report.Subject("1.22 / 1.23", "one worker"));
        assertThat(merged.summaries(SATURATED).get(0).toNginx()).isEqualTo(new Spread(0.75, 0.625, 0.875));
        assertThat(merged.summaries(SATURATED).get(1).cpu().median()).isEqualTo(20); // of 20, 40, 20 and 1
        assertThat(merged.markdown()).contains("| sluice | all | 5.0 (4.5–5.0) per call | – | 3 |  |");
    }

    @Test
    void drawsOneBarForEachPeer() throws Exception {
        Document svg = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(report.svg().getBytes(StandardCharsets.UTF_8)));
        assertThat(svg.getDocumentElement().getTagName()).isEqualTo("svg");
        assertThat(svg.getElementsByTagName("rect").getLength()).isEqualTo(1 + 2); // the background, two peers
        assertThat(report.svg()).contains(">sluice<", ">nginx<").doesNotContain(">direct<");
    }

    private static Map<String, Report.Subject> subjects() {
        Map<String, Report.Subject> subjects = new LinkedHashMap<>();
        subjects.put("sluice", new Report.Subject("0.1", "everything on"));
        subjects.put("nginx", new Report.Subject("1.22", "one worker"));
        return subjects;
    }

    /** Saturated, and at the fixed rate. */
    private static List<Sample> samples(int round, String peer, long cpuPerCall, long notOk) {
        LoadResult saturated = new LoadResult(1_000, 1_200, notOk, 0, 0, 1.0, cpuPerCall * 1_000, 0, 1, 2, 3, 4);
        LoadResult fixed = new LoadResult(5_000, 6_000, 0, 0, 0, 1.0, 0, 0, 100, 150, 200, 300);
        return List.of(
                new Sample(round, peer, Shape.GET64, 64, 0, saturated, 1 << 20),
                new Sample(round, peer, Shape.GET64, 64, 5_000, fixed, 1 << 20));
    }
}
