package sluice.fleet.nats;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A real nats-server, found or fetched by {@code deploy/dev/nats-server}; when none can be had, tests fail and say so. Keeps
 * its port and its files over {@link #kill} and {@link #start}.
 */
public final class NatsServer implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 20;
    private static final int FETCHING_MINUTES = 5;

    private final Path program;
    private final Path directory;
    private final int port;
    private final String config;
    private Process process;

    private NatsServer(String release, String config) throws IOException, InterruptedException {
        program = program(release);
        directory = Files.createTempDirectory("nats-server");
        this.config = config;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        process = started();
    }

    /** The current release. */
    public static NatsServer newest() throws IOException, InterruptedException {
        return new NatsServer("newest", "jetstream { store_dir: DIR, sync_interval: always }\n");
    }

    /** Debian's 2.9, the oldest that is supported. */
    public static NatsServer oldest() throws IOException, InterruptedException {
        return new NatsServer("debian", "jetstream { store_dir: DIR }\n");
    }

    /** {@link #newest} or {@link #oldest}, with more lines of configuration. */
    public static NatsServer with(String release, String config) throws IOException, InterruptedException {
        return new NatsServer(release, "jetstream { store_dir: DIR }\n" + config);
    }

    private static Path program(String release) throws IOException, InterruptedException {
        Path script = root().resolve("deploy/dev/nats-server");
        Process finding = new ProcessBuilder(script.toString(), "--release", release, "--print")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String path = new String(finding.getInputStream().readAllBytes(), UTF_8).trim();
        if (!finding.waitFor(FETCHING_MINUTES, TimeUnit.MINUTES) || finding.exitValue() != 0 || path.isEmpty()) {
            throw new IOException("no nats-server (" + release + ") can be had: run " + script + " and see");
        }
        return Path.of(path.substring(path.lastIndexOf('\n') + 1));
    }

    private static Path root() {
        Path at = Path.of("").toAbsolutePath();
        while (!Files.exists(at.resolve("deploy/dev/nats-server"))) {
            at = java.util.Objects.requireNonNull(at.getParent());
        }
        return at;
    }

    private Process started() throws IOException, InterruptedException {
        Path file = directory.resolve("server.conf");
        Files.writeString(
                file, "listen: \"127.0.0.1:" + port + "\"\n" + config.replace("DIR", '"' + directory.toString() + '"'));
        Process server = new ProcessBuilder(program.toString(), "-c", file.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("log").toFile()))
                .start();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!accepts()) {
            if (!server.isAlive() || System.nanoTime() > end) {
                throw new IOException("nats-server does not start:\n" + Files.readString(directory.resolve("log")));
            }
            server.waitFor(20, TimeUnit.MILLISECONDS);
        }
        return server;
    }

    private boolean accepts() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
            return socket.getInputStream().read() == 'I'; // INFO
        } catch (IOException e) {
            return false;
        }
    }

    public String url() {
        return "nats://127.0.0.1:" + port;
    }

    /** Starts it again after a {@link #kill}, on the same port and files. */
    public void start() throws IOException, InterruptedException {
        process = started();
    }

    /** As by a crash: kill -9. */
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Stops its threads (SIGSTOP) until {@link #resume}; returns when all stand still. */
    public void pause() throws IOException, InterruptedException {
        signal("-STOP");
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!isStopped()) {
            if (System.nanoTime() > end) {
                throw new IOException("nats-server does not stop");
            }
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    /** Whether each thread is in the state T of proc(5). */
    private boolean isStopped() throws IOException {
        try (DirectoryStream<Path> tasks =
                Files.newDirectoryStream(Path.of("/proc", Long.toString(process.pid()), "task"))) {
            for (Path task : tasks) {
                String stat = Files.readString(task.resolve("stat"));
                if (stat.charAt(stat.lastIndexOf(')') + 2) != 'T') {
                    return false;
                }
            }
            return true;
        }
    }

    public void resume() throws IOException, InterruptedException {
        signal("-CONT");
    }

    private void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder(new ArrayList<>(List.of("kill", name, Long.toString(process.pid()))))
                .start()
                .waitFor();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor();
            Files.walkFileTree(directory, new Deleting());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static final class Deleting extends SimpleFileVisitor<Path> {
        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path directory, @org.jspecify.annotations.Nullable IOException e)
                throws IOException {
            Files.deleteIfExists(directory);
            return FileVisitResult.CONTINUE;
        }
    }
}
