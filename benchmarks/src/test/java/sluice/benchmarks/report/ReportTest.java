package sluice.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import sluice.benchmarks.load.LoadResult;
import sluice.benchmarks.load.Shape;

class ReportTest {
    private static final Machine MACHINE =
            new Machine("2026-01-01T00:00:00Z", "Z80", 2, "Linux 1", "Java 17", "pinned", 3.0);

    private final Report report = new Report(
            MACHINE,
            64,
            3,
            1,
            subjects(),
            List.of(
                    sample(0, "direct", 0, 0),
                    sample(1, "nginx", 20, 0),
                    sample(1, "sluice", 10, 0),
                    sample(2, "sluice", 40, 3),
                    sample(2, "nginx", 40, 0),
                    sample(3, "nginx", 20, 0),
                    sample(3, "sluice", 15, 0)));

    @Test
    void dividesOnlyFiguresOfTheSameRound() {
        Summary sluice = report.summaries(Shape.GET64).get(0);
        assertThat(sluice.cpu().median()).isEqualTo(15);
        assertThat(sluice.toNginx()).isEqualTo(new Spread(0.75, 0.625, 0.875)); // of 10/20, 40/40, 15/20
    }

    @Test
    void leavesOutRatiosToAnAbsentPeer() {
        assertThat(report.summaries(Shape.GET64).get(0).toHaproxy().median()).isNaN();
    }

    @Test
    void writesOneRowForEachPeerAndOneWithoutAProxy() {
        assertThat(report.markdown())
                .contains("## get64: 0 B in, 64 B out")
                .contains("| sluice | 1,000 | 15.0 (12.5–27.5) |")
                .contains("| nginx | 1,000 | 20.0 (20.0–30.0) |")
                .contains("| (no proxy) | 1,000 | – |")
                .contains("Z80")
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
        assertThat(json.at("/run/samples")).hasSize(7);
        assertThat(json.at("/run/machine/cpu").asText()).isEqualTo("Z80");
        assertThat(json.at("/run/subjects/nginx/version").asText()).isEqualTo("1.22");
        assertThat(json.at("/summaries/get64/0/cpu/median").asDouble()).isEqualTo(15);
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

    private static Sample sample(int round, String peer, long cpuPerCall, long notOk) {
        LoadResult saturated = new LoadResult(1_000, notOk, 0, 0, 1.0, cpuPerCall * 1_000, 0, 1, 2, 3);
        LoadResult fixed = new LoadResult(5_000, 0, 0, 0, 1.0, 0, 0, 100, 200, 300);
        return new Sample(round, peer, Shape.GET64, saturated, fixed, 1 << 20);
    }
}
