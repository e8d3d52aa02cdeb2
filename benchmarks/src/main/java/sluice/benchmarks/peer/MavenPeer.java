package sluice.benchmarks.peer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;

/**
 * A proxy on the JVM that is a Maven project of its own under {@code benchmarks/peers}, outside of Sluice's build, since
 * its libraries are of no use to anybody else. It is built when it is asked for and has changed.
 *
 * @param project its directory
 */
record MavenPeer(String name, Jvm jvm, Path project, String main, String library, String setup) implements Peer {
    @Override
    public String remedy() {
        if (!Files.isRegularFile(project.resolve("pom.xml"))) {
            return "run ./sluice bench from a checkout, which has " + project;
        }
        return Programs.find("mvn").isPresent() ? "" : "apt-get install maven";
    }

    @Override
    public String version() throws IOException {
        try (Stream<Path> jars = Files.list(libraries())) {
            return jars.map(jar -> jar.getFileName().toString())
                            .filter(jar -> jar.matches(library + "-[0-9].*\\.jar"))
                            .findFirst()
                            .orElse(library)
                            .replaceAll("\\.jar$", "")
                    + ", " + jvm.version();
        }
    }

    @Override
    public boolean needsWarmUp() {
        return true;
    }

    @Override
    public List<String> command(Path dir, int port, int upstreamPort) throws IOException {
        if (isStale()) {
            build();
        }
        String classPath = project.resolve("target").resolve("classes") + ":" + libraries() + "/*";
        return jvm.command(classPath, main, Integer.toString(port), Integer.toString(upstreamPort));
    }

    private Path libraries() {
        return project.resolve("target").resolve("lib");
    }

    private boolean isStale() throws IOException {
        if (!Files.isDirectory(libraries())) {
            return true;
        }
        FileTime built = Files.getLastModifiedTime(libraries());
        try (Stream<Path> sources = Files.walk(project.resolve("src"))) {
            for (Path source : Stream.concat(Stream.of(project.resolve("pom.xml")), sources)
                    .toList()) {
                if (Files.getLastModifiedTime(source).compareTo(built) > 0) {
                    return true;
                }
            }
            return false;
        }
    }

    private void build() throws IOException {
        Process process = new ProcessBuilder(
                        "mvn", "-B", "-q", "-f", project.resolve("pom.xml").toString(), "package")
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw new IOException("mvn package in " + project + " failed: "
                        + said.lines()
                                .filter(line -> line.contains("ERROR"))
                                .findFirst()
                                .orElse(said));
            }
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while building " + name, e);
        }
        Files.setLastModifiedTime(libraries(), FileTime.fromMillis(System.currentTimeMillis()));
    }
}
