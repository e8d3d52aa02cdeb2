package sluice.benchmarks.guard;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The processes of one run, ended with it, each by its own pid. Used by one thread. */
final class Processes implements AutoCloseable {
    private static final long START_NANOS = TimeUnit.SECONDS.toNanos(60);
    /** As {@code ./sluice} has them. */
    private static final List<String> OPTIONS = List.of(
            "-XX:+UseSerialGC",
            "-Xms64m",
            "-Xmx512m",
            "-XX:MaxDirectMemorySize=256m",
            "-Dio.netty.leakDetection.level=disabled");

    private final Path dir;
    private final Deque<Process> running = new ArrayDeque<>();

    Processes(Path dir) {
        this.dir = dir;
    }

    /** A Java program of this class path that will listen at {@code port}; returns once it does. */
    Process java(Class<?> main, int port, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(OPTIONS);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        Path log = dir.resolve(main.getSimpleName() + ".log");
        Process process = start(command, log);
        long deadline = System.nanoTime() + START_NANOS;
        while (!isListening(port)) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                throw new IOException(main.getSimpleName() + " did not start: " + Files.readString(log));
            }
            Thread.sleep(50);
        }
        return process;
    }

    /** Any program; what it writes goes to {@code log}. */
    Process start(List<String> command, Path log) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        running.push(process);
        return process;
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static boolean isListening(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() {
        while (!running.isEmpty()) {
            end(running.pop());
        }
    }

    private static void end(Process process) {
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                var unused = process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            var unused = process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
