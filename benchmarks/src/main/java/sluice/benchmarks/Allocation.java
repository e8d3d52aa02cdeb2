package sluice.benchmarks;

import java.io.IOException;
import java.util.List;
import sluice.benchmarks.load.LoadResult;
import sluice.benchmarks.load.Shape;
import sluice.benchmarks.peer.Peer;
import sluice.benchmarks.peer.Probe;
import sluice.benchmarks.report.Topic;

/**
 * Bytes allocated per call in steady state, by peers that let themselves be asked. The connections are opened in the same
 * time; over a phase of seconds that is a fraction of a byte per call.
 */
final class Allocation implements Measurement {
    private final Rig rig;

    Allocation(Rig rig) {
        this.rig = rig;
    }

    @Override
    public void run(List<Peer> peers) throws IOException, InterruptedException {
        List<Running> running =
                rig.startAll(peers.stream().filter(Peer::hasProbe).toList());
        rig.warmUp(running);
        for (Rounds rounds = rig.rounds(); rounds.next(System.nanoTime()); ) {
            for (Running peer : running) {
                ProbeClient probe = ProbeClient.of(peer);
                for (Shape shape : rig.options().shapes()) {
                    for (int connections : rig.options().connections()) {
                        if (peer.supports(shape)) {
                            measure(peer, probe, shape, connections);
                        }
                    }
                }
            }
        }
    }

    private void measure(Running peer, ProbeClient probe, Shape shape, int connections) throws IOException {
        long before = probe.ask(Probe.ALLOCATED);
        LoadResult result = rig.load(
                peer,
                shape,
                connections,
                shape.canSaturate() ? 0 : shape.fixedRates().get(0));
        double perCall = (double) (probe.ask(Probe.ALLOCATED) - before) / Math.max(1, result.allCalls());
        rig.findings()
                .figure(
                        Topic.ALLOCATION,
                        peer.name(),
                        shape.label() + ", " + connections + " connections",
                        "B per " + shape.unit(),
                        perCall);
    }
}
