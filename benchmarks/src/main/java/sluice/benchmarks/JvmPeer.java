package sluice.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A proxy of this module, in a JVM of its own: the same Java and class path as the one that measures. */
record JvmPeer(String name, Class<?> main, String setup) implements Peer {
    private static final List<String> FLAGS = List.of(
            "-Xms128m",
            "-Xmx128m",
            "-XX:+UseSerialGC",
            "-XX:MaxDirectMemorySize=256m",
            "-Dio.netty.leakDetection.level=disabled");

    static final JvmPeer REACTOR = new JvmPeer(
            "reactor", ReactorProxy.class, "HttpServer + HttpClient; 1 event loop; " + String.join(" ", FLAGS));

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
        return java(FLAGS, main, Integer.toString(port), Integer.toString(upstreamPort));
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
