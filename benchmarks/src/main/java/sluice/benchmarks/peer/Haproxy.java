package sluice.benchmarks.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** HAProxy with one thread and keep-alive on both sides. */
final class Haproxy implements Peer {
    private final Optional<Path> program = Programs.find("haproxy");

    @Override
    public String name() {
        return "haproxy";
    }

    @Override
    public String remedy() {
        return program.isPresent() ? "" : "apt-get install haproxy";
    }

    @Override
    public String version() throws IOException {
        return Programs.firstLine(program.orElseThrow().toString(), "-v").replaceAll(" - http.*", "");
    }

    @Override
    public String setup() {
        return "nbthread 1, http-reuse always, standard buffers (16 KiB); http-no-delay for events, no log";
    }

    @Override
    public boolean needsWarmUp() {
        return false;
    }

    @Override
    public List<String> command(Path dir, int port, int upstreamPort) throws IOException {
        Path config = Files.writeString(dir.resolve("haproxy.cfg"), config(port, upstreamPort));
        return List.of(program.orElseThrow().toString(), "-db", "-f", config.toString());
    }

    private static String config(int port, int upstreamPort) {
        return """
                global
                    nbthread 1
                defaults
                    mode http
                    option http-keep-alive
                    option forwardfor
                    http-reuse always
                    timeout connect 5s
                    timeout client 300s
                    timeout server 300s
                    timeout http-keep-alive 300s
                    timeout tunnel 2h
                frontend in
                    bind 127.0.0.1:%1$d backlog 4096
                    http-request replace-path /function/up(/.*) \\1
                    use_backend events if { path /sse }
                    default_backend up
                backend up
                    server up 127.0.0.1:%2$d pool-max-conn -1 pool-purge-delay 300s
                backend events
                    option http-no-delay
                    server up 127.0.0.1:%2$d
                """.formatted(port, upstreamPort);
    }
}
