package sluice.benchmarks;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import sluice.benchmarks.guard.Guard;
import sluice.benchmarks.load.LoadDriver;
import sluice.benchmarks.load.Upstream;
import sluice.benchmarks.report.Machine;
import sluice.benchmarks.report.Report;
import sluice.benchmarks.report.Report.Subject;
import sluice.benchmarks.report.Sample;

/** {@code sluice bench}: measures Sluice and its peers side by side and writes the reports. */
public final class Bench {
    private static final List<String> SMALL_HEAP = List.of("-Xms64m", "-Xmx64m", "-XX:+UseSerialGC");

    private final Options options;
    private final Cores cores;
    private final Path work;
    private final Children children;

    private Bench(Options options, Cores cores, Path work, Children children) {
        this.options = options;
        this.cores = cores;
        this.work = work;
        this.children = children;
    }

    public static void main(String[] args) throws Exception {
        List<String> words = Arrays.asList(args);
        if (words.contains("--help")) {
            System.out.print(Options.HELP);
        } else if (words.contains("--guard")) {
            System.exit(Guard.run(words.subList(words.indexOf("--guard") + 1, words.size())));
        } else if (words.contains("--jmh")) {
            MicroBenchmarks.run(words.subList(words.indexOf("--jmh") + 1, words.size()));
        } else {
            System.exit(compare(args));
        }
    }

    private static int compare(String[] args) throws InterruptedException {
        Path work = null;
        try {
            Options options = Options.parse(args);
            if (Programs.find("taskset").isEmpty()) {
                throw new IOException("taskset is missing: apt-get install util-linux");
            }
            work = Files.createTempDirectory("sluice-bench");
            try (Children children = new Children(work)) {
                new Bench(options, Cores.ofThisProcess(), work, children).run();
            }
            delete(work);
            return 0;
        } catch (IllegalArgumentException | IOException e) {
            System.err.println("sluice bench: " + e.getMessage() + (work == null ? "" : " (logs in " + work + ")"));
            return 1;
        }
    }

    private void run() throws IOException, InterruptedException {
        long start = System.nanoTime();
        Machine machine = machine();
        if (machine.isBusy()) {
            System.out.printf("this machine is busy (load %.1f): the figures will be noisy%n", machine.loadBefore());
        }
        List<Peer> peers = present();
        Files.createDirectories(options.out());
        int upstreamPort = freePort();
        Process upstream = children.start(
                "upstream", onLoadCore(JvmPeer.java(SMALL_HEAP, Upstream.class, Integer.toString(upstreamPort))));
        children.awaitPort("upstream", upstream, upstreamPort);
        LoadClient load =
                new LoadClient(children.startTalking("load", onLoadCore(JvmPeer.java(SMALL_HEAP, LoadDriver.class))));

        List<Campaign.Running> running = new ArrayList<>();
        Map<String, Subject> subjects = new LinkedHashMap<>();
        for (Peer peer : peers) {
            running.add(start(peer, upstreamPort));
            subjects.put(peer.name(), new Subject(peer.version(), peer.setup()));
        }
        Campaign.Running direct = new Campaign.Running(Campaign.DIRECT, false, upstreamPort, "", List.of());
        List<Sample> samples = new Campaign(options, load, System.out::println).run(running, direct);
        write(new Report(machine, options.connections(), options.rounds(), options.seconds(), subjects, samples));
        System.out.printf("%d s in all%n", (System.nanoTime() - start) / 1_000_000_000);
    }

    private List<Peer> present() {
        List<Peer> known = List.of(JvmPeer.SLUICE, new Nginx(), new Haproxy(), JvmPeer.REACTOR);
        List<Peer> present = new ArrayList<>();
        for (Peer peer : known) {
            if (!options.peers().contains(peer.name())) {
                continue;
            }
            if (peer.remedy().isEmpty()) {
                present.add(peer);
            } else {
                System.out.println(peer.name() + " is not installed and left out; to have it: " + peer.remedy());
            }
        }
        return present;
    }

    private Campaign.Running start(Peer peer, int upstreamPort) throws IOException, InterruptedException {
        Path dir = Files.createDirectories(work.resolve(peer.name()));
        int port = freePort();
        Process process =
                children.start(peer.name(), Cores.pinned(cores.forProxy(), peer.command(dir, port, upstreamPort)));
        children.awaitPort(peer.name(), process, port);
        return new Campaign.Running(peer.name(), peer.needsWarmUp(), port, "/function/up", Children.pids(process));
    }

    private List<String> onLoadCore(List<String> command) {
        return Cores.pinned(cores.forLoad(), command);
    }

    private Machine machine() throws IOException {
        String pinning = cores.allowed().size() > 1
                ? "proxy alone on CPU " + cores.forProxy() + ", load generator and upstream on CPU " + cores.forLoad()
                : "one CPU for everything: the figures mean little";
        return Machine.read(pinning);
    }

    private void write(Report report) throws IOException {
        System.out.println();
        System.out.println(report.markdown());
        Files.writeString(options.out().resolve("report.md"), report.markdown());
        Files.writeString(options.out().resolve("report.json"), report.json());
        Files.writeString(options.out().resolve("report.svg"), report.svg());
        System.out.println("reports in " + options.out().toAbsolutePath());
    }

    private static void delete(Path tree) throws IOException {
        try (Stream<Path> all = Files.walk(tree)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
