package sluice.benchmarks.peer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import sluice.benchmarks.load.Shape;

/** A proxy that can be measured. */
public interface Peer {
    /** As in options and reports. */
    String name();

    /** What to do so that it can run here; empty when it can. */
    String remedy();

    /** Program and version. */
    String version() throws IOException;

    /** What matters about its settings, in one line. */
    String setup();

    /** Whether it gets faster with use, and so needs load before round 1. */
    boolean needsWarmUp();

    /** Whether it does that kind of work at all. */
    default boolean supports(Shape shape) {
        return true;
    }

    /** Whether its standard input and output are those of a {@link Probe}. */
    default boolean hasProbe() {
        return false;
    }

    /** Where it forwards to the upstream. */
    default List<String> prefixes() {
        return List.of("/function/up");
    }

    /**
     * The command that runs it in the foreground on one CPU, forwarding {@code /function/up/X} at {@code port} to
     * {@code /X} at {@code upstreamPort}, both on 127.0.0.1. May take its time to build what it needs first.
     *
     * @param dir its own directory, for the configuration
     */
    List<String> command(Path dir, int port, int upstreamPort) throws IOException;
}
