package sluice.benchmarks;

import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import sluice.benchmarks.load.Shape;

/**
 * What to measure.
 *
 * @param seconds of each measured phase
 * @param warmUpSeconds of the proxy's CPU with the first shape before round 1, for peers on the JVM; other shapes get
 *     2/5 of it
 * @param out directory of the reports
 */
record Options(
        int rounds, int seconds, int warmUpSeconds, int connections, List<Shape> shapes, List<String> peers, Path out) {
    static final List<String> PEERS = List.of("sluice", "nginx", "haproxy", "reactor");

    static final String HELP = """
            Usage: sluice bench [options]        measures Sluice beside its peers, on this machine only
                   sluice bench --jmh [pattern]  runs the micro-benchmarks whose names match
                   sluice bench --guard          compares allocation and system calls per call with the baseline;
                                                 with --update, takes what it finds as the baseline

              --rounds N        rounds, in each of which every peer is measured with every shape (default 5)
              --seconds S       length of each measured phase (default 3)
              --connections C   client connections (default 64)
              --shapes LIST     of get64,post4k,get1m (default all)
              --peers LIST      of sluice,nginx,haproxy,reactor (default all)
              --out DIR         where the reports go (default benchmarks/results/<date>)
              --quick           2 rounds of 1 second with little warm-up: a look, not a measurement
            """;

    Options {
        shapes = List.copyOf(shapes);
        peers = List.copyOf(peers);
    }

    /** Reads the command line. @throws IllegalArgumentException with one line for the user */
    static Options parse(String... args) {
        boolean isQuick = Arrays.asList(args).contains("--quick");
        int rounds = isQuick ? 2 : 5;
        int seconds = isQuick ? 1 : 3;
        int connections = 64;
        List<Shape> shapes = List.of(Shape.values());
        List<String> peers = PEERS;
        Path out = Path.of("benchmarks", "results", now());
        for (Iterator<String> rest = Arrays.asList(args).iterator(); rest.hasNext(); ) {
            String option = rest.next();
            switch (option) {
                case "--quick" -> {}
                case "--rounds" -> rounds = number(option, rest, 1_000);
                case "--seconds" -> seconds = number(option, rest, 60);
                case "--connections" -> connections = number(option, rest, 10_000);
                case "--shapes" -> shapes = listed(option, rest, Options::shape);
                case "--peers" -> peers = listed(option, rest, Options::peer);
                case "--out" -> out = Path.of(value(option, rest));
                default -> throw new IllegalArgumentException(option + ": unknown option; --help lists all");
            }
        }
        return new Options(rounds, seconds, isQuick ? 7 : 15, connections, shapes, peers, out);
    }

    private static String now() {
        return LocalDateTime.now(ZoneOffset.UTC).format(DateTimeFormatter.ofPattern("yyyy-MM-dd-HHmm", Locale.ROOT));
    }

    private static String value(String option, Iterator<String> rest) {
        if (!rest.hasNext()) {
            throw new IllegalArgumentException(option + " needs a value");
        }
        return rest.next();
    }

    private static int number(String option, Iterator<String> rest, int most) {
        String text = value(option, rest);
        if (!text.matches("[0-9]{1,6}") || Integer.parseInt(text) < 1 || Integer.parseInt(text) > most) {
            throw new IllegalArgumentException(option + ": (" + text + ") must be a whole number from 1 to " + most);
        }
        return Integer.parseInt(text);
    }

    private static <T> List<T> listed(String option, Iterator<String> rest, Function<String, T> reader) {
        List<T> all = new ArrayList<>();
        for (String text : value(option, rest).split(",", -1)) {
            all.add(reader.apply(text.trim()));
        }
        return all;
    }

    private static Shape shape(String text) {
        return Arrays.stream(Shape.values())
                .filter(shape -> shape.label().equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("--shapes: (" + text + ") is no shape"));
    }

    private static String peer(String text) {
        if (!PEERS.contains(text)) {
            throw new IllegalArgumentException("--peers: (" + text + ") is not one of " + PEERS);
        }
        return text;
    }
}
