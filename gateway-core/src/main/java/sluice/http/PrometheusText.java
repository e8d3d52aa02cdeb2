package sluice.http;

import java.util.List;
import java.util.Map;
import sluice.core.MetricFamily;

/**
 * Writes metric families in Prometheus' text format 0.0.4, names exactly as they are: client libraries would append
 * {@code _total} to counters that OpenFaaS dashboards know without it.
 */
final class PrometheusText {
    static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private static final double EXACT_INTEGERS = 1L << 53;

    private final StringBuilder out = new StringBuilder(16_384);

    PrometheusText add(List<MetricFamily> families) {
        families.forEach(this::add);
        return this;
    }

    /** Adds text that is in the format already. */
    PrometheusText addText(String text) {
        out.append(text);
        if (!text.isEmpty() && !text.endsWith("\n")) {
            out.append('\n');
        }
        return this;
    }

    @Override
    public String toString() {
        return out.toString();
    }

    private void add(MetricFamily family) {
        out.append("# HELP ").append(family.name()).append(' ');
        escape(family.help(), false);
        out.append("\n# TYPE ").append(family.name()).append(' ').append(typeName(family.type()));
        out.append('\n');
        for (MetricFamily.Sample sample : family.samples()) {
            out.append(family.name()).append(sample.suffix());
            labels(sample.labels());
            out.append(' ').append(number(sample.value())).append('\n');
        }
    }

    private void labels(Map<String, String> labels) {
        char before = '{';
        for (Map.Entry<String, String> label : labels.entrySet()) {
            out.append(before).append(label.getKey()).append("=\"");
            escape(label.getValue(), true);
            out.append('"');
            before = ',';
        }
        if (before == ',') {
            out.append('}');
        }
    }

    private void escape(String text, boolean isQuoted) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '"' -> out.append(isQuoted ? "\\\"" : "\"");
                default -> out.append(c);
            }
        }
    }

    private static String typeName(MetricFamily.Type type) {
        return switch (type) {
            case COUNTER -> "counter";
            case GAUGE -> "gauge";
            case HISTOGRAM -> "histogram";
        };
    }

    private static String number(double value) {
        if (Double.isInfinite(value)) {
            return value > 0 ? "+Inf" : "-Inf";
        }
        boolean isExactInteger = value == Math.rint(value) && Math.abs(value) <= EXACT_INTEGERS;
        return isExactInteger ? Long.toString((long) value) : Double.toString(value);
    }
}
