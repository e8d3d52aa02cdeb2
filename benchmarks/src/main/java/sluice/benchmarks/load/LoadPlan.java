package sluice.benchmarks.load;

import java.util.List;

/**
 * One phase of load.
 *
 * @param port of the proxy on 127.0.0.1
 * @param prefixes of the path, {@code /function/up}, or empty straight to the upstream; connection number n uses the
 *     n-th, and so on in turn
 * @param millis length of the measured time, which a short unmeasured time precedes; 0 opens all connections, makes one
 *     call on each (of events: receives one) and keeps them open until the next plan
 * @param ratePerSecond 0 for a closed loop, in which every connection sends again as soon as it was answered
 * @param watched processes whose CPU time counts as the proxy's
 */
public record LoadPlan(
        Shape shape,
        int port,
        List<String> prefixes,
        int connections,
        long millis,
        int ratePerSecond,
        List<Long> watched) {
    public LoadPlan {
        prefixes = List.copyOf(prefixes);
        watched = List.copyOf(watched);
    }

    String prefix(int connection) {
        return prefixes.get(connection % prefixes.size());
    }
}
