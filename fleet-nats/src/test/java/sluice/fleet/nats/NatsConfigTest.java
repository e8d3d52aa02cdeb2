package sluice.fleet.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import sluice.core.Settings;

class NatsConfigTest {
    @Test
    void hasDefaults() {
        NatsConfig config = NatsConfig.from(new Settings(Map.of()));
        assertThat(config.isOn()).isFalse();
        assertThat(config)
                .isEqualTo(new NatsConfig(List.of(), "", "", "", "", "", "", "", 1, 0, false, Duration.ofSeconds(30)));
    }

    @Test
    void readsEverySetting() {
        Map<String, String> environment = new HashMap<>(Map.of(
                "SLUICE_NATS",
                "nats://a:1, tls://b.example",
                "SLUICE_NATS_USER",
                "u",
                "SLUICE_NATS_PASSWORD",
                "planted"));
        environment.putAll(Map.of("SLUICE_NATS_CA", "ca", "SLUICE_NATS_CERT", "cert", "SLUICE_NATS_KEY", "key"));
        environment.putAll(Map.of("nats_stream_replicas", "3", "SLUICE_NATS_SYNCED", "true", "SLUICE_LEASE", "5s"));
        environment.put("SLUICE_NATS_MAX_BYTES", "1073741824");
        Settings settings = new Settings(environment);
        NatsConfig config = NatsConfig.from(settings);
        assertThat(settings.problems()).isEmpty();
        assertThat(config)
                .isEqualTo(new NatsConfig(
                        List.of("nats://a:1", "tls://b.example"),
                        "u",
                        "planted",
                        "",
                        "",
                        "ca",
                        "cert",
                        "key",
                        3,
                        1L << 30,
                        true,
                        Duration.ofSeconds(5)));
        assertThat(config.isSecure()).isTrue();
        assertThat(config.toString()).doesNotContain("planted");
    }

    @Test
    void findsThePortOfAServer() {
        assertThat(NatsConfig.portOf("nats://a:1")).isEqualTo(1);
        assertThat(NatsConfig.portOf("tls://[::1]:5000/")).isEqualTo(5_000);
        assertThat(NatsConfig.portOf("nats://u:4@b.example")).isEqualTo(4_222);
        assertThat(NatsConfig.portOf("tls://[::1]")).isEqualTo(4_222);
    }

    @Test
    void readsTheNamesOfOpenFaas() {
        Settings settings = new Settings(Map.of("faas_nats_address", "nats", "faas_nats_port", "4333"));
        assertThat(NatsConfig.from(settings).servers()).containsExactly("nats://nats:4333");
    }

    @Test
    void refusesWhatContradictsItself_andWhatIsNoServer() {
        assertThatThrownBy(() ->
                        NatsConfig.from(new Settings(Map.of("SLUICE_NATS_USER", "u", "SLUICE_NATS_TOKEN", "planted"))))
                .hasMessageContaining("only one of")
                .hasMessageNotContaining("planted");
        assertThatThrownBy(() -> NatsConfig.from(new Settings(Map.of("SLUICE_NATS_CERT", "c"))))
                .hasMessageContaining("go together");
        assertThatThrownBy(() -> NatsConfig.from(new Settings(Map.of("SLUICE_LEASE", "10ms"))))
                .hasMessageContaining("1s or more");
        Settings wrong = new Settings(Map.of("SLUICE_NATS", "http://a"));
        assertThat(NatsConfig.from(wrong).isOn()).isFalse();
        assertThat(wrong.problems()).singleElement().asString().contains("SLUICE_NATS");
    }

    @Test
    void printsNoPassword_ofAServersUrl() {
        Settings settings = new Settings(Map.of("SLUICE_NATS", "nats://user:planted@a:1"));
        assertThat(NatsConfig.from(settings).toString()).isEqualTo("NatsConfig[nats://a:1]");
    }
}
