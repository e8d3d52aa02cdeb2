package sluice.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import sluice.benchmarks.load.LoadDriver;
import sluice.benchmarks.load.LoadResult;
import sluice.benchmarks.load.Shape;
import sluice.benchmarks.load.Upstream;
import sluice.benchmarks.peer.Jvm;
import sluice.benchmarks.peer.Peer;
import sluice.benchmarks.peer.Peers;
import sluice.benchmarks.peer.Probe;

/** Each peer does the same work: whoever rewrote less, or refused some, would be measured too cheap. */
class PeerTest {
    private static final Path CHECKOUT = Path.of("..").toAbsolutePath().normalize();
    private static final Peers PEERS =
            new Peers(new Jvm(Path.of(System.getProperty("java.home")), List.of("-Xmx256m")), CHECKOUT, Map.of());
    private static final List<Shape> BRIEF = List.of(Shape.GET64, Shape.POST4K, Shape.UP1M, Shape.SSE, Shape.WS);

    @TempDir
    Path dir;

    static Stream<Peer> peers() {
        return Peers.ALL.stream().map(PEERS::named);
    }

    @ParameterizedTest
    @MethodSource("peers")
    void stripsThePrefixAndNamesTheClient(Peer peer) throws Exception {
        assumeTrue(!peer.name().equals("floor"), "the floor rewrites nothing");
        assumeIsHere(peer);
        try (ServerSocket upstream = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Children children = new Children(dir)) {
            int port = start(peer, children, upstream.getLocalPort()).port();

            CompletableFuture<String> seen = CompletableFuture.supplyAsync(() -> answerOne(upstream));
            String answer = call(port);
            // Envoy names an address of its own for a client on the same machine.
            String client = peer.name().equals("envoy") ? "" : "127.0.0.1";

            assertThat(seen.get(10, TimeUnit.SECONDS))
                    .startsWith("GET /get64 HTTP/1.1\r\n")
                    .containsIgnoringCase("\r\nx-forwarded-for: " + client);
            assertThat(answer).startsWith("HTTP/1.1 200 OK\r\n").endsWith("ok");
        }
    }

    @ParameterizedTest
    @MethodSource("peers")
    void doesTheWorkOfEveryShapeItSupports(Peer peer) throws Exception {
        assumeIsHere(peer);
        try (Children children = new Children(dir)) {
            LoadClient load = load(children);
            Running running = start(peer, children, upstream(children));
            LoadResult unused = load.run(Rig.plan(running, Shape.GET64, 1, 100, 0)); // some listen before they serve
            for (Shape shape : BRIEF) {
                if (peer.supports(shape)) {
                    int rate = shape.canSaturate() ? 0 : 1_000;
                    LoadResult result = load.run(Rig.plan(running, shape, 4, 200, rate));
                    assertThat(result.faults()).as(shape.label()).isZero();
                    assertThat(result.calls()).as(shape.label()).isPositive();
                }
            }
        }
    }

    @Test
    void callsTenOfManyFunctions() throws Exception {
        Peer peer = PEERS.sluiceWith(1_000);
        assertThat(peer.prefixes()).hasSize(10).contains("/function/up-0", "/function/up-900");
        try (Children children = new Children(dir)) {
            LoadClient load = load(children);
            Running running = start(peer, children, upstream(children));
            LoadResult result = load.run(Rig.plan(running, Shape.GET64, 10, 200, 0));
            assertThat(result.faults()).isZero();
            assertThat(result.calls()).isPositive();
        }
    }

    @ParameterizedTest
    @EnumSource(Probe.class)
    void answersProbes(Probe probe) throws Exception {
        try (Children children = new Children(dir)) {
            Running running = start(PEERS.named("sluice"), children, upstream(children));
            if (probe == Probe.DIRECT) { // a pool that nobody has used is empty
                assertThat(load(children)
                                .run(Rig.plan(running, Shape.GET64, 1, 200, 0))
                                .faults())
                        .isZero();
            }
            ProbeClient client = ProbeClient.of(running);
            assertThat(client.ask(probe)).isPositive();
            assertThat(client.ask(probe)).isPositive();
        }
    }

    private static void assumeIsHere(Peer peer) {
        assumeTrue(peer.remedy().isEmpty(), peer.name() + " is not installed: " + peer.remedy());
        Path project = CHECKOUT.resolve("benchmarks").resolve("peers").resolve(peer.name());
        assumeTrue(
                !Files.exists(project) || Files.exists(project.resolve("target").resolve("lib")),
                peer.name() + " was never asked for, and a test does not build it");
    }

    private Running start(Peer peer, Children children, int upstreamPort) throws Exception {
        int port = Rig.freePort();
        List<String> command = peer.command(dir, port, upstreamPort);
        Process process =
                peer.hasProbe() ? children.startTalking(peer.name(), command) : children.start(peer.name(), command);
        children.awaitPort(peer.name(), process, port);
        return new Running(peer.name(), peer, process, port, peer.prefixes(), List.of());
    }

    private static int upstream(Children children) throws Exception {
        int port = Rig.freePort();
        Process process = children.start("upstream", Jvm.small().command(Upstream.class, Integer.toString(port)));
        children.awaitPort("upstream", process, port);
        return port;
    }

    private static LoadClient load(Children children) throws Exception {
        return new LoadClient(children.startTalking("load", Jvm.small().command(LoadDriver.class)));
    }

    private static String call(int port) throws Exception {
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
            client.getOutputStream()
                    .write("GET /function/up/get64 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            return new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    private static String answerOne(ServerSocket upstream) {
        try (Socket socket = upstream.accept()) {
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                head.append((char) socket.getInputStream().read());
            }
            socket.getOutputStream()
                    .write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".getBytes(StandardCharsets.US_ASCII));
            return head.toString();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
