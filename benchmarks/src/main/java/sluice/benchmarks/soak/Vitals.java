package sluice.benchmarks.soak;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import sluice.benchmarks.Memory;
import sluice.benchmarks.ProbeClient;
import sluice.benchmarks.peer.Probe;

/**
 * What a gateway holds at one moment.
 *
 * @param second since the load began
 * @param heap bytes in use after a full collection
 * @param direct bytes that the pool of direct buffers has taken
 * @param resident bytes of the process in memory
 * @param descriptors open files and sockets
 * @param threads living threads of the JVM
 */
record Vitals(long second, long heap, long direct, long resident, long descriptors, long threads) {
    /** Looks at the process {@code pid}. */
    static Vitals read(long second, ProbeClient probe, long pid) throws IOException {
        return new Vitals(
                second,
                probe.ask(Probe.HEAP),
                probe.ask(Probe.DIRECT),
                Memory.residentBytes(List.of(pid)),
                descriptors(pid),
                probe.ask(Probe.THREADS));
    }

    private static long descriptors(long pid) throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
            return open.count();
        }
    }

    static final String CSV_HEAD = "second,heap_bytes,direct_bytes,resident_bytes,descriptors,threads";

    String csv() {
        return second + "," + heap + "," + direct + "," + resident + "," + descriptors + "," + threads;
    }
}
