package sluice.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import sluice.benchmarks.async.AsyncRun;
import sluice.benchmarks.async.LedgerRun;
import sluice.benchmarks.guard.Guard;
import sluice.benchmarks.guard.LoginRun;
import sluice.benchmarks.peer.Jvm;
import sluice.benchmarks.peer.Peer;
import sluice.benchmarks.peer.Peers;
import sluice.benchmarks.peer.Programs;
import sluice.benchmarks.report.Machine;
import sluice.benchmarks.report.Report;
import sluice.benchmarks.report.Topic;
import sluice.benchmarks.soak.SoakRun;

/** {@code sluice bench}: measures Sluice and its peers side by side and writes the reports. */
public final class Bench {
    private final Options options;
    private final Path home = Path.of(System.getProperty("sluice.home", "."));
    private final Findings findings = new Findings(System.out::println);

    private Bench(Options options) {
        this.options = options;
    }

    public static void main(String[] args) throws Exception {
        List<String> words = Arrays.asList(args);
        if (words.contains("--help")) {
            System.out.print(Options.HELP);
        } else if (words.indexOf("ledger") == 0) {
            System.exit(LedgerRun.run(words.subList(1, words.size())));
        } else if (words.indexOf("async") == 0) {
            System.exit(AsyncRun.run(words.subList(1, words.size())));
        } else if (words.indexOf("soak") == 0) {
            System.exit(SoakRun.run(words.subList(1, words.size())));
        } else if (words.indexOf("logins") == 0) {
            System.exit(LoginRun.run(words.subList(1, words.size())));
        } else if (words.contains("--guard")) {
            System.exit(Guard.run(words.subList(words.indexOf("--guard") + 1, words.size())));
        } else if (words.contains("--jmh")) {
            MicroBenchmarks.run(words.subList(words.indexOf("--jmh") + 1, words.size()));
        } else {
            System.exit(run(args));
        }
    }

    private static int run(String[] args) throws InterruptedException {
        Path work = null;
        try {
            Options options = Options.parse(args);
            if (options.mode() == Mode.MERGE) {
                write(merged(options.pieces()), options.out());
                return 0;
            }
            if (Programs.find("taskset").isEmpty()) {
                throw new IOException("taskset is missing: apt-get install util-linux");
            }
            work = Files.createTempDirectory("sluice-bench");
            long start = System.nanoTime();
            try (Children children = new Children(work)) {
                write(new Bench(options).measure(work, children), options.out());
            }
            System.out.printf("%d s in all%n", (System.nanoTime() - start) / 1_000_000_000);
            delete(work);
            return 0;
        } catch (IllegalArgumentException | IOException e) {
            System.err.println("sluice bench: " + e.getMessage() + (work == null ? "" : " (logs in " + work + ")"));
            return 1;
        }
    }

    private static Report merged(List<Path> pieces) throws IOException {
        List<Report> reports = new ArrayList<>();
        for (Path piece : pieces) {
            reports.add(Report.read(piece));
        }
        return Report.merged(reports);
    }

    private Report measure(Path work, Children children) throws IOException, InterruptedException {
        Cores cores = Cores.ofThisProcess();
        Jvm jvm = jvm();
        Machine machine = Machine.read(jvm.version(), pinning(cores));
        if (Machine.isBusy(machine.loadBefore())) {
            findings.say("this machine is busy (load %.1f): the figures will be noisy", machine.loadBefore());
        }
        List<Peer> peers = present(new Peers(jvm, home, settings()));
        Rig rig = new Rig(options, cores, work, children, findings);
        measurement(rig).run(peers);
        return findings.report(machine);
    }

    /** Buffers that are given out are counted only where that is what is asked: it costs a little per call. */
    private Jvm jvm() {
        Jvm jvm = Jvm.likeThis(options.jdk());
        return options.mode() == Mode.MEMORY ? jvm.and("-Dio.netty.trackPinnedMemory=true") : jvm;
    }

    private Measurement measurement(Rig rig) {
        return switch (options.mode()) {
            case PAIRS -> new Pairs(rig, Topic.PAIRS);
            case ROUTES -> new Pairs(rig, Topic.ROUTES);
            case FAIRNESS -> new Fairness(rig);
            case SYSCALLS -> new Syscalls(rig);
            case ALLOCATION -> new Allocation(rig);
            case MEMORY -> new MemoryPerConnection(rig);
            case START -> new StartUp(rig, home);
            default -> new Campaign(rig);
        };
    }

    private List<Peer> present(Peers peers) {
        if (options.mode() == Mode.ROUTES) {
            return List.of(peers.sluiceWith(options.functions()), peers.sluiceWith(10));
        }
        List<Peer> present = new ArrayList<>();
        for (String name : options.peers()) {
            Peer peer = peers.named(name);
            if (peer.remedy().isEmpty()) {
                present.add(peer);
            } else {
                findings.absent(name, peer.remedy());
            }
        }
        return present;
    }

    /** As many connections as {@code --memory} opens are more than Sluice takes by default. */
    private Map<String, String> settings() {
        Map<String, String> settings = new TreeMap<>(options.settings());
        if (options.mode() == Mode.MEMORY) {
            settings.putIfAbsent("SLUICE_MAX_CONNECTIONS", "12000");
            settings.putIfAbsent("SLUICE_UPSTREAM_CONNECTIONS", "5000");
        }
        return settings;
    }

    private static String pinning(Cores cores) {
        return cores.allowed().size() > 1
                ? "proxy alone on CPU " + cores.forProxy() + ", load generator and upstream on CPU " + cores.forLoad()
                : "one CPU for everything: the figures mean little";
    }

    private static void write(Report report, Path out) throws IOException {
        report.write(out);
        System.out.println();
        System.out.println(report.markdown());
        System.out.println("reports in " + out.toAbsolutePath());
    }

    private static void delete(Path tree) throws IOException {
        try (Stream<Path> all = Files.walk(tree)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
