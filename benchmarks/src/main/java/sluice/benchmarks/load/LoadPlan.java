package sluice.benchmarks.load;

import java.util.List;

/**
 * One phase of load.
 *
 * @param port of the proxy on 127.0.0.1
 * @param prefix of the path, {@code /function/up}, or empty straight to the upstream
 * @param millis length of the measured time; a short unmeasured time precedes it
 * @param ratePerSecond 0 for a closed loop, in which every connection sends again as soon as it was answered
 * @param watched processes whose CPU time counts as the proxy's
 */
public record LoadPlan(
        Shape shape, int port, String prefix, int connections, long millis, int ratePerSecond, List<Long> watched) {
    public LoadPlan {
        watched = List.copyOf(watched);
    }
}
