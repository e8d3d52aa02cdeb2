package sluice.benchmarks.async;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The NATS server of {@code deploy/dev/nats-server}, always on the same port. Used by one thread. */
final class BrokerChild implements CallBroker {
    private static final long END_SECONDS = 10;

    private final Path directory;
    private final Path script;
    private final int port;
    private @Nullable Process process;

    private BrokerChild(Path directory, Path script, int port, String more) throws IOException {
        this.directory = directory;
        this.script = script;
        this.port = port;
        Files.writeString(directory.resolve("nats.more"), more);
        Runtime.getRuntime().addShutdownHook(new Thread(this::close, "broker-end"));
    }

    static BrokerChild start(Path directory) throws IOException {
        return start(directory, "");
    }

    /** With {@code more} lines of configuration. */
    static BrokerChild start(Path directory, String more) throws IOException {
        Path script = Path.of(System.getProperty("sluice.home", "."), "deploy", "dev", "nats-server")
                .toAbsolutePath();
        BrokerChild broker = new BrokerChild(directory, script, freePort(), more);
        broker.start();
        return broker;
    }

    static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    @Override
    public String urls() {
        return "nats://127.0.0.1:" + port;
    }

    @Override
    public Map<String, String> settings() {
        return Map.of();
    }

    @Override
    public void killAndStart() throws IOException, InterruptedException {
        if (process != null) {
            int unused = process.destroyForcibly().waitFor();
        }
        start();
    }

    private void start() throws IOException {
        process = new ProcessBuilder(
                        script.toString(),
                        "--port",
                        Integer.toString(port),
                        "--store",
                        directory.resolve("nats").toString(),
                        "--config",
                        directory.resolve("nats.more").toString())
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("nats.log").toFile()))
                .start();
    }

    @Override
    public void close() {
        Process last = process;
        if (last == null) {
            return;
        }
        last.destroy();
        try {
            if (!last.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                Process unused = last.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Process unused = last.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
