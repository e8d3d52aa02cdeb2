package sluice.benchmarks.report;

/**
 * One measurement that is no phase of the matrix. Those that differ in the value only are one row of a report.
 *
 * @param peer who, or {@code A / B} for a ratio
 * @param name what, with the conditions
 * @param unit empty for ratios
 */
public record Figure(Topic topic, String peer, String name, String unit, double value) {
    boolean isOfOneRowWith(Figure other) {
        return topic == other.topic && peer.equals(other.peer) && name.equals(other.name) && unit.equals(other.unit);
    }
}
