package sluice.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import sluice.benchmarks.load.LoadResult;
import sluice.benchmarks.load.Shape;
import sluice.benchmarks.peer.Peer;
import sluice.benchmarks.report.Sample;

/**
 * The matrix: warm-up, the upstream alone, then rounds in which every peer is measured with every shape and number of
 * connections. The order of the peers turns by one with each round, so that a drift of the machine falls on all alike.
 */
final class Campaign implements Measurement {
    private static final int MOST_RATE_PER_CONNECTION = 5_000; // a call takes some time even when nothing else goes on

    private final Rig rig;

    Campaign(Rig rig) {
        this.rig = rig;
    }

    @Override
    public void run(List<Peer> peers) throws IOException, InterruptedException {
        List<Running> order = new ArrayList<>(rig.startAll(peers));
        rig.warmUp(order);
        measureAll(0, List.of(rig.direct()));
        for (Rounds rounds = rig.rounds(); rounds.next(System.nanoTime()); ) {
            measureAll(rounds.number(), order);
            Collections.rotate(order, 1);
        }
    }

    private void measureAll(int round, List<Running> order) throws IOException {
        for (Shape shape : rig.options().shapes()) {
            for (int connections : rig.options().connections()) {
                for (Running peer : order) {
                    if (peer.supports(shape)) {
                        measure(round, peer, shape, connections);
                    }
                }
            }
        }
    }

    private void measure(int round, Running peer, Shape shape, int connections) throws IOException {
        if (shape.canSaturate()) {
            measure(round, peer, shape, connections, 0);
        }
        for (int rate : shape.fixedRates()) {
            if (rate <= connections * MOST_RATE_PER_CONNECTION) {
                measure(round, peer, shape, connections, rate);
            }
        }
    }

    private void measure(int round, Running peer, Shape shape, int connections, int rate) throws IOException {
        LoadResult result = rig.load(peer, shape, connections, rate);
        rig.findings()
                .sample(new Sample(
                        round, peer.name(), shape, connections, rate, result, Memory.residentBytes(peer.pids())));
        rig.findings()
                .say(
                        "round %d/%d  %-7s %-8s %,6d connections %,9.1f %ss/s  %8.1f µs CPU  p50 %,6.0f µs  p99 %,7.0f µs%s",
                        round,
                        rig.options().rounds(),
                        shape.label(),
                        peer.name(),
                        connections,
                        result.rate(),
                        shape.unit(),
                        result.cpuPerCall(),
                        result.p50(),
                        result.p99(),
                        result.faults() == 0 ? "" : "  FAULTS: " + result.faults());
    }
}
