package sluice.benchmarks.guard;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import sluice.benchmarks.load.Upstream;

/**
 * {@code sluice bench logins}: what callers notice of somebody at another address who tries 5,000 passwords a second, beside
 * what they notice when the same address asks as often for a page that is not there.
 */
public final class LoginRun {
    private static final int LOGINS_PER_SECOND = 5_000;
    private static final int FLOOD_CONNECTIONS = 10;
    private static final int CALLS_PER_SECOND = 500;
    private static final int CALL_CONNECTIONS = 4;
    private static final String GUESSER = "127.0.0.2";
    private static final String CALLER = "127.0.0.3";
    private static final int WARM_UP_SECONDS = 5;

    private final int port;

    private LoginRun(int port) {
        this.port = port;
    }

    private enum Flood {
        LOGINS("GET /system/functions HTTP/1.1\r\nHost: b\r\nAuthorization: Basic YWRtaW46Z3Vlc3M=\r\n\r\n"),
        MISSING_PAGES("GET /nowhere/functions HTTP/1.1\r\nHost: b\r\nAuthorization: Basic YWRtaW46Z3Vlc3M=\r\n\r\n");

        private final String request;

        Flood(String request) {
            this.request = request;
        }
    }

    /** Arguments: {@code --pairs N} and {@code --seconds S} of each half. */
    public static int run(List<String> arguments) throws IOException, InterruptedException {
        int pairs = number(arguments, "--pairs", 10);
        int seconds = number(arguments, "--seconds", 5);
        if (pairs < 1 || seconds < 1) {
            System.err.println("sluice bench: logins takes --pairs N and --seconds S");
            return 1;
        }
        Path dir = Files.createTempDirectory("sluice-logins");
        try (Processes processes = new Processes(dir)) {
            int upstreamPort = Processes.freePort();
            int port = Processes.freePort();
            Process upstream = processes.java(Upstream.class, upstreamPort, Integer.toString(upstreamPort));
            Process gateway = processes.java(
                    GuardedGateway.class,
                    port,
                    Integer.toString(port),
                    Integer.toString(upstreamPort),
                    dir.toString(),
                    Integer.toString(Processes.freePort()));
            new LoginRun(port).measure(pairs, seconds);
            return upstream.isAlive() && gateway.isAlive() ? 0 : 1;
        } finally {
            Guard.delete(dir);
        }
    }

    private void measure(int pairs, int seconds) throws IOException, InterruptedException {
        for (Flood each : Flood.values()) {
            var unused = half(each, WARM_UP_SECONDS);
        }
        List<Double> ratios = new ArrayList<>();
        for (int pair = 0; pair < pairs; pair++) {
            boolean loginsFirst = pair % 2 == 0;
            double first = half(loginsFirst ? Flood.LOGINS : Flood.MISSING_PAGES, seconds);
            double second = half(loginsFirst ? Flood.MISSING_PAGES : Flood.LOGINS, seconds);
            ratios.add(loginsFirst ? first / second : second / first);
        }
        double[] sorted =
                ratios.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        System.out.printf(
                "p99 of other callers under failed logins, by their p99 under 404s: median %.2f of %d pairs (%s)%n",
                sorted[sorted.length / 2],
                pairs,
                String.join(
                        " ",
                        Arrays.stream(sorted)
                                .mapToObj(each -> "%.2f".formatted(each))
                                .toList()));
    }

    /** The 99th percentile of other callers, microseconds. */
    private double half(Flood flood, int seconds) throws IOException, InterruptedException {
        List<PacedCaller> flooding = callers(GUESSER, flood.request, FLOOD_CONNECTIONS, LOGINS_PER_SECOND);
        List<PacedCaller> calling = callers(
                CALLER,
                new String(Work.GET64.request(), StandardCharsets.ISO_8859_1),
                CALL_CONNECTIONS,
                CALLS_PER_SECOND);
        List<PacedCaller> all = new ArrayList<>(flooding);
        all.addAll(calling);
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        List<Thread> threads = all.stream()
                .map(each -> new Thread(() -> each.run(end), "logins"))
                .toList();
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        long[] latencies = calling.stream()
                .flatMapToLong(caller -> Arrays.stream(caller.latencies()))
                .sorted()
                .toArray();
        double p99 = latencies[latencies.length * 99 / 100] / 1_000.0;
        long floods =
                flooding.stream().mapToLong(caller -> caller.latencies().length).sum();
        System.out.printf(
                "%-13s %,6d/s from one address; %d calls from another: p50 %.0f us, p99 %.0f us; statuses %s%n",
                flood,
                floods / seconds,
                latencies.length,
                latencies[latencies.length / 2] / 1_000.0,
                p99,
                PacedCaller.statuses(flooding));
        return p99;
    }

    private List<PacedCaller> callers(String from, String request, int connections, int perSecond) throws IOException {
        List<PacedCaller> callers = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            callers.add(PacedCaller.open(from, port, request, 1_000_000_000L * connections / perSecond));
        }
        return callers;
    }

    private static int number(List<String> arguments, String name, int standard) {
        int at = arguments.indexOf(name);
        if (at < 0) {
            return standard;
        }
        try {
            return Integer.parseInt(arguments.get(at + 1));
        } catch (IndexOutOfBoundsException | NumberFormatException e) {
            return 0;
        }
    }
}
