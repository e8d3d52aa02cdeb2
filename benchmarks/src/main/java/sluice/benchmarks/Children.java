package sluice.benchmarks;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The processes of one run. All of them, with their descendants, are ended by {@link #close} and by a shutdown hook,
 * so that nothing outlives the run whether it ends well, fails or is interrupted. Each is ended by its own pid.
 */
public final class Children implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(20);

    private final Path dir;
    private final Deque<Process> running = new ArrayDeque<>();

    /** Keeps the output of each process in {@code dir}. */
    public Children(Path dir) {
        this.dir = dir;
        Runtime.getRuntime().addShutdownHook(new Thread(this::close, "bench-children"));
    }

    /** Starts {@code command}; what it writes goes to {@code name.log}. */
    public Process start(String name, List<String> command) throws IOException {
        return start(name, command, Map.of());
    }

    /** The same with {@code environment} beside this process's own. */
    Process start(String name, List<String> command, Map<String, String> environment) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log(name).toFile());
        builder.environment().putAll(environment);
        return start(builder);
    }

    /** Starts {@code command} with its standard output for the caller to read; its errors go to {@code name.log}. */
    public Process startTalking(String name, List<String> command) throws IOException {
        return start(new ProcessBuilder(command).redirectError(log(name).toFile()));
    }

    private synchronized Process start(ProcessBuilder builder) throws IOException {
        Process process = builder.start();
        running.push(process);
        return process;
    }

    private Path log(String name) {
        return dir.resolve(name + ".log");
    }

    /** Waits until something listens at {@code port}; fails with the end of the log when the process dies or hangs. */
    public void awaitPort(String name, Process process, int port) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + START.toNanos();
        while (!isListening(port)) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                throw new IOException(name + " did not start: " + lastLines(log(name)));
            }
            Thread.sleep(50);
        }
    }

    /** Waits until the log of a process has {@code words}. */
    void awaitLog(String name, Process process, String words) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + START.toNanos();
        while (!Files.readString(log(name)).contains(words)) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                throw new IOException(name + " did not start: " + lastLines(log(name)));
            }
            Thread.sleep(10);
        }
    }

    /** Ends {@code process} before the others. */
    synchronized void stop(Process process) {
        running.remove(process);
        end(process);
    }

    /** {@code process} and its living descendants. */
    static List<Long> pids(Process process) {
        return Stream.concat(Stream.of(process.pid()), process.descendants().map(ProcessHandle::pid))
                .toList();
    }

    @Override
    public synchronized void close() {
        while (!running.isEmpty()) {
            end(running.pop());
        }
    }

    private static void end(Process process) {
        List<ProcessHandle> family = process.descendants().toList();
        process.destroy();
        try {
            if (!process.waitFor(3, TimeUnit.SECONDS)) {
                Process unused = process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Process unused = process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        family.forEach(ProcessHandle::destroyForcibly);
    }

    private static boolean isListening(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static String lastLines(Path log) throws IOException {
        List<String> lines = Files.readAllLines(log);
        return String.join(" | ", lines.subList(Math.max(0, lines.size() - 5), lines.size()));
    }
}
