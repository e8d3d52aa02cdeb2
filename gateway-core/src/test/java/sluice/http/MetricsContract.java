package sluice.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The metric families that dashboards, recording rules and autoscalers of OpenFaaS read from a gateway: each NAME, TYPE
 * and label name, to be compared with what came over the wire. A family of a name that begins like theirs and is not
 * among them fails as well; it is how an appended {@code _total} shows.
 */
public final class MetricsContract {
    private static final Set<String> BUCKETS = new LinkedHashSet<>(
            List.of("0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"));

    private static final List<Row> TABLE = List.of(
            new Row("gateway_function_invocation_total", "counter", "Function metrics", "function_name", "code"),
            new Row("gateway_functions_seconds", "histogram", "Function time taken", "function_name", "code"),
            new Row(
                    "gateway_function_invocation_started",
                    "counter",
                    "The total number of function HTTP requests started.",
                    "function_name"),
            new Row("gateway_function_invocation_inflight", "gauge", "", "function_name"),
            new Row("gateway_service_count", "gauge", "Current count of replicas for function", "function_name"),
            new Row("gateway_service_ready_count", "gauge", "", "function_name"),
            new Row("gateway_service_target_load", "gauge", "", "function_name", "scaling_type"),
            new Row("gateway_service_min", "gauge", "", "function_name"),
            new Row("http_requests_total", "counter", "", "method", "path", "status"),
            new Row("http_request_duration_seconds", "histogram", "", "method", "path", "status"));

    private MetricsContract() {}

    /**
     * Compares {@code text} with the table.
     *
     * @param present the families that must be there with at least one sample, beside which others may be
     */
    public static void verify(String text, String... present) {
        PrometheusScrape scrape = PrometheusScrape.read(text);
        for (String name : present) {
            assertThat(scrape.family(name).samples).as("samples of %s", name).isNotEmpty();
        }
        for (String name : scrape.names()) {
            if (name.startsWith("gateway_") || name.startsWith("http_")) {
                compare(scrape.family(name), row(name));
            }
        }
    }

    private static Row row(String name) {
        return TABLE.stream()
                .filter(row -> row.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("OpenFaaS knows no family " + name));
    }

    private static void compare(PrometheusScrape.Family family, Row row) {
        assertThat(family.type).as("TYPE of %s", row.name()).isEqualTo(row.type());
        if (!row.help().isEmpty()) {
            assertThat(family.help).as("HELP of %s", row.name()).isEqualTo(row.help());
        }
        for (PrometheusScrape.Sample sample : family.samples) {
            String suffix = sample.name().substring(row.name().length());
            Set<String> labels = new LinkedHashSet<>(row.labels());
            if (suffix.equals("_bucket")) {
                labels.add("le");
            }
            assertThat(suffix).as("suffix of a %s", row.type()).isIn(row.suffixes());
            assertThat(sample.labels().keySet())
                    .as("labels of %s", sample.name())
                    .isEqualTo(labels);
            if (labels.contains("function_name")) {
                assertThat(sample.labels().get("function_name")).contains(".");
            }
        }
        if (row.type().equals("histogram")) {
            compareBuckets(family);
        }
    }

    private static void compareBuckets(PrometheusScrape.Family family) {
        Map<Map<String, String>, List<String>> bucketsOf = family.samples.stream()
                .filter(sample -> sample.labels().containsKey("le"))
                .collect(Collectors.groupingBy(
                        sample -> sample.labels().entrySet().stream()
                                .filter(label -> !label.getKey().equals("le"))
                                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)),
                        Collectors.mapping(
                                sample -> String.valueOf(sample.labels().get("le")), Collectors.toList())));
        bucketsOf.forEach((labels, bounds) ->
                assertThat(bounds).as("buckets of %s%s", family.name, labels).isEqualTo(new ArrayList<>(BUCKETS)));
    }

    private record Row(String name, String type, String help, List<String> labels) {
        Row(String name, String type, String help, String... labels) {
            this(name, type, help, List.of(labels));
        }

        List<String> suffixes() {
            return type.equals("histogram") ? List.of("_bucket", "_sum", "_count") : List.of("");
        }
    }
}
