package sluice.benchmarks;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import sluice.benchmarks.peer.Peer;
import sluice.benchmarks.report.Report;
import sluice.benchmarks.report.Topic;

/**
 * From the command to the first answer with 200. Sluice is started as its users do, by {@code ./sluice up} with an empty
 * data directory, and asked for {@code /healthz}; the others are asked for a call. Nothing is pinned.
 */
final class StartUp implements Measurement {
    private static final long LONGEST_NANOS = Duration.ofSeconds(60).toNanos();
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final Rig rig;
    private final Path home;

    StartUp(Rig rig, Path home) {
        this.rig = rig;
        this.home = home;
    }

    @Override
    public void run(List<Peer> peers) throws IOException, InterruptedException {
        for (Peer peer : peers) {
            rig.findings().subject(peer.name(), new Report.Subject(peer.version(), peer.setup()));
            double unused = start(peer); // builds what has to be built, and warms the disk
        }
        for (Rounds rounds = rig.rounds(); rounds.next(System.nanoTime()); ) {
            for (Peer peer : peers) {
                rig.findings().figure(Topic.START, peer.name(), "first 200", "ms", start(peer));
            }
        }
    }

    private double start(Peer peer) throws IOException, InterruptedException {
        int port = Rig.freePort();
        boolean isSluice = peer.name().equals("sluice");
        List<String> command = isSluice
                ? List.of(home.resolve("sluice").toString(), "up")
                : peer.command(rig.dir(peer), port, rig.upstreamPort());
        Map<String, String> environment = isSluice ? environment(port) : Map.of();
        long before = System.nanoTime();
        Process process = rig.children().start(peer.name(), command, environment);
        String path = isSluice ? "/healthz" : peer.prefixes().get(0) + "/get64";
        while (!answers(port, path)) {
            if (!process.isAlive() || System.nanoTime() - before > LONGEST_NANOS) {
                throw new IOException(peer.name() + " did not start; its log is in " + rig.work());
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        double millis = (System.nanoTime() - before) / 1e6;
        rig.children().stop(process);
        return millis;
    }

    private Map<String, String> environment(int port) throws IOException {
        return Map.of(
                "SLUICE_PORT",
                Integer.toString(port),
                "SLUICE_METRICS_PORT",
                "0",
                "SLUICE_DATA_DIR",
                Files.createTempDirectory(rig.work(), "data").toString(),
                "JAVA_HOME",
                rig.options().jdk().toString());
    }

    private static boolean answers(int port, String path) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
            socket.setSoTimeout(5_000);
            socket.getOutputStream()
                    .write(("GET " + path + " HTTP/1.1\r\nHost: bench.local\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            byte[] start = socket.getInputStream().readNBytes(12);
            return new String(start, StandardCharsets.US_ASCII).equals("HTTP/1.1 " + HttpURLConnection.HTTP_OK);
        } catch (IOException e) {
            return false; // it does not listen yet
        }
    }
}
