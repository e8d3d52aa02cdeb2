package sluice.benchmarks.guard;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import sluice.benchmarks.load.Upstream;

/**
 * {@code sluice bench --guard}: counts what a call costs and compares it with the baseline. No figure is a time, so that a
 * busy machine changes none of them.
 */
public final class Guard {
    private static final Path FILE = Path.of("benchmarks", "guard.properties");
    private static final int BLOCK = 10_000;
    private static final int MOST_BLOCKS = 60;
    private static final int STEADY_BLOCKS = 4;
    private static final int COUNTED = 5_000;

    private final Path dir;
    private final Processes processes;
    private final int port = Processes.freePort();
    private final int countPort = Processes.freePort();
    private final Map<String, Double> measured = new TreeMap<>();

    private Guard(Path dir, Processes processes) throws IOException {
        this.dir = dir;
        this.processes = processes;
    }

    /** The only argument is {@code --update}, or none; the exit code is 1 when a figure is too high. */
    public static int run(List<String> arguments) throws IOException, InterruptedException {
        boolean isUpdate = arguments.equals(List.of("--update"));
        if (!isUpdate && !arguments.isEmpty()) {
            System.err.println("sluice bench: --guard takes --update or nothing");
            return 1;
        }
        Path dir = Files.createTempDirectory("sluice-guard");
        try (Processes processes = new Processes(dir)) {
            Guard guard = new Guard(dir, processes);
            guard.measure();
            return guard.judge(Baseline.read(FILE), isUpdate);
        } finally {
            delete(dir);
        }
    }

    private void measure() throws IOException, InterruptedException {
        int upstreamPort = Processes.freePort();
        Process upstream = processes.java(Upstream.class, upstreamPort, Integer.toString(upstreamPort));
        Process gateway = processes.java(
                GuardedGateway.class,
                port,
                Integer.toString(port),
                Integer.toString(upstreamPort),
                dir.toString(),
                Integer.toString(countPort));
        if (!Strace.isInstalled()) {
            System.out.println("no strace here: system calls are not counted (Debian: apt-get install strace)");
        }
        for (Work work : Work.values()) {
            try (Caller caller = Caller.open(port, work)) {
                note(work, "bytes", steadyBytes(caller));
                if (Strace.isInstalled()) {
                    Strace.Counts counts = Strace.count(processes, dir, gateway.pid(), () -> caller.call(COUNTED));
                    note(work, "socket-calls", counts.onSockets() / (double) COUNTED);
                    note(work, "other-calls", counts.others() / (double) COUNTED);
                    System.out.println(work.label() + ": " + new TreeMap<>(counts.all()) + " in " + COUNTED + " calls");
                }
            }
        }
        if (!upstream.isAlive() || !gateway.isAlive()) {
            throw new IOException("a process of the run has ended");
        }
    }

    private void note(Work work, String figure, double value) {
        measured.put("jdk" + Runtime.version().feature() + "." + work.label() + "." + figure, value);
    }

    /** Bytes per call once the compilers have done their work: the least of the last blocks, when they are alike. */
    private double steadyBytes(Caller caller) throws IOException {
        double[] last = new double[STEADY_BLOCKS];
        Arrays.fill(last, Double.MAX_VALUE);
        for (int block = 0; block < MOST_BLOCKS; block++) {
            long before = allocated();
            caller.call(BLOCK);
            last[block % STEADY_BLOCKS] = (allocated() - before) / (double) BLOCK;
            double least = Arrays.stream(last).min().orElseThrow();
            double most = Arrays.stream(last).max().orElseThrow();
            if (block >= 2 * STEADY_BLOCKS && most - least < 1) {
                break;
            }
        }
        return Arrays.stream(last).min().orElseThrow();
    }

    private long allocated() throws IOException {
        try (Socket teller = new Socket(InetAddress.getLoopbackAddress(), countPort)) {
            return new DataInputStream(teller.getInputStream()).readLong();
        }
    }

    private int judge(Baseline baseline, boolean isUpdate) throws IOException {
        measured.forEach(
                (name, value) -> System.out.printf("%-32s %10.2f   baseline %s%n", name, value, baseline.text(name)));
        if (isUpdate) {
            baseline.update(measured);
            System.out.println("written to " + FILE);
            return 0;
        }
        List<String> complaints = baseline.complaints(measured);
        complaints.forEach(it -> System.err.println("a call costs more than it did: " + it));
        return complaints.isEmpty() ? 0 : 1;
    }

    static void delete(Path tree) throws IOException {
        try (Stream<Path> all = Files.walk(tree)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
