package sluice.benchmarks.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Caddy, for the reverse proxy that comes with Go; one thread runs its code. */
final class Caddy implements Peer {
    private static final String GO_MODULE = "github.com/caddyserver/caddy/v2";

    private final Optional<Path> program = Programs.find("caddy");

    @Override
    public String name() {
        return "caddy";
    }

    @Override
    public String remedy() {
        return program.isPresent() ? "" : "apt-get install caddy, or go install " + GO_MODULE + "/cmd/caddy@v2.11.9";
    }

    @Override
    public String version() throws IOException {
        String caddy = program.orElseThrow().toString();
        String version = Programs.firstLine(caddy, "version");
        return "Caddy "
                + (version.equals("unknown") // as go install makes it
                        ? Programs.lineWith(GO_MODULE + "\t", caddy, "build-info")
                                .replaceAll(".*(v2\\.[0-9.]+).*", "$1")
                        : version.replaceAll(" .*", ""));
    }

    @Override
    public String setup() {
        return "GOMAXPROCS=1, reverse_proxy, flush_interval -1 for events, no access log";
    }

    @Override
    public boolean needsWarmUp() {
        return false;
    }

    @Override
    public List<String> command(Path dir, int port, int upstreamPort) throws IOException {
        Path config = Files.writeString(dir.resolve("Caddyfile"), config(port, upstreamPort));
        return List.of(
                "env",
                "GOMAXPROCS=1",
                "XDG_DATA_HOME=" + dir,
                "XDG_CONFIG_HOME=" + dir,
                program.orElseThrow().toString(),
                "run",
                "--adapter",
                "caddyfile",
                "--config",
                config.toString());
    }

    private static String config(int port, int upstreamPort) {
        return """
                {
                    admin off
                    auto_https off
                    log {
                        level ERROR
                    }
                }
                http://:%d {
                    bind 127.0.0.1
                    handle_path /function/up/* {
                        reverse_proxy 127.0.0.1:%d {
                            flush_interval -1
                            transport http {
                                keepalive 300s
                                keepalive_idle_conns 10000
                                keepalive_idle_conns_per_host 10000
                            }
                        }
                    }
                }
                """.formatted(port, upstreamPort);
    }
}
