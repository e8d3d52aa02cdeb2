package sluice.core;

import java.util.List;
import reactor.core.publisher.Mono;

/** Metric families of one part of Sluice, made when they are scraped. Thread-safe. */
public interface MetricSource {
    /** All families now; no family is told by two sources. */
    Mono<List<MetricFamily>> collect();
}
