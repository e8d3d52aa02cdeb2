package sluice.benchmarks.peer;

import java.nio.file.Path;
import java.util.List;

/** A peer that one would like to see in a report, and why it is not there. */
record Unobtainable(String name, String remedy) implements Peer {
    @Override
    public String version() {
        throw absent();
    }

    @Override
    public String setup() {
        throw absent();
    }

    @Override
    public boolean needsWarmUp() {
        return false;
    }

    @Override
    public List<String> command(Path dir, int port, int upstreamPort) {
        throw absent();
    }

    private IllegalStateException absent() {
        return new IllegalStateException(name + " is not here");
    }
}
