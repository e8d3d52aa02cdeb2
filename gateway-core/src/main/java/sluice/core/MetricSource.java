package sluice.core;

import java.util.ArrayList;
import java.util.List;
import reactor.core.publisher.Mono;

/** Metric families of one part of Sluice, made when they are scraped. Thread-safe. */
public interface MetricSource {
    /** All families now; no family is told by two sources. */
    Mono<List<MetricFamily>> collect();

    /** What two parts tell. */
    static MetricSource both(MetricSource one, MetricSource other) {
        return () -> one.collect().zipWith(other.collect(), (first, second) -> {
            List<MetricFamily> all = new ArrayList<>(first);
            all.addAll(second);
            return all;
        });
    }
}
