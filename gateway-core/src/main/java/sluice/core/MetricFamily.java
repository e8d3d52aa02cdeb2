package sluice.core;

import java.util.List;
import java.util.Map;

/**
 * One family in Prometheus' text format 0.0.4, under exactly this name: nothing is appended.
 *
 * @param samples immutable
 */
public record MetricFamily(String name, Type type, String help, List<Sample> samples) {
    public MetricFamily {
        samples = List.copyOf(samples);
    }

    /** The TYPE line. */
    public enum Type {
        COUNTER,
        GAUGE,
        HISTOGRAM
    }

    /**
     * One line.
     *
     * @param suffix empty, or {@code _bucket}, {@code _sum}, {@code _count} of a histogram
     * @param labels in the order in which they are written
     */
    public record Sample(String suffix, Map<String, String> labels, double value) {}
}
