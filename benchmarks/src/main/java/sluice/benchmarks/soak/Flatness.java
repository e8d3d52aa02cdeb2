package sluice.benchmarks.soak;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Whether a quantity stays as it is. In the first half caches fill and compilers work; over the second half the trend is
 * the median of the slopes between any two samples (Theil and Sen), which a few odd samples do not move. What it adds up
 * to over that half may be a part of the median, or an absolute amount for small quantities.
 *
 * @param median of the second half
 * @param growth over the second half, by its trend; negative when it shrinks
 * @param allowed the growth that is still flat
 */
record Flatness(double median, double growth, double allowed) {
    /** The least number of samples of a half that has a trend. */
    private static final int LEAST = 3;

    /**
     * Judges {@code quantity} of samples in the order of their time.
     *
     * @param part of the median that it may grow
     * @param amount that it may grow in any case
     */
    static Flatness of(List<Vitals> samples, ToDoubleFunction<Vitals> quantity, double part, double amount) {
        List<Vitals> half = samples.subList(samples.size() / 2, samples.size());
        if (half.size() < LEAST) {
            throw new IllegalArgumentException("too few samples for a trend: " + samples.size());
        }
        List<Double> slopes = new ArrayList<>();
        for (int i = 0; i < half.size(); i++) {
            for (int j = i + 1; j < half.size(); j++) {
                double rise = quantity.applyAsDouble(half.get(j)) - quantity.applyAsDouble(half.get(i));
                slopes.add(rise / (half.get(j).second() - half.get(i).second()));
            }
        }
        double median = median(half.stream().map(quantity::applyAsDouble).toList());
        long seconds = half.get(half.size() - 1).second() - half.get(0).second();
        return new Flatness(median, median(slopes) * seconds, Math.max(part * median, amount));
    }

    boolean isFlat() {
        return growth <= allowed;
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
