package sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A network namespace with addresses of its own, since an API server refuses loopback addresses in endpoints, and processes in
 * it that stand for pods. Needs root.
 */
final class PodNetwork implements AutoCloseable {
    private static final String NETWORK = "10.231.77.";

    private final String name = "sluice-" + ProcessHandle.current().pid();
    private final List<Process> pods = new ArrayList<>();

    private PodNetwork() {}

    static PodNetwork open() throws IOException {
        PodNetwork network = new PodNetwork();
        try {
            String outside = "sl" + ProcessHandle.current().pid();
            run("ip", "netns", "add", network.name);
            run("ip", "link", "add", outside, "type", "veth", "peer", "name", "pods", "netns", network.name);
            run("ip", "addr", "add", NETWORK + "1/24", "dev", outside);
            run("ip", "link", "set", outside, "up");
            run("ip", "netns", "exec", network.name, "ip", "link", "set", "pods", "up");
            return network;
        } catch (IOException | AssertionError e) {
            network.close();
            throw e;
        }
    }

    /** The address of the pod with this number, from 2 on. */
    static String address(int number) {
        return NETWORK + number;
    }

    /** Runs a pod; it listens when this returns. */
    @CanIgnoreReturnValue
    Process start(int number) throws IOException {
        run("ip", "netns", "exec", name, "ip", "addr", "add", address(number) + "/24", "dev", "pods");
        Process pod = new ProcessBuilder(
                        "ip",
                        "netns",
                        "exec",
                        name,
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-Xmx32m",
                        "-XX:TieredStopAtLevel=1",
                        "-Dsun.net.httpserver.nodelay=true",
                        "-cp",
                        System.getProperty("java.class.path"),
                        PodProcess.class.getName(),
                        address(number))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        pods.add(pod);
        assertThat(pod.inputReader(UTF_8).readLine()).isEqualTo("listening");
        return pod;
    }

    @Override
    public void close() throws IOException {
        pods.forEach(pod -> pod.destroyForcibly().onExit().join());
        run("ip", "netns", "del", name); // its end of the cable goes, and with it ours
    }

    private static void run(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.onExit().join().exitValue())
                .as(String.join(" ", command) + ": " + said)
                .isZero();
    }
}
