package sluice.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import sluice.benchmarks.load.LoadResult;
import sluice.benchmarks.load.Shape;
import sluice.benchmarks.peer.Peer;
import sluice.benchmarks.peer.Programs;
import sluice.benchmarks.report.Topic;

/** System calls per call, counted by {@code strace -c -f} that is attached while a peer is saturated. */
final class Syscalls implements Measurement {
    private static final Pattern ROW =
            Pattern.compile("\\s*[\\d.]+\\s+[\\d.]+\\s+\\d+\\s+(\\d+)\\s+(?:\\d+\\s+)?(\\w+)");
    private static final double RARE = 0.02;

    private final Rig rig;

    Syscalls(Rig rig) {
        this.rig = rig;
    }

    @Override
    public void run(List<Peer> peers) throws IOException, InterruptedException {
        if (Programs.find("strace").isEmpty()) {
            throw new IOException("strace is missing: apt-get install strace");
        }
        List<Running> running = rig.startAll(peers);
        rig.warmUp(running);
        for (Rounds rounds = rig.rounds(); rounds.next(System.nanoTime()); ) {
            for (Running peer : running) {
                for (Shape shape : rig.options().shapes()) {
                    for (int connections : rig.options().connections()) {
                        if (peer.supports(shape) && shape.canSaturate()) {
                            measure(peer, shape, connections);
                        }
                    }
                }
            }
        }
    }

    private void measure(Running peer, Shape shape, int connections) throws IOException, InterruptedException {
        Path counts = rig.work().resolve("strace-" + peer.name() + ".txt");
        List<String> command = new ArrayList<>(List.of("strace", "-c", "-f", "-o", counts.toString()));
        peer.pids().forEach(pid -> command.addAll(List.of("-p", pid.toString())));
        Process strace = rig.children().start("strace", command);
        rig.children().awaitLog("strace", strace, "attached");
        LoadResult result = rig.load(peer, shape, connections, 0);
        rig.children().stop(strace); // it lets go of the peer and writes its table
        String suffix = shape.label() + ", " + connections + " connections";
        Map<String, Long> calls = parse(Files.readAllLines(counts));
        tell(
                peer,
                "all, " + suffix,
                calls.values().stream().mapToLong(Long::longValue).sum(),
                result);
        calls.forEach((name, count) -> {
            if (count > result.allCalls() * RARE) {
                tell(peer, name + ", " + suffix, count, result);
            }
        });
    }

    private void tell(Running peer, String name, long count, LoadResult result) {
        double perCall = (double) count / Math.max(1, result.allCalls());
        rig.findings().figure(Topic.SYSCALLS, peer.name(), name, "per call", perCall);
    }

    /** The calls of each name in a table of {@code strace -c}. */
    static Map<String, Long> parse(List<String> table) {
        Map<String, Long> calls = new LinkedHashMap<>();
        for (String line : table) {
            Matcher row = ROW.matcher(line);
            if (row.matches() && !row.group(2).equals("total")) {
                calls.merge(row.group(2), Long.parseLong(row.group(1)), Long::sum);
            }
        }
        return calls;
    }
}
