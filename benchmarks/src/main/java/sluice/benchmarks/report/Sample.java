package sluice.benchmarks.report;

import sluice.benchmarks.load.LoadResult;
import sluice.benchmarks.load.Shape;

/**
 * One peer with one shape in one round.
 *
 * @param round from 1; 0 is the upstream without a proxy
 * @param saturated as many calls as it takes, for rate and CPU
 * @param fixed the shape's fixed rate, for latency
 * @param residentBytes of all its processes, after both
 */
public record Sample(int round, String peer, Shape shape, LoadResult saturated, LoadResult fixed, long residentBytes) {
    /** Calls of both phases that were not answered well; a sample with any is marked. */
    public long faults() {
        return saturated.faults() + fixed.faults();
    }
}
