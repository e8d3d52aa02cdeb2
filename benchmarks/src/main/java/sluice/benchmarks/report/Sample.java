package sluice.benchmarks.report;

import sluice.benchmarks.load.LoadResult;
import sluice.benchmarks.load.Shape;

/**
 * One phase: one peer with one shape in one round.
 *
 * @param round from 1; 0 is the upstream without a proxy
 * @param rate calls per second at which it was loaded; 0 for as many as it takes
 * @param residentBytes of all its processes, afterwards
 */
public record Sample(
        int round, String peer, Shape shape, int connections, int rate, LoadResult result, long residentBytes) {
    /** The same as part of a longer run. */
    Sample laterBy(int rounds) {
        return round == 0 ? this : new Sample(round + rounds, peer, shape, connections, rate, result, residentBytes);
    }
}
