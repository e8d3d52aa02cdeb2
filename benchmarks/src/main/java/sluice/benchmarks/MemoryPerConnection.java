package sluice.benchmarks;

import java.io.IOException;
import java.util.List;
import java.util.Objects;
import sluice.benchmarks.load.LoadResult;
import sluice.benchmarks.load.Shape;
import sluice.benchmarks.peer.Peer;
import sluice.benchmarks.peer.Probe;
import sluice.benchmarks.report.Topic;

/**
 * What connections cost in user space: idle ones that have had one call answered, and active ones that are in the middle
 * of an answer, each with its connection to the upstream.
 */
final class MemoryPerConnection implements Measurement {
    private static final int IDLE = 10_000;
    private static final int ACTIVE = 4_000;

    private final Rig rig;

    MemoryPerConnection(Rig rig) {
        this.rig = rig;
    }

    @Override
    public void run(List<Peer> peers) throws IOException, InterruptedException {
        List<Running> running = rig.startAll(peers);
        rig.warmUp(running);
        for (Running peer : running) {
            LoadResult used = rig.load(peer, Shape.GET64, 64, 0); // what is made once is there now
            rig.findings()
                    .figure(
                            Topic.MEMORY,
                            peer.name(),
                            "resident in all, after get64 with 64 connections" + faults(used),
                            "MiB",
                            Memory.residentBytes(peer.pids()) / 1_048_576.0);
            measure(peer, Shape.GET64, IDLE, "per idle connection of " + IDLE);
            measure(peer, Shape.SSE, ACTIVE, "per active pair of " + ACTIVE);
        }
    }

    private void measure(Running peer, Shape shape, int connections, String name) throws IOException {
        boolean hasProbe = Objects.requireNonNull(peer.peer()).hasProbe();
        long before = hasProbe ? ProbeClient.of(peer).ask(Probe.LIVE) : 0;
        long residentBefore = Memory.residentBytes(peer.pids());
        LoadResult held = rig.hold(peer, shape, connections);
        long resident = Memory.residentBytes(peer.pids()) - residentBefore;
        if (hasProbe) {
            long live = ProbeClient.of(peer).ask(Probe.LIVE) - before;
            tell(peer, "live bytes " + name + faults(held), live, connections);
        }
        tell(peer, "growth of resident memory " + name + faults(held), resident, connections);
        LoadResult unused = rig.hold(peer, Shape.GET64, 1); // lets go of all
    }

    private void tell(Running peer, String name, long bytes, int connections) {
        rig.findings().figure(Topic.MEMORY, peer.name(), name, "B", (double) bytes / connections);
    }

    private static String faults(LoadResult result) {
        return result.faults() == 0 ? "" : " (FAULTS: " + result.faults() + ")";
    }
}
