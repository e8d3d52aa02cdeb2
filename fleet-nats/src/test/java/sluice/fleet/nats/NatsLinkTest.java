package sluice.fleet.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nats.client.Connection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sluice.core.Settings;

/** How a link signs in, and that it does not give up. */
@Timeout(120) // a server may have to be fetched
class NatsLinkTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration MOMENT = Duration.ofMillis(500);

    private final List<AutoCloseable> open = new ArrayList<>();

    @TempDir
    Path directory = Path.of("");

    @AfterEach
    void end() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    @Test
    void signsInWithUserAndPassword_andOnlyWithThem() throws Exception {
        NatsServer server = server("authorization { user: u, password: right }\n");
        assertThat(isUp(link(server.url(), Map.of("SLUICE_NATS_USER", "u", "SLUICE_NATS_PASSWORD", "right"))))
                .isTrue();
        assertThat(isUp(link(server.url().replace("//", "//u:right@"), Map.of())))
                .isTrue();
        assertThat(comesUpSoon(link(server.url(), Map.of("SLUICE_NATS_USER", "u", "SLUICE_NATS_PASSWORD", "wrong"))))
                .isFalse();
    }

    @Test
    void signsInWithAToken() throws Exception {
        NatsServer server = server("authorization { token: secret }\n");
        assertThat(isUp(link(server.url(), Map.of("SLUICE_NATS_TOKEN", "secret"))))
                .isTrue();
    }

    @Test
    void signsInWithAnNkey() throws Exception {
        byte[] seed = new byte[36];
        seed[0] = (byte) (18 << 3 | 20 << 3 >> 5); // "S", then "U": a seed of a user
        for (int i = 2; i < 34; i++) {
            seed[i] = (byte) (i * 37);
        }
        int crc = SeedLogin.crc(seed, 34);
        seed[34] = (byte) crc;
        seed[35] = (byte) (crc >> 8);
        Path file = Files.writeString(directory.resolve("user.nk"), SeedLogin.encoded(seed) + "\n");
        String key = new String(SeedLogin.read(file).getID());
        assertThat(key).startsWith("U").hasSize(56);

        NatsServer server = server("authorization { users: [ { nkey: " + key + " } ] }\n");
        assertThat(isUp(link(server.url(), Map.of("SLUICE_NATS_CREDENTIALS", file.toString()))))
                .isTrue();
    }

    @Test
    void namesAFileWithoutASeed_butNotWhatIsInIt() throws Exception {
        Path file = Files.writeString(directory.resolve("no.nk"), "planted");
        assertThatThrownBy(() -> link("nats://127.0.0.1:1", Map.of("SLUICE_NATS_CREDENTIALS", file.toString())))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no.nk")
                .hasMessageNotContaining("planted");
    }

    @Test
    void trustsAServerByItsSignerAndItsName() throws Exception {
        Path key = directory.resolve("key.pem");
        Path certificate = directory.resolve("cert.pem");
        selfSigned(key, certificate);
        NatsServer server = server("tls { cert_file: \"" + certificate + "\", key_file: \"" + key + "\" }\n");
        String port = server.url().substring(server.url().lastIndexOf(':'));
        Map<String, String> trust = Map.of("SLUICE_NATS_CA", certificate.toString());
        assertThat(isUp(link("tls://localhost" + port, trust))).isTrue();
        assertThat(comesUpSoon(link("tls://127.0.0.1" + port, trust))).isFalse(); // the certificate names localhost
        assertThat(comesUpSoon(link("tls://localhost" + port, Map.of()))).isFalse(); // signed by nobody we know
    }

    @Test
    void waitsForAServer_andFindsItAgainAfterACrashAndAPause() throws Exception {
        NatsServer server = server("");
        server.kill();
        NatsLink link = link(server.url(), Map.of());
        assertThat(comesUpSoon(link)).isFalse();
        BlockingQueue<Connection> sessions = new LinkedBlockingQueue<>();
        link.sessions().subscribe(sessions::add);
        server.start();
        assertThat(sessions.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)).isNotNull();
        assertThat(link.isUp()).isTrue();
        assertThat(link.reconnects()).isZero();

        server.kill();
        server.start();
        assertThat(sessions.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)).isNotNull();
        assertThat(link.reconnects()).isEqualTo(1);
    }

    private NatsServer server(String config) throws Exception {
        NatsServer server = NatsServer.with("newest", config);
        open.add(server);
        return server;
    }

    private NatsLink link(String url, Map<String, String> settings) throws IOException {
        Map<String, String> environment = new HashMap<>(settings);
        environment.put("SLUICE_NATS", url);
        NatsLink link = NatsLink.open(NatsConfig.from(new Settings(environment)), "test");
        open.add(link::dispose);
        return link;
    }

    private static boolean isUp(NatsLink link) {
        @Nullable Connection up = link.sessions().blockFirst(PATIENCE);
        return up != null && link.isUp();
    }

    /** Long enough for several tries. */
    private static boolean comesUpSoon(NatsLink link) {
        return Boolean.TRUE.equals(link.sessions()
                .next()
                .map(up -> true)
                .timeout(MOMENT, reactor.core.publisher.Mono.just(false))
                .block());
    }

    private static void selfSigned(Path key, Path certificate) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        "openssl",
                        "req",
                        "-x509",
                        "-newkey",
                        "rsa:2048",
                        "-nodes",
                        "-days",
                        "1",
                        "-subj",
                        "/CN=localhost",
                        "-addext",
                        "subjectAltName=DNS:localhost",
                        "-keyout",
                        key.toString(),
                        "-out",
                        certificate.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(process.waitFor()).isZero();
    }
}
