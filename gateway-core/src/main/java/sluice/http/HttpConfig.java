package sluice.http;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import java.time.Duration;
import sluice.core.Settings;
import sluice.http.tls.ClientCertificates;

/**
 * Settings of the server and of the control plane.
 *
 * @param bind address to listen on, an IP literal
 * @param port TCP; 0 takes a free one
 * @param controlBind address of the port of the control plane, an IP literal
 * @param controlPort TCP port where the control plane is, and not on {@code port}; 0 takes a free one, -1 is none
 * @param transport of client and upstream connections
 * @param maxConnections client connections; above, accepting pauses and the backlog of the system fills
 * @param maxConnectionsPerAddress client connections of one peer, beyond which new ones are closed; 0 is no limit
 * @param maxRequestLineBytes longest request line on HTTP/1
 * @param maxHeadBytes all fields of a request together
 * @param maxStreams concurrent streams on one HTTP/2 connection
 * @param maxResets of streams of one HTTP/2 connection in ten seconds, by the client and by the gateway each
 * @param maxControlFrames frames of one HTTP/2 connection in ten seconds that move nothing
 * @param headTimeout until a new connection has shown which protocol it speaks
 * @param idleTimeout how long an HTTP/2 connection may have no stream
 * @param readTimeout until the body of a control call is complete
 * @param writeTimeout until the answer to a control call is taken; streams that follow are exempt
 * @param maxFollowers streams that follow logs or watch functions, over all clients
 * @param maxFollowersPerClient of those, by one address
 * @param maxJsonBytes largest body of a control call
 * @param maxJsonNesting deepest nesting in it
 * @param tlsCertificate path of a PEM certificate chain, or empty for cleartext
 * @param tlsKey path of its PEM private key, or empty for cleartext
 * @param tlsDomains directory of certificates for further domains, or empty
 * @param tlsReload how often certificate files are looked at
 * @param redirectPort TCP port in cleartext that sends clients to TLS; 0 takes a free one, -1 is none
 * @param clients certificates that clients show
 */
