package sluice.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import sluice.core.MetricFamily;
import sluice.core.MetricFamily.Sample;

class PrometheusTextTest {
    @Test
    void writesNamesAsTheyAre_andIntegersWithoutFraction() {
        MetricFamily family = new MetricFamily(
                "gateway_function_invocation_started",
                MetricFamily.Type.COUNTER,
                "Started.",
                List.of(new Sample("", Map.of("function_name", "wc.fn"), 12_345_678_901.0)));
        assertThat(text(family)).isEqualTo("""
                        # HELP gateway_function_invocation_started Started.
                        # TYPE gateway_function_invocation_started counter
                        gateway_function_invocation_started{function_name="wc.fn"} 12345678901
                        """);
    }

    @Test
    void writesHistogramsAndNumbersThatAreNoIntegers() {
        MetricFamily family = new MetricFamily(
                "t_seconds",
                MetricFamily.Type.HISTOGRAM,
                "Time",
                List.of(
                        new Sample("_bucket", Map.of("le", "+Inf"), Double.POSITIVE_INFINITY),
                        new Sample("_sum", Map.of(), 0.25),
                        new Sample("_min", Map.of(), Double.NEGATIVE_INFINITY),
                        new Sample("_mean", Map.of(), Double.NaN),
                        new Sample("_huge", Map.of(), 1e300)));
        assertThat(text(family)).isEqualTo("""
                        # HELP t_seconds Time
                        # TYPE t_seconds histogram
                        t_seconds_bucket{le="+Inf"} +Inf
                        t_seconds_sum 0.25
                        t_seconds_min -Inf
                        t_seconds_mean NaN
                        t_seconds_huge 1.0E300
                        """);
    }

    @Test
    void escapesWhatWouldEndALabelOrALine() {
        String hostile = "a\"b\\c\nd} 1";
        MetricFamily family = new MetricFamily(
                "m",
                MetricFamily.Type.GAUGE,
                "one\ntwo \\ \"three\"",
                List.of(new Sample("", Map.of("l", hostile), 1)));
        PrometheusScrape scrape = PrometheusScrape.read(text(family));
        assertThat(scrape.value("m", Map.of("l", hostile))).isEqualTo(1);
        assertThat(text(family)).startsWith("# HELP m one\\ntwo \\\\ \"three\"\n");
    }

    @Test
    void endsForeignTextWithALineFeed() {
        assertThat(new PrometheusText().addText("").addText("a 1").addText("b 2\n"))
                .hasToString("a 1\nb 2\n");
    }

    private static String text(MetricFamily family) {
        return new PrometheusText().add(List.of(family)).toString();
    }
}
