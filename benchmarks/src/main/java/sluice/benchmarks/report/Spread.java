package sluice.benchmarks.report;

import java.util.Collection;
import java.util.Locale;

/**
 * The middle and the spread of a figure over the rounds.
 *
 * @param lower first quartile
 * @param upper third quartile
 */
public record Spread(double median, double lower, double upper) {
    /** Quartiles by linear interpolation between the two nearest values; of nothing, all are NaN. */
    public static Spread of(Collection<Double> values) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return new Spread(quantile(sorted, 0.5), quantile(sorted, 0.25), quantile(sorted, 0.75));
    }

    private static double quantile(double[] sorted, double q) {
        if (sorted.length == 0) {
            return Double.NaN;
        }
        double at = q * (sorted.length - 1);
        int below = (int) at;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }

    /** The median alone, or a dash for none. */
    String middle(int decimals) {
        return Double.isNaN(median) ? "–" : number(median, decimals);
    }

    /** The median with its quartiles, or a dash for none. */
    String full(int decimals) {
        return Double.isNaN(median) ? "–" : middle(decimals) + " (" + range(decimals) + ")";
    }

    /** The two ends alone. */
    String range(int decimals) {
        return number(lower, decimals) + "–" + number(upper, decimals);
    }

    private static String number(double value, int decimals) {
        return String.format(Locale.ROOT, "%,." + decimals + "f", value);
    }
}
