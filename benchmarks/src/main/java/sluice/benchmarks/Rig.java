package sluice.benchmarks;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import sluice.benchmarks.load.LoadDriver;
import sluice.benchmarks.load.LoadPlan;
import sluice.benchmarks.load.LoadResult;
import sluice.benchmarks.load.Shape;
import sluice.benchmarks.load.Upstream;
import sluice.benchmarks.peer.Jvm;
import sluice.benchmarks.peer.Peer;
import sluice.benchmarks.report.Report;

/** What every measurement works with: the upstream, load generators, and peers that it starts. */
final class Rig {
    private static final int WARM_UP_CONNECTIONS = 64;

    private final Options options;
    private final Cores cores;
    private final Path work;
    private final Children children;
    private final Findings findings;
    private final long startNanos = System.nanoTime();
    private final int upstreamPort = freePort();
    private final Process upstream;
    private final LoadClient load;

    /** Starts the upstream and a load generator. */
    Rig(Options options, Cores cores, Path work, Children children, Findings findings)
            throws IOException, InterruptedException {
        this.options = options;
        this.cores = cores;
        this.work = work;
        this.children = children;
        this.findings = findings;
        upstream = children.start(
                "upstream", onLoadCore(Jvm.small().command(Upstream.class, Integer.toString(upstreamPort))));
        children.awaitPort("upstream", upstream, upstreamPort);
        load = anotherLoad("load");
    }

    Options options() {
        return options;
    }

    Findings findings() {
        return findings;
    }

    Children children() {
        return children;
    }

    Path work() {
        return work;
    }

    int upstreamPort() {
        return upstreamPort;
    }

    Running direct() {
        return Running.direct(upstreamPort);
    }

    /** Rounds, as many as were asked for and the time allows. */
    Rounds rounds() {
        return new Rounds(options.rounds(), startNanos, options.limit());
    }

    /** A load generator beside the first. */
    LoadClient anotherLoad(String name) throws IOException {
        return new LoadClient(children.startTalking(name, onLoadCore(Jvm.small().command(LoadDriver.class))));
    }

    /** Starts every peer; those that cannot be started are told and left out. */
    List<Running> startAll(List<Peer> peers) throws InterruptedException {
        List<Running> running = new ArrayList<>();
        for (Peer peer : peers) {
            try {
                running.add(start(peer));
            } catch (IOException e) {
                findings.absent(peer.name(), "it did not start here: " + e.getMessage());
            }
        }
        return running;
    }

    private Running start(Peer peer) throws IOException, InterruptedException {
        int port = freePort();
        List<String> command = Cores.pinned(cores.forProxy(), peer.command(dir(peer), port, upstreamPort));
        Process process =
                peer.hasProbe() ? children.startTalking(peer.name(), command) : children.start(peer.name(), command);
        children.awaitPort(peer.name(), process, port);
        findings.subject(peer.name(), new Report.Subject(peer.version(), peer.setup()));
        return new Running(peer.name(), peer, process, port, peer.prefixes(), Children.pids(process));
    }

    Path dir(Peer peer) throws IOException {
        return Files.createDirectories(work.resolve(peer.name()));
    }

    /** One phase at {@code rate} calls per second, or 0 for as many as are taken. */
    LoadResult load(Running running, Shape shape, int connections, int rate) throws IOException {
        return run(plan(running, shape, connections, options.seconds() * 1_000L, rate));
    }

    /** Without the upstream every peer would look broken. */
    private LoadResult run(LoadPlan plan) throws IOException {
        LoadResult result = load.run(plan);
        if (!upstream.isAlive()) {
            throw new IOException("the upstream ended: its log says why");
        }
        return result;
    }

    /** Opens {@code connections} and leaves them so until the next phase. */
    LoadResult hold(Running running, Shape shape, int connections) throws IOException {
        return run(plan(running, shape, connections, 0, 0));
    }

    static LoadPlan plan(Running running, Shape shape, int connections, long millis, int rate) {
        return new LoadPlan(shape, running.port(), running.prefixes(), connections, millis, rate, running.pids());
    }

    /** Compilers need the proxy's CPU time, not wall time: on a busy machine a second of load may be little work. */
    void warmUp(List<Running> peers) throws IOException {
        for (Running peer : peers) {
            for (Shape shape : options.shapes()) {
                if (peer.needsWarmUp() && peer.supports(shape)) {
                    warmUp(peer, shape);
                }
            }
        }
    }

    private void warmUp(Running peer, Shape shape) throws IOException {
        boolean isFirst = shape == options.shapes().get(0);
        int seconds = isFirst ? options.warmUpSeconds() : Math.max(1, options.warmUpSeconds() * 2 / 5);
        int rate = shape.canSaturate() ? 0 : shape.fixedRates().get(0);
        double used = 0;
        LoadResult last;
        int phases = 0;
        do {
            last = run(plan(peer, shape, WARM_UP_CONNECTIONS, 1_000, rate));
            used += last.busy();
            phases++;
        } while (used < seconds && phases < 2 * seconds);
        findings.say(
                "warm-up    %-7s %-8s %,9.0f %ss/s after %.0f s of CPU",
                shape.label(), peer.name(), last.rate(), shape.unit(), used);
    }

    private List<String> onLoadCore(List<String> command) {
        return Cores.pinned(cores.forLoad(), command);
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
