package sluice.benchmarks.soak;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import sluice.benchmarks.Children;
import sluice.benchmarks.ProbeClient;
import sluice.benchmarks.peer.Jvm;
import sluice.benchmarks.peer.Peer;
import sluice.benchmarks.peer.Peers;

/**
 * The gateway under test, in a process of its own, as it is shipped, but that one buffer in 16 is watched for leaks and that
 * it gives up clients that do not read after 5 s.
 */
final class SoakGateway {
    private static final String NAME = "sluice";
    private static final Map<String, String> SETTINGS = Map.of("SLUICE_WRITE_STALL", "5s");
    private static final List<String> WATCHED =
            List.of("-Dio.netty.leakDetection.level=advanced", "-Dio.netty.leakDetection.samplingInterval=16");
    private static final Pattern METRICS_PORT = Pattern.compile("metrics on port (\\d+)");
    private static final String LEAK = "LEAK: ";
    private static final List<String> OUTCOMES = List.of(
            "gateway_function_invocation_total{",
            "sluice_refused_total",
            "sluice_bad_answers_total",
            "sluice_aborted_answers_total",
            "sluice_retries_total",
            "sluice_upstream_failures_total");

    private final Process process;
    private final Path log;
    private final String setup;

    private SoakGateway(Process process, Path log, String setup) {
        this.process = process;
        this.log = log;
        this.setup = setup;
    }

    /** Starts it; the one function is at {@code upstreamPort}. */
    static SoakGateway start(Children children, Path work, int port, int upstreamPort)
            throws IOException, InterruptedException {
        Jvm shipped = Jvm.likeThis(Path.of(System.getProperty("java.home")));
        List<String> flags = new ArrayList<>(shipped.flags());
        flags.removeIf(flag -> flag.startsWith("-Dio.netty.leakDetection"));
        flags.addAll(WATCHED);
        Peer peer = new Peers(new Jvm(shipped.home(), flags), work, SETTINGS).named(NAME);
        Path dir = Files.createDirectories(work.resolve(NAME));
        Process process = children.startTalking(NAME, peer.command(dir, port, upstreamPort));
        children.awaitPort(NAME, process, port);
        return new SoakGateway(process, work.resolve(NAME + ".log"), String.join(" ", flags) + "; " + SETTINGS);
    }

    long pid() {
        return process.pid();
    }

    ProbeClient probe() {
        return ProbeClient.of(process);
    }

    /** Its options and settings. */
    String setup() {
        return setup;
    }

    /** What its log says of buffers that were never released. */
    List<String> leaks() throws IOException {
        return Files.readAllLines(log, StandardCharsets.UTF_8).stream()
                .filter(line -> line.contains(LEAK))
                .toList();
    }

    /** Calls in flight, as its metrics tell. */
    double callsInFlight() throws IOException {
        return metrics(line -> line.startsWith("sluice_calls_in_flight ")).stream()
                .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' '))))
                .findFirst()
                .orElseThrow(() -> new IOException("no sluice_calls_in_flight in the metrics"));
    }

    /** Its counters of answers by status, of refusals by reason and of retries. */
    List<String> outcomes() throws IOException {
        return metrics(line -> OUTCOMES.stream().anyMatch(line::startsWith));
    }

    private List<String> metrics(Predicate<String> wanted) throws IOException {
        Matcher port = METRICS_PORT.matcher(Files.readString(log));
        if (!port.find()) {
            throw new IOException("the gateway's log does not tell the port of its metrics");
        }
        HttpURLConnection scrape = (HttpURLConnection) URI.create("http://127.0.0.1:" + port.group(1) + "/metrics")
                .toURL()
                .openConnection();
        scrape.setReadTimeout(10_000);
        try (var body = scrape.getInputStream()) {
            return new String(body.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(wanted)
                    .toList();
        }
    }
}
