package sluice.benchmarks;

import java.util.List;
import org.jspecify.annotations.Nullable;
import sluice.benchmarks.load.Shape;
import sluice.benchmarks.peer.Peer;

/**
 * A peer that runs.
 *
 * @param peer null for the upstream without a proxy
 * @param process null for the same
 */
record Running(
        String name, @Nullable Peer peer, @Nullable Process process, int port, List<String> prefixes, List<Long> pids) {
    static final String DIRECT = "direct";

    Running {
        prefixes = List.copyOf(prefixes);
        pids = List.copyOf(pids);
    }

    /** The upstream alone. */
    static Running direct(int port) {
        return new Running(DIRECT, null, null, port, List.of(""), List.of());
    }

    boolean needsWarmUp() {
        return peer != null && peer.needsWarmUp();
    }

    boolean supports(Shape shape) {
        return peer == null || peer.supports(shape);
    }
}
