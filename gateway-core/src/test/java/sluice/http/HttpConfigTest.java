package sluice.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import sluice.core.Settings;
import sluice.http.tls.ClientCertificates;

class HttpConfigTest {
    @Test
    void hasDefaults() {
        HttpConfig config = HttpConfig.from(new Settings(Map.of()));

        assertThat(config)
                .isEqualTo(new HttpConfig(
                        "127.0.0.1",
                        8080,
                        "127.0.0.1",
                        -1,
                        Transport.AUTO,
                        config.maxConnections(),
                        0,
                        8_192,
                        32_768,
                        100,
                        200,
                        1_000,
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(75),
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(60),
                        100,
                        10,
                        1 << 20,
                        64,
                        "",
                        "",
                        "",
                        Duration.ofSeconds(10),
                        -1,
                        new ClientCertificates(false, false, "", "")));
        assertThat(config.maxConnections()).isBetween(1, 20_000); // by the descriptor limit of this machine
    }

    @Test
    void readsEverySetting() {
        Map<String, String> environment = new HashMap<>();
        environment.put("SLUICE_BIND", "127.0.0.2");
        environment.put("SLUICE_PORT", "9090");
        environment.put("SLUICE_CONTROL_BIND", "127.0.0.3");
        environment.put("SLUICE_CONTROL_PORT", "9091");
        environment.put("SLUICE_TRANSPORT", "nio");
        environment.put("SLUICE_MAX_CONNECTIONS", "7");
        environment.put("SLUICE_MAX_CONNECTIONS_PER_ADDRESS", "6");
        environment.put("SLUICE_MAX_REQUEST_LINE", "1024");
        environment.put("SLUICE_MAX_REQUEST_HEAD", "2048");
        environment.put("SLUICE_HTTP2_STREAMS", "3");
        environment.put("SLUICE_HTTP2_RESETS", "8");
        environment.put("SLUICE_HTTP2_CONTROL_FRAMES", "11");
        environment.put("SLUICE_HEAD_TIMEOUT", "1s");
        environment.put("SLUICE_IDLE_TIMEOUT", "2s");
        environment.put("read_timeout", "3");
        environment.put("write_timeout", "4s");
        environment.put("SLUICE_MAX_FOLLOWERS", "5");
        environment.put("SLUICE_MAX_FOLLOWERS_PER_CLIENT", "4");
        environment.put("SLUICE_MAX_JSON_BODY", "2048");
        environment.put("SLUICE_MAX_JSON_NESTING", "9");
        environment.put("SLUICE_TLS_CERT", "cert.pem");
        environment.put("SLUICE_TLS_KEY", "key.pem");
        environment.put("SLUICE_TLS_DOMAINS", "domains");
        environment.put("SLUICE_TLS_RELOAD", "7s");
        environment.put("SLUICE_TLS_REDIRECT_PORT", "8081");
        environment.put("SLUICE_AUTH_X509_ENABLED", "true");
        environment.put("SLUICE_AUTH_X509_REQUIRED", "true");
        environment.put("SLUICE_AUTH_X509_CA_FILE", "clients.pem");
        environment.put("SLUICE_AUTH_X509_CRL_FILE", "clients.crl");
        Settings settings = new Settings(environment);

        assertThat(HttpConfig.from(settings))
                .isEqualTo(new HttpConfig(
                        "127.0.0.2",
                        9_090,
                        "127.0.0.3",
                        9_091,
                        Transport.NIO,
                        7,
                        6,
                        1_024,
                        2_048,
                        3,
                        8,
                        11,
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(3),
                        Duration.ofSeconds(4),
                        5,
                        4,
                        2_048,
                        9,
                        "cert.pem",
                        "key.pem",
                        "domains",
                        Duration.ofSeconds(7),
                        8_081,
                        new ClientCertificates(true, true, "clients.pem", "clients.crl")));
        assertThat(settings.problems()).isEmpty();
    }

    @Test
    void refusesHalfACertificate() {
        assertThatThrownBy(() -> HttpConfig.from(new Settings(Map.of("SLUICE_TLS_CERT", "cert.pem"))))
                .hasMessageContaining("SLUICE_TLS_KEY");
        assertThatThrownBy(() -> HttpConfig.from(new Settings(Map.of("SLUICE_TLS_REDIRECT_PORT", "80"))))
                .hasMessageContaining("need SLUICE_TLS_CERT");
    }
}
