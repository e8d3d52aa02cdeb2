package sluice.benchmarks.async;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The function: writes a line for each execution, then answers. A line is one write to the end of the file, so that it
 * stays when the process is killed right after it. Uses the JDK only, since just this module's jar is on its class path.
 */
final class LedgerFunction {
    /** Header field: how long an execution takes on average, after its line is written: from half to one and a half of it. */
    static final String WORK = "X-Work-Millis";

    /** Header field: how long an execution takes, after its line is written. */
    static final String EXACT_WORK = "X-Exact-Work-Millis";

    private static final int BACKLOG = 1_024;
    private static final byte[] ANSWER = "done".getBytes(UTF_8);

    private final OutputStream log;

    private LedgerFunction(OutputStream log) {
        this.log = log;
    }

    /** The only argument is the file for the lines; the port is told in {@code PORT}. */
    public static void main(String[] args) throws IOException {
        HttpServer server = HttpServer.create(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(System.getenv("PORT"))),
                BACKLOG);
        server.setExecutor(Executors.newCachedThreadPool());
        LedgerFunction function = new LedgerFunction(new FileOutputStream(args[0], true));
        server.createContext("/", function::execute);
        server.start();
    }

    /** The JSON with which it is deployed under {@code name}, to write to {@code log}. */
    static String deployment(String name, Path log) {
        String jar = LedgerFunction.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .getPath();
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String command = String.format(
                "'%s' -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx64m -Dsun.net.httpserver.nodelay=true"
                        + " -Dsun.net.httpserver.maxIdleConnections=1000 -Dsun.net.httpserver.idleInterval=600"
                        + " -cp '%s' %s '%s'",
                java, jar, LedgerFunction.class.getName(), log.toAbsolutePath());
        return String.format(
                "{\"service\":\"%s\",\"image\":\"x\",\"envProcess\":\"%s\",\"envVars\":{\"mode\":\"http\"},"
                        + "\"annotations\":{\"com.openfaas.retry.min_wait\":\"1s\",\"com.openfaas.retry.max_wait\":\"2s\"}}",
                name, command);
    }

    /** Its lines, each an execution; the last one may be cut off when the process was killed. */
    static List<Execution> read(Path log) throws IOException {
        return Files.exists(log)
                ? Files.readAllLines(log).stream()
                        .map(line -> line.split(" ", -1))
                        .filter(words -> words.length == 3)
                        .map(words -> new Execution(words[0], Long.parseLong(words[1]), words[2]))
                        .toList()
                : List.of();
    }

    /**
     * One execution.
     *
     * @param nanos of the clock that all processes of the machine share
     * @param body of the request
     */
    record Execution(String callId, long nanos, String body) {}

    private void execute(HttpExchange call) throws IOException {
        long now = System.nanoTime();
        String body = new String(call.getRequestBody().readAllBytes(), UTF_8);
        String line = call.getRequestHeaders().getFirst("X-Call-Id") + " " + now + " " + body + "\n";
        log.write(line.getBytes(UTF_8));
        long usual = millis(call, WORK);
        pause(usual / 2 + ThreadLocalRandom.current().nextLong(usual + 1) + millis(call, EXACT_WORK));
        call.sendResponseHeaders(200, ANSWER.length);
        try (OutputStream answer = call.getResponseBody()) {
            answer.write(ANSWER);
        }
    }

    /** In nanoseconds. */
    private static long millis(HttpExchange call, String field) {
        String millis = call.getRequestHeaders().getFirst(field);
        return millis == null ? 0 : TimeUnit.MILLISECONDS.toNanos(Long.parseLong(millis));
    }

    private static void pause(long nanos) {
        long end = System.nanoTime() + nanos;
        for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
