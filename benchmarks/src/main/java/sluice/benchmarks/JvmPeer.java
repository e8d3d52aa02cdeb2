package sluice.benchmarks;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A proxy of this module, in a JVM of its own: the same Java, options and class path as the process that measures, so
 * that {@code ./sluice bench} measures what {@code ./sluice up} runs, {@code SLUICE_JAVA_OPTS} included.
 */
record JvmPeer(String name, Class<?> main, String what) implements Peer {
    private static final List<String> FLAGS =
            ManagementFactory.getRuntimeMXBean().getInputArguments();

    static final JvmPeer SLUICE = new JvmPeer("sluice", BenchGateway.class, "as shipped, everything on");
    static final JvmPeer REACTOR = new JvmPeer("reactor", ReactorProxy.class, "HttpServer + HttpClient, idiomatic");

    @Override
    public String setup() {
        return what + "; 1 event loop; " + String.join(" ", FLAGS);
    }

    @Override
    public String remedy() {
        return "";
    }

    @Override
    public String version() {
        return "Java " + Runtime.version();
    }

    @Override
    public boolean needsWarmUp() {
        return true;
    }

    @Override
    public List<String> command(Path dir, int port, int upstreamPort) {
        return java(FLAGS, main, Integer.toString(port), Integer.toString(upstreamPort), dir.toString());
    }

    /** The command that runs {@code main} with the Java and class path of this process. */
    static List<String> java(List<String> flags, Class<?> main, String... args) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(args));
        return command;
    }
}
