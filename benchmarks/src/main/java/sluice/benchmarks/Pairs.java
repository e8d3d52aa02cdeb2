package sluice.benchmarks;

import java.io.IOException;
import java.util.List;
import sluice.benchmarks.load.LoadResult;
import sluice.benchmarks.load.Shape;
import sluice.benchmarks.peer.Peer;
import sluice.benchmarks.report.Topic;

/**
 * Small differences: the first peer and each other one, one right after the other, many times. The order within a pair
 * changes with each, so that a drift cancels out; the ratio is taken within the pair.
 */
final class Pairs implements Measurement {
    private final Rig rig;
    private final Topic topic;

    Pairs(Rig rig, Topic topic) {
        this.rig = rig;
        this.topic = topic;
    }

    @Override
    public void run(List<Peer> peers) throws IOException, InterruptedException {
        List<Running> running = rig.startAll(peers);
        if (running.size() < 2) {
            throw new IOException("a pair needs two peers that run here");
        }
        rig.warmUp(running);
        Running first = running.get(0);
        for (Rounds rounds = rig.rounds(); rounds.next(System.nanoTime()); ) {
            for (Shape shape : rig.options().shapes()) {
                for (int connections : rig.options().connections()) {
                    for (Running second : running.subList(1, running.size())) {
                        if (first.supports(shape) && second.supports(shape)) {
                            measure(first, second, shape, connections, rounds.number() % 2 == 0);
                        }
                    }
                }
            }
        }
    }

    private void measure(Running first, Running second, Shape shape, int connections, boolean isTurned)
            throws IOException {
        LoadResult before = phase(isTurned ? second : first, shape, connections);
        LoadResult after = phase(isTurned ? first : second, shape, connections);
        LoadResult own = isTurned ? after : before;
        LoadResult other = isTurned ? before : after;
        String conditions = shape.label() + ", " + connections + " connections";
        if (own.faults() + other.faults() > 0) {
            rig.findings().say("a pair with faults is left out: %d and %d", own.faults(), other.faults());
            return;
        }
        String pair = first.name() + " / " + second.name();
        rig.findings()
                .figure(
                        topic,
                        pair,
                        "CPU per " + shape.unit() + ", " + conditions,
                        "",
                        own.cpuPerCall() / other.cpuPerCall());
        rig.findings()
                .figure(
                        topic,
                        pair,
                        "user CPU per " + shape.unit() + ", " + conditions,
                        "",
                        own.userPerCall() / Math.max(0.01, other.userPerCall()));
    }

    private LoadResult phase(Running peer, Shape shape, int connections) throws IOException {
        return rig.load(
                peer,
                shape,
                connections,
                shape.canSaturate() ? 0 : shape.fixedRates().get(0));
    }
}
