package sluice.gateway;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;

/** The whole gateway on free loopback ports, with embedded defaults and a data directory of its own. */
final class TestGateway implements AutoCloseable {
    private final Gateway gateway;
    private final Path dataDir;

    TestGateway(Path dataDir, Map<String, String> settings) {
        Map<String, String> environment = new HashMap<>(Map.of(
                "SLUICE_DATA_DIR", dataDir.toString(),
                "SLUICE_BIND", "127.0.0.1",
                "SLUICE_PORT", "0",
                "SLUICE_METRICS_PORT", "0"));
        environment.putAll(settings);
        this.dataDir = dataDir;
        this.gateway = Gateway.start(GatewayConfig.read(environment));
    }

    /** The port of the API and of calls. */
    int port() {
        return gateway.port();
    }

    int metricsPort() {
        return gateway.metricsPort();
    }

    /** The value of {@code Authorization} that its own credentials make. */
    String authorization() throws IOException {
        Path credentials = dataDir.resolve("credentials");
        String pair = Files.readString(credentials.resolve("basic-auth-user")) + ":"
                + Files.readString(credentials.resolve("basic-auth-password"));
        return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        gateway.stop();
    }
}
