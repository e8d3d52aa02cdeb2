package sluice.benchmarks.peer;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A Java and its options.
 *
 * @param home of the JDK
 */
public record Jvm(Path home, List<String> flags) {
    public Jvm {
        flags = List.copyOf(flags);
    }

    /**
     * The options of this process, so that {@code ./sluice bench} measures what {@code ./sluice up} runs, {@code
     * SLUICE_JAVA_OPTS} included, with the Java at {@code home}.
     */
    public static Jvm likeThis(Path home) {
        return new Jvm(
                home,
                ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                        .filter(flag -> !flag.startsWith("-Dsluice.home="))
                        .toList());
    }

    /**
     * The Java of this process with a heap that is large enough to make load. Buffers have room of their own: the upstream
     * keeps the connections of all peers, tens of thousands of them, and must not be the first to give in.
     */
    public static Jvm small() {
        return new Jvm(
                Path.of(System.getProperty("java.home")),
                List.of("-Xms64m", "-Xmx256m", "-XX:MaxDirectMemorySize=2g", "-XX:+UseSerialGC"));
    }

    /** The same with one more option, which wins over those before it. */
    public Jvm and(String flag) {
        List<String> more = new ArrayList<>(flags);
        more.add(flag);
        return new Jvm(home, more);
    }

    /** The command that runs {@code main} with the class path of this process. */
    public List<String> command(Class<?> main, String... args) {
        return command(System.getProperty("java.class.path"), main.getName(), args);
    }

    List<String> command(String classPath, String main, String... args) {
        List<String> command = new ArrayList<>();
        command.add(program());
        command.addAll(flags);
        command.addAll(List.of("-cp", classPath, main));
        command.addAll(List.of(args));
        return command;
    }

    /** As it tells itself. */
    public String version() throws IOException {
        return Programs.lineWith("Runtime", program(), "-version").replaceAll(".*\\(build ([^)]*)\\)", "Java $1");
    }

    private String program() {
        return home.resolve("bin").resolve("java").toString();
    }
}
