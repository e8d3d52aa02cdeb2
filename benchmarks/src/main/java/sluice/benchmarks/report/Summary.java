package sluice.benchmarks.report;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import sluice.benchmarks.load.LoadResult;

/**
 * One peer under one load over all rounds.
 *
 * @param rate calls answered per second
 * @param cpu microseconds per call; {@code user} and {@code system} are its parts
 * @param toNginx CPU per call, divided by nginx's of the same round; empty spread when nginx was left out
 * @param toHaproxy the same for HAProxy
 * @param faults in all rounds together
 */
record Summary(
        String peer,
        Spread rate,
        Spread cpu,
        Spread user,
        Spread system,
        Spread busy,
        Spread toNginx,
        Spread toHaproxy,
        Spread p50,
        Spread p90,
        Spread p99,
        Spread p999,
        Spread residentMib,
        long faults) {
    /** Sums up what {@code samples} say of {@code peer} under {@code load}. */
    static Summary of(List<Sample> samples, Load load, String peer) {
        List<Sample> own = select(samples, load, peer);
        return new Summary(
                peer,
                spread(own, LoadResult::rate),
                spread(own, LoadResult::cpuPerCall),
                spread(own, LoadResult::userPerCall),
                spread(own, LoadResult::systemPerCall),
                spread(own, LoadResult::busy),
                ratio(own, select(samples, load, "nginx")),
                ratio(own, select(samples, load, "haproxy")),
                spread(own, LoadResult::p50),
                spread(own, LoadResult::p90),
                spread(own, LoadResult::p99),
                spread(own, LoadResult::p999),
                Spread.of(own.stream()
                        .map(sample -> sample.residentBytes() / (1024.0 * 1024.0))
                        .toList()),
                own.stream().mapToLong(sample -> sample.result().faults()).sum());
    }

    boolean isEmpty() {
        return Double.isNaN(rate.median());
    }

    private static List<Sample> select(List<Sample> samples, Load load, String peer) {
        return samples.stream()
                .filter(sample -> Load.of(sample).equals(load) && sample.peer().equals(peer))
                .toList();
    }

    private static Spread spread(List<Sample> samples, ToDoubleFunction<LoadResult> figure) {
        return Spread.of(samples.stream()
                .map(sample -> figure.applyAsDouble(sample.result()))
                .toList());
    }

    /** Pairs of one round stand the same weather of a shared machine; medians of different rounds do not. */
    private static Spread ratio(List<Sample> own, List<Sample> others) {
        List<Double> ratios = new ArrayList<>();
        for (Sample sample : own) {
            for (Sample other : others) {
                if (sample.round() == other.round()) {
                    ratios.add(sample.result().cpuPerCall() / other.result().cpuPerCall());
                }
            }
        }
        return Spread.of(ratios);
    }
}