public record HttpConfig(
        String bind,
        int port,
        String controlBind,
        int controlPort,
        Transport transport,
        int maxConnections,
        int maxConnectionsPerAddress,
        int maxRequestLineBytes,
        int maxHeadBytes,
        int maxStreams,
        int maxResets,
        int maxControlFrames,
        Duration headTimeout,
        Duration idleTimeout,
        Duration readTimeout,
        Duration writeTimeout,
        int maxFollowers,
        int maxFollowersPerClient,
        int maxJsonBytes,
        int maxJsonNesting,
        String tlsCertificate,
        String tlsKey,
        String tlsDomains,
        Duration tlsReload,
        int redirectPort,
        ClientCertificates clients) {
    private static final int MOST_CONNECTIONS = 20_000;

    /**
     * Refuses half a TLS configuration.
     *
     * @throws IllegalArgumentException when only one of certificate and key is given
     */
    public HttpConfig {
        if (tlsCertificate.isEmpty() != tlsKey.isEmpty()) {
            throw new IllegalArgumentException("SLUICE_TLS_CERT and SLUICE_TLS_KEY: one is set, the other is not");
        }
        if (tlsCertificate.isEmpty() && (!tlsDomains.isEmpty() || redirectPort >= 0)) {
            throw new IllegalArgumentException(
                    "SLUICE_TLS_DOMAINS and SLUICE_TLS_REDIRECT_PORT need SLUICE_TLS_CERT and SLUICE_TLS_KEY");
        }
        if (tlsCertificate.isEmpty() && clients.isAsked()) {
            throw new IllegalArgumentException(
                    "SLUICE_AUTH_X509_ENABLED needs SLUICE_TLS_CERT and SLUICE_TLS_KEY: certificates are shown under TLS");
        }
    }

    /** Reads every setting of the server. */
    public static HttpConfig from(Settings settings) {
        String bind = settings.text("SLUICE_BIND", "127.0.0.1", "Address to listen on, an IP literal.");
        String controlBind = settings.text(
                "SLUICE_CONTROL_BIND", "", "Address of SLUICE_CONTROL_PORT, an IP literal; unset: SLUICE_BIND.");
        return new HttpConfig(
                bind,
                settings.integer("SLUICE_PORT", 8080, 0, 65_535, "Port of the API and of calls; 0 takes a free one."),
                controlBind.isEmpty() ? bind : controlBind,
                settings.integer(
                        "SLUICE_CONTROL_PORT",
                        -1,
                        -1,
                        65_535,
                        "Port of /system and /ui/, which SLUICE_PORT then does not serve; 0 takes a free one, -1: none."),
                settings.choice(
                        "SLUICE_TRANSPORT",
                        Transport.AUTO,
                        "Transport of client and upstream connections; auto: epoll on Linux, else the JDK's."),
                connections(settings.integer(
                        "SLUICE_MAX_CONNECTIONS",
                        0,
                        0,
                        1_000_000,
                        "Client connections before accepting pauses; 0: 45 % of the descriptor limit, at most 20000.")),
                settings.integer(
                        "SLUICE_MAX_CONNECTIONS_PER_ADDRESS",
                        0,
                        0,
                        1_000_000,
                        "Client connections of one peer, beyond which new ones are closed; 0: no limit."),
                settings.integer("SLUICE_MAX_REQUEST_LINE", 8_192, 256, 65_536, "Longest request line, bytes."),
                settings.integer("SLUICE_MAX_REQUEST_HEAD", 32_768, 1_024, 1_048_576, "Largest request head, bytes."),
                settings.integer("SLUICE_HTTP2_STREAMS", 100, 1, 10_000, "Concurrent streams per HTTP/2 connection."),
                settings.integer(
                        "SLUICE_HTTP2_RESETS",
                        200,
                        1,
                        1_000_000,
                        "Resets of streams in 10 s, by either side, beyond which an HTTP/2 connection is ended."),
                settings.integer(
                        "SLUICE_HTTP2_CONTROL_FRAMES",
                        1_000,
                        10,
                        10_000_000,
                        "Frames in 10 s that move nothing (SETTINGS, PING, PRIORITY, empty DATA), beyond which an HTTP/2"
                                + " connection is ended."),
                settings.duration(
                        "SLUICE_HEAD_TIMEOUT", Duration.ofSeconds(10), "Until a request head must be complete."),
                settings.duration(
                        "SLUICE_IDLE_TIMEOUT", Duration.ofSeconds(75), "How long a client connection may be idle."),
                settings.duration(
                        "read_timeout", Duration.ofSeconds(60), "Until the body of a control call is complete."),
                settings.duration(
                        "write_timeout", Duration.ofSeconds(60), "Until the answer to a control call is taken."),
                settings.integer("SLUICE_MAX_FOLLOWERS", 100, 0, 100_000, "Streams that follow logs or functions."),
                settings.integer(
                        "SLUICE_MAX_FOLLOWERS_PER_CLIENT", 10, 0, 100_000, "Of those, streams of one client address."),
                settings.integer(
                        "SLUICE_MAX_JSON_BODY", 1 << 20, 1_024, 1 << 28, "Largest body of a control call, bytes."),
                settings.integer(
                        "SLUICE_MAX_JSON_NESTING",
                        64,
                        4,
                        Json.DEEPEST,
                        "Deepest nesting in the body of a control call."),
                settings.text("SLUICE_TLS_CERT", "", "PEM file of the certificate chain; empty: no TLS."),
                settings.text("SLUICE_TLS_KEY", "", "PEM file of the private key of the certificate."),
                settings.text(
                        "SLUICE_TLS_DOMAINS",
                        "",
                        "Directory of DOMAIN.crt and DOMAIN.key for further domains; _.DOMAIN for all one label longer."),
                settings.duration(
                        "SLUICE_TLS_RELOAD", Duration.ofSeconds(10), "How often certificate files are looked at."),
                settings.integer(
                        "SLUICE_TLS_REDIRECT_PORT",
                        -1,
                        -1,
                        65_535,
                        "Port in cleartext that sends clients to TLS; 0 takes a free one, -1: none."),
                ClientCertificates.from(settings));
    }

    boolean isTls() {
        return !tlsCertificate.isEmpty();
    }

    private static int connections(int asked) {
        return asked > 0 ? asked : (int) Math.min(MOST_CONNECTIONS, descriptorLimit() * 45 / 100);
    }

    private static long descriptorLimit() {
        OperatingSystemMXBean system = ManagementFactory.getOperatingSystemMXBean();
        return system instanceof UnixOperatingSystemMXBean unix ? unix.getMaxFileDescriptorCount() : 65_536;
    }
}
