package sluice.benchmarks.report;

import sluice.benchmarks.load.Shape;

/**
 * Under which load peers can be compared.
 *
 * @param rate calls per second; 0 for as many as the peer takes
 */
record Load(Shape shape, int connections, int rate) {
    static Load of(Sample sample) {
        return new Load(sample.shape(), sample.connections(), sample.rate());
    }

    /** Whether CPU is told of it: as much as the peer takes, or, of a shape that only has a pace, that. */
    boolean isForCpu() {
        return rate == 0 || !shape.canSaturate();
    }
}
