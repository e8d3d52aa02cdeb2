package sluice.fleet.nats;

import io.nats.client.Options;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import sluice.core.Settings;

/**
 * How the NATS server is reached. Without a server nothing of this package is used.
 *
 * @param servers URLs of one cluster, {@code nats://} or {@code tls://}; empty for no NATS
 * @param user with {@code password}; empty for none
 * @param token empty for none
 * @param credentials file with a user's JWT and seed, or with a bare nkey seed; empty for none
 * @param caFile PEM; certificates that servers must be signed by; empty for the JDK's
 * @param certificateFile PEM; our own certificate, with {@code keyFile}; empty for none
 * @param replicas of each stream and map, 1 to 5; more than 1 needs a cluster
 * @param maxBytes of the streams of open calls, answers and a day's bodies, each; 0 for no bound
 * @param isSynced whether the operator vouches that servers sync to the disk before they acknowledge
 * @param lease how long what a process owns stays its own without a sign of it; renewed after a third of that
 */
public record NatsConfig(
        List<String> servers,
        String user,
        String password,
        String token,
        String credentials,
        String caFile,
        String certificateFile,
        String keyFile,
        int replicas,
        long maxBytes,
        boolean isSynced,
        Duration lease) {
    private static final Pattern SERVER =
            Pattern.compile("(nats|tls)://([^/@\\s]+@)?(\\[[0-9a-fA-F:]+]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?/?");
    private static final Pattern PORT = Pattern.compile(":([0-9]{1,5})/?$");
    private static final Duration LEAST_LEASE = Duration.ofSeconds(1);

    public NatsConfig {
        servers = List.copyOf(servers);
        if (lease.compareTo(LEAST_LEASE) < 0) {
            throw new IllegalArgumentException("SLUICE_LEASE must be 1s or more");
        }
        if (certificateFile.isEmpty() != keyFile.isEmpty()) {
            throw new IllegalArgumentException("SLUICE_NATS_CERT and SLUICE_NATS_KEY go together");
        }
        long ways = java.util.stream.Stream.of(user, token, credentials)
                .filter(way -> !way.isEmpty())
                .count();
        if (ways > 1) {
            throw new IllegalArgumentException(
                    "only one of SLUICE_NATS_USER, SLUICE_NATS_TOKEN and SLUICE_NATS_CREDENTIALS may be set");
        }
    }

    /** Reads {@code SLUICE_NATS} and its like, and OpenFaaS's {@code faas_nats_address} with {@code faas_nats_port}. */
    public static NatsConfig from(Settings settings) {
        String address = settings.text(
                "faas_nats_address", "", "host of the NATS server that keeps asynchronous calls; empty for none");
        int port = settings.integer("faas_nats_port", 4222, 1, 65_535, "its port");
        List<String> standard = address.isEmpty() ? List.of() : List.of("nats://" + address + ":" + port);
        List<String> servers = settings.parsed(
                "SLUICE_NATS",
                "comma-separated URLs, nats:// or tls://",
                List.<String>of(),
                "NATS servers of one cluster, instead of faas_nats_address",
                NatsConfig::servers);
        return new NatsConfig(
                servers.isEmpty() ? standard : servers,
                settings.text("SLUICE_NATS_USER", "", "user at the NATS server"),
                settings.text("SLUICE_NATS_PASSWORD", "", "password of that user"),
                settings.text("SLUICE_NATS_TOKEN", "", "token at the NATS server, instead of a user"),
                settings.text(
                        "SLUICE_NATS_CREDENTIALS",
                        "",
                        "file with a NATS user's JWT and seed, or with an nkey seed alone"),
                settings.text("SLUICE_NATS_CA", "", "PEM file of who signs the NATS servers' certificates"),
                settings.text("SLUICE_NATS_CERT", "", "PEM file of the certificate shown to NATS servers"),
                settings.text("SLUICE_NATS_KEY", "", "PEM file of its key"),
                settings.integer("nats_stream_replicas", 1, 1, 5, "copies of each stream in a cluster of NATS servers"),
                settings.bytes(
                        "SLUICE_NATS_MAX_BYTES",
                        0,
                        0,
                        1L << 50,
                        "of the streams of open calls, answers and a day's bodies, each; 0 for no bound"),
                settings.flag(
                        "SLUICE_NATS_SYNCED",
                        false,
                        "true says that the NATS servers have sync_interval: always, which cannot be asked of them"),
                settings.duration(
                        "SLUICE_LEASE",
                        Duration.ofSeconds(30),
                        "after which another worker takes over what a silent one owned; at least 1s"));
    }

    /** Whether there is a server at all. */
    public boolean isOn() {
        return !servers.isEmpty();
    }

    boolean isSecure() {
        return !caFile.isEmpty()
                || !certificateFile.isEmpty()
                || servers.stream().anyMatch(server -> server.startsWith("tls:"));
    }

    /** The port of a server's URL; NATS's own when it names none. */
    static int portOf(String server) {
        Matcher port = PORT.matcher(server);
        return port.find() ? Integer.parseInt(port.group(1)) : Options.DEFAULT_PORT;
    }

    /** The servers without what may be a password. */
    String printable() {
        return String.join(
                ", ", servers.stream().map(s -> s.replaceAll("//[^/@]*@", "//")).toList());
    }

    /** Without passwords and tokens. */
    @Override
    public String toString() {
        return "NatsConfig[" + printable() + "]";
    }

    private static Optional<List<String>> servers(String text) {
        List<String> all = Arrays.stream(text.split(",", -1))
                .map(String::trim)
                .filter(s -> !s.isEmpty())
                .toList();
        return all.stream().allMatch(s -> SERVER.matcher(s).matches()) ? Optional.of(all) : Optional.empty();
    }
}
