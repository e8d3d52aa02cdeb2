package sluice.benchmarks.peer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What nobody can go below with system calls of this kind: a loop in C, compiled on the spot, that reads and writes and
 * does not even look at the bytes. Each client connection has an upstream connection of its own, so no message's end has
 * to be found.
 */
final class Floor implements Peer {
    private static final String SOURCE = "floor.c";

    private final Optional<Path> compiler = Programs.find("cc");

    @Override
    public String name() {
        return "floor";
    }

    @Override
    public String remedy() {
        return compiler.isPresent() ? "" : "apt-get install gcc libc6-dev";
    }

    @Override
    public String version() throws IOException {
        return Programs.firstLine(compiler.orElseThrow().toString(), "--version");
    }

    @Override
    public String setup() {
        return "cc -O2, epoll, reads of 256 KiB, one upstream connection per client connection; rewrites nothing";
    }

    @Override
    public boolean needsWarmUp() {
        return false;
    }

    @Override
    public List<String> command(Path dir, int port, int upstreamPort) throws IOException {
        Path source = dir.resolve(SOURCE);
        try (InputStream text = Objects.requireNonNull(Floor.class.getResourceAsStream(SOURCE))) {
            Files.write(source, text.readAllBytes());
        }
        Path program = dir.resolve("floor");
        Process process = new ProcessBuilder(
                        compiler.orElseThrow().toString(), "-O2", "-o", program.toString(), source.toString())
                .redirectErrorStream(true)
                .start();
        try (InputStream messages = process.getInputStream()) {
            String said = new String(messages.readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IOException("the C relay does not compile: " + said);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while compiling the C relay", e);
        }
        return List.of(program.toString(), Integer.toString(port), Integer.toString(upstreamPort));
    }
}
