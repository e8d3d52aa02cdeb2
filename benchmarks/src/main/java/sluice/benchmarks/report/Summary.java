package sluice.benchmarks.report;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import sluice.benchmarks.load.Shape;

/**
 * One peer with one shape over all rounds.
 *
 * @param toNginx CPU per call, divided by nginx's of the same round; empty spread when nginx was left out
 * @param toHaproxy the same for HAProxy
 * @param faults in all rounds together
 */
public record Summary(
        String peer,
        Spread rate,
        Spread cpu,
        Spread user,
        Spread busy,
        Spread toNginx,
        Spread toHaproxy,
        Spread p50,
        Spread p99,
        Spread p999,
        Spread residentMib,
        long faults) {
    /** Sums up what {@code samples} say of {@code peer} with {@code shape}. */
    static Summary of(List<Sample> samples, Shape shape, String peer) {
        List<Sample> own = select(samples, shape, peer);
        return new Summary(
                peer,
                spread(own, sample -> sample.saturated().rate()),
                spread(own, sample -> sample.saturated().cpuPerCall()),
                spread(own, sample -> sample.saturated().userPerCall()),
                spread(own, sample -> sample.saturated().busy()),
                ratio(own, select(samples, shape, "nginx")),
                ratio(own, select(samples, shape, "haproxy")),
                spread(own, sample -> sample.fixed().p50()),
                spread(own, sample -> sample.fixed().p99()),
                spread(own, sample -> sample.fixed().p999()),
                spread(own, sample -> sample.residentBytes() / (1024.0 * 1024.0)),
                own.stream().mapToLong(Sample::faults).sum());
    }

    private static List<Sample> select(List<Sample> samples, Shape shape, String peer) {
        return samples.stream()
                .filter(sample -> sample.shape() == shape && sample.peer().equals(peer))
                .toList();
    }

    private static Spread spread(List<Sample> samples, ToDoubleFunction<Sample> figure) {
        return Spread.of(samples.stream().mapToDouble(figure).boxed().toList());
    }

    /** Pairs of one round stand the same weather of a shared machine; medians of different rounds do not. */
    private static Spread ratio(List<Sample> own, List<Sample> others) {
        List<Double> ratios = new ArrayList<>();
        for (Sample sample : own) {
            for (Sample other : others) {
                if (sample.round() == other.round()) {
                    ratios.add(
                            sample.saturated().cpuPerCall() / other.saturated().cpuPerCall());
                }
            }
        }
        return Spread.of(ratios);
    }
}
