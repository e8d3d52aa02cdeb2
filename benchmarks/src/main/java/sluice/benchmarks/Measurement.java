package sluice.benchmarks;

import java.io.IOException;
import java.util.List;
import sluice.benchmarks.peer.Peer;

/** One way to measure peers, all of which can run here. */
interface Measurement {
    void run(List<Peer> peers) throws IOException, InterruptedException;
}
