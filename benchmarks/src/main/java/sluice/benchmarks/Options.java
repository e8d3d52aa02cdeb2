package sluice.benchmarks;

import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import sluice.benchmarks.load.Shape;
import sluice.benchmarks.peer.Peers;

/**
 * What to measure.
 *
 * @param rounds in which every peer is measured once; for pairs, their number
 * @param seconds of each measured phase
 * @param warmUpSeconds of the proxy's CPU with the first shape before round 1, for peers on the JVM; other shapes get
 *     2/5 of it
 * @param functions of the larger route table
 * @param rate of the small calls beside fat streams; 0 for half of what the slowest peer can do
 * @param limit after which no further round begins
 * @param settings of Sluice that differ from what is shipped
 * @param jdk the home of the Java that runs the peers on the JVM
 * @param pieces directories of reports to merge
 * @param out directory of the reports
 */
record Options(
        Mode mode,
        int rounds,
        int seconds,
        int warmUpSeconds,
        int functions,
        int rate,
        Duration limit,
        List<Integer> connections,
        List<Shape> shapes,
        List<String> peers,
        Map<String, String> settings,
        Path jdk,
        List<Path> pieces,
        Path out) {
    static final String HELP = """
            Usage: sluice bench [options]        measures Sluice beside its peers, on this machine only
                   sluice bench --jmh [pattern]  runs the micro-benchmarks whose names match
                   sluice bench --guard          compares allocation and system calls per call with the baseline;
                                                 with --update, takes what it finds as the baseline
                   sluice bench ledger [--submits N] [--kills K] [--nats [--nodes N]] [--connections C] [--seed S]
                                       [--minutes M]
                                                 kills the gateway under asynchronous submits; is anything lost?
                   sluice bench async [--nats] [--rounds N] [--connections C] [--seconds S] [--starts N]
                                                 how fast asynchronous calls are accepted, and how soon they start
                   sluice bench async --growth N [--nats] [--in DIR [--fill]]
                                                 the same with N calls waiting, the heap then, and a restart
                   sluice bench async --sync N [--nats] [--call-millis MS] [--sync-millis MS] [--rate R]
                                                 synchronous calls while N asynchronous ones of that function wait
                   sluice bench logins [--pairs N] [--seconds S]
                                                 other callers while somebody tries 5,000 passwords a second
                   sluice bench soak [--minutes M] [--load 0.8] [--connections C] [--out DIR]
                                                 load, aborts, resets and slow readers for long: does anything grow?

            What is measured, instead of every peer with every shape:
              --pairs N         N interleaved pairs of Sluice and each other peer: CPU per call, as a ratio
              --routes N        N functions in the route table beside 10, in pairs of CPU per call (--rounds, 30)
              --fairness        64-byte calls alone and beside 8 downloads of 1 GiB
              --syscalls        system calls per call, with strace
              --allocation      bytes allocated per call, of peers on the JVM that are part of Sluice
              --memory          memory per idle connection (10,000) and per active pair (4,000)
              --start           from the command to the first answer
              --merge DIR...    no measurement: one report of those in several directories

              --rounds N        rounds, in each of which every peer is measured with every shape (default 5)
              --seconds S       length of each measured phase (default 3)
              --minutes M       begin no round that would end later (default 60)
              --connections LIST  client connections (default 64), each from 1 to 20000
              --shapes LIST     of get64,post4k,get1m (default) and get100m,up1m,up100m,sse,ws, or all
              --peers LIST      of sluice,nginx,haproxy,reactor (default) and floor,envoy,caddy,openfaas,undertow,spring,
                                or all
              --rate R          calls per second of --fairness (default half of what the slowest peer can do)
              --set NAME=VALUE  a setting of Sluice, as often as needed; the report tells it
              --jdk DIR         the JDK that runs the peers on the JVM, Sluice among them (default this one)
              --out DIR         where the reports go (default benchmarks/results/<date>)
              --quick           2 rounds of 1 second with little warm-up: a look, not a measurement
            """;

    private static final int PAIRS = 30;
    private static final List<Shape> ALL_SHAPES = List.of(
            Shape.GET64, Shape.POST4K, Shape.GET1M, Shape.GET100M, Shape.UP1M, Shape.UP100M, Shape.SSE, Shape.WS);

    Options {
        connections = List.copyOf(connections);
        shapes = List.copyOf(shapes);
        peers = List.copyOf(peers);
        settings = Map.copyOf(settings);
        pieces = List.copyOf(pieces);
    }

    /** Reads the command line. @throws IllegalArgumentException with one line for the user */
    static Options parse(String... args) {
        Arguments arguments = Arguments.of(args);
        boolean isQuick = arguments.has("--quick");
        Mode mode = arguments.mode();
        boolean isInPairs = mode == Mode.PAIRS || mode == Mode.ROUTES;
        int rounds = arguments.number("--rounds", isQuick ? 2 : isInPairs ? PAIRS : 5, 1_000);
        Options options = new Options(
                mode,
                arguments.number("--pairs", rounds, 1_000),
                arguments.number("--seconds", isQuick ? 1 : isInPairs ? 2 : 3, 60),
                isQuick ? 7 : 15,
                arguments.number("--routes", 0, 1_000_000),
                arguments.number("--rate", 0, 1_000_000),
                Duration.ofMinutes(arguments.number("--minutes", 60, 600)),
                arguments.list("--connections", List.of(64), text -> arguments.number("--connections", text, 20_000)),
                arguments.list("--shapes", shapes(mode), Options::shape, ALL_SHAPES),
                arguments.list("--peers", mode.peers(), Options::peer, Peers.ALL),
                arguments.pairs("--set"),
                arguments.path("--jdk", Path.of(System.getProperty("java.home"))),
                arguments.paths("--merge"),
                arguments.path("--out", Path.of("benchmarks", "results", now())));
        arguments.requireNoneLeft();
        return options;
    }

    private static List<Shape> shapes(Mode mode) {
        return mode == Mode.MATRIX ? List.of(Shape.GET64, Shape.POST4K, Shape.GET1M) : List.of(Shape.GET64);
    }

    private static String now() {
        return LocalDateTime.now(ZoneOffset.UTC).format(DateTimeFormatter.ofPattern("yyyy-MM-dd-HHmm", Locale.ROOT));
    }

    private static Shape shape(String text) {
        Shape shape = Shape.of(text);
        if (!ALL_SHAPES.contains(shape)) {
            throw new IllegalArgumentException("(" + text + ") is no shape");
        }
        return shape;
    }

    private static String peer(String text) {
        if (!Peers.ALL.contains(text)) {
            throw new IllegalArgumentException("(" + text + ") is not one of " + Peers.ALL);
        }
        return text;
    }
}
