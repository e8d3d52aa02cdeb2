package sluice.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.core.Settings;

/** Certificates that clients show: which are taken, what the gate is told of them, and what changes while it runs. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ClientCertificatesTest {
    private static final char[] PASSWORD = "changeit".toCharArray();

    @TempDir
    static Path shared;

    @TempDir
    Path directory;

    private static TestAuthority authority;
    private static TestAuthority stranger;
    private static Certificates server;
    private static TestAuthority.Client alice;
    private final List<TestGateway> gateways = new ArrayList<>();

    @BeforeAll
    @Timeout(value = 2, unit = TimeUnit.MINUTES)
    static void makeKeys() throws Exception {
        server = Certificates.in(shared);
        authority = TestAuthority.in(shared.resolve("authority"), "Clients CA");
        stranger = TestAuthority.in(shared.resolve("stranger"), "Clients CA");
        alice = authority.client("CN=alice,O=devs,O=ops");
    }

    @AfterEach
    void close() {
        gateways.forEach(TestGateway::close);
    }

    @CanIgnoreReturnValue
    private TestGateway open(String... more) throws Exception {
        Map<String, String> settings = new HashMap<>(Map.of(
                "SLUICE_TLS_CERT", server.certificate().toString(),
                "SLUICE_TLS_KEY", server.key().toString(),
                "SLUICE_TLS_RELOAD", "100ms",
                "SLUICE_AUTH_X509_ENABLED", "true",
                "SLUICE_AUTH_X509_CA_FILE", authorities(authority).toString()));
        for (String setting : more) {
            settings.put(setting.split("=", 2)[0], setting.split("=", 2)[1]);
        }
        TestGateway gateway = new TestGateway(settings);
        gateways.add(gateway);
        return gateway;
    }

    private Path authorities(TestAuthority... all) throws Exception {
        Path next = TestAuthority.together(directory.resolve("next.pem"), all);
        return Files.move(
                next,
                directory.resolve("clients.pem"),
                StandardCopyOption.REPLACE_EXISTING,
                StandardCopyOption.ATOMIC_MOVE);
    }

    private static SSLContext as(TestAuthority.@Nullable Client client) throws Exception {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        if (client != null) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, PASSWORD);
            store.setKeyEntry("it", client.key(), PASSWORD, client.chain().toArray(Certificate[]::new));
            keys.init(store, PASSWORD);
        }
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(
                client == null ? null : keys.getKeyManagers(),
                new TrustManager[] {InsecureTrustManagerFactory.INSTANCE.getTrustManagers()[0]},
                null);
        return context;
    }

    /** The status of a call over a connection of its own; 0 when TLS ended it. */
    private static int call(SSLContext context, int port, String protocol) throws IOException {
        try (Socket plain = new Socket(InetAddress.getLoopbackAddress(), port);
                SSLSocket socket =
                        (SSLSocket) context.getSocketFactory().createSocket(plain, "127.0.0.1", port, true)) {
            socket.setSoTimeout(20_000);
            socket.setEnabledProtocols(new String[] {protocol});
            socket.getOutputStream()
                    .write(("GET /system/info HTTP/1.1\r\nHost: x\r\n" + TestGateway.CREDENTIALS + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            return RawHttp.read(socket.getInputStream(), "GET").status();
        } catch (IOException e) { // with TLS 1.3 the alert comes after the client's own handshake
            return 0;
        }
    }

    private int call(TestAuthority.@Nullable Client client) throws Exception {
        return call(as(client), gateways.get(0).server.port(), "TLSv1.3");
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void tellsTheGateWhichCertificateWasShown(String protocol) throws Exception {
        TestGateway gateway = open();
        assertThat(call(as(alice), gateway.server.port(), protocol)).isEqualTo(200);
        assertThat(gateway.gate.certificates).singleElement().isEqualTo(alice.certificate());
        assertThat(call(as(null), gateway.server.port(), protocol)).isEqualTo(200);
        assertThat(gateway.gate.certificates).hasSize(1);
    }

    @Test
    void tellsItForEveryStreamOfHttp2() throws Exception {
        TestGateway gateway = open();
        HttpClient client = HttpClient.newBuilder()
                .sslContext(as(alice))
                .version(HttpClient.Version.HTTP_2)
                .build();
        for (int i = 0; i < 3; i++) {
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(URI.create("https://localhost:" + gateway.server.port() + "/system/info"))
                            .header("Authorization", "Bearer good")
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
        }
        assertThat(gateway.gate.certificates).hasSize(3).containsOnly(alice.certificate());
    }

    @Test
    void turnsAwayClientsWithoutOne_whenItIsRequired() throws Exception {
        open("SLUICE_AUTH_X509_REQUIRED=true");
        assertThat(call((TestAuthority.Client) null)).isZero();
        assertThat(call(alice)).isEqualTo(200);
    }

    @Test
    @Timeout(value = 2, unit = TimeUnit.MINUTES)
    void takesNoneThatIsNotGood() throws Exception {
        open();
        assertThat(call(stranger.client("CN=alice")))
                .as("of an authority of the same name")
                .isZero();
        assertThat(call(authority.signedBySelf("CN=alice")))
                .as("signed by itself")
                .isZero();
        assertThat(call(authority.client("CN=alice", "-ext", "eku=serverAuth")))
                .as("made for servers")
                .isZero();
        assertThat(call(authority.client("CN=alice", "-validity", "2")))
                .as("made for nothing")
                .isZero();
        assertThat(call(authority.client("CN=alice", "-ext", "eku=clientAuth", "-startdate", "-3d", "-validity", "1")))
                .as("ended")
                .isZero();
        assertThat(call(authority.client("CN=alice", "-ext", "eku=clientAuth", "-startdate", "+1d")))
                .as("not begun")
                .isZero();
        assertThat(call(authority.client("CN=alice", "-ext", "eku=clientAuth", "-ext", "bc:c=ca:true")))
                .as("an authority's")
                .isZero();
        assertThat(call(authority.client("CN=alice", "-ext", "eku=clientAuth", "-keyalg", "RSA", "-keysize", "1024")))
                .as("a short key")
                .isZero();
        assertThat(call(authority.client("CN=alice", "-ext", "eku=clientAuth", "-keyalg", "RSA", "-keysize", "2048")))
                .isEqualTo(200);
    }

    @Test
    void followsTheListOfRevokedOnes() throws Exception {
        TestAuthority own = TestAuthority.in(directory.resolve("own"), "Own CA");
        TestAuthority.Client carol = own.client("CN=carol");
        TestAuthority.Client dave = own.client("CN=dave");
        open("SLUICE_AUTH_X509_CA_FILE=" + own.certificate(), "SLUICE_AUTH_X509_CRL_FILE=" + own.revokes());
        SSLContext carols = as(carol); // keeps its sessions, and resumes them
        int port = gateways.get(0).server.port();
        for (String protocol : List.of("TLSv1.2", "TLSv1.3", "TLSv1.3")) {
            assertThat(call(carols, port, protocol)).isEqualTo(200);
        }
        Path unused = own.revokes(carol);
        Eventually.assertThat(() -> calledAs(carol), 0);
        assertThat(call(carols, port, "TLSv1.2")).as("a resumed session").isZero();
        assertThat(call(carols, port, "TLSv1.3")).as("a resumed session").isZero();
        assertThat(call(dave)).isEqualTo(200);
    }

    @Test
    void takesNobodyOfAnAuthorityWithoutAList() throws Exception {
        TestAuthority own = TestAuthority.in(directory.resolve("own"), "Own CA");
        TestAuthority.Client carol = own.client("CN=carol");
        open(
                "SLUICE_AUTH_X509_CA_FILE=" + TestAuthority.together(directory.resolve("both.pem"), own, authority),
                "SLUICE_AUTH_X509_CRL_FILE=" + own.revokes());
        assertThat(call(carol)).isEqualTo(200);
        assertThat(call(alice)).as("there is no list of her authority").isZero();
    }

    private int calledAs(TestAuthority.Client client) {
        try {
            return call(client);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void followsItsAuthorities_andKeepsThemWhileTheFileIsBroken() throws Exception {
        open();
        TestAuthority.Client carol = stranger.client("CN=carol");
        assertThat(call(carol)).isZero();
        Path both = authorities(authority, stranger);
        Eventually.assertThat(() -> calledAs(carol), 200);
        Path broken = Files.writeString(both, "no certificate");
        Eventually.assertThat(() -> failures() > 0, true);
        assertThat(call(carol)).isEqualTo(200);
        assertThat(call(alice)).isEqualTo(200);
        assertThat(broken).exists();
        Path one = authorities(authority);
        Eventually.assertThat(() -> calledAs(carol), 0);
        assertThat(one).exists();
        assertThat(call(alice)).isEqualTo(200);
    }

    private double failures() {
        return Eventually.value(gateways.get(0).control.collect()).stream()
                .filter(family -> family.name().equals("sluice_tls_reload_failures_total"))
                .findFirst()
                .orElseThrow()
                .samples()
                .get(0)
                .value();
    }

    @Test
    void namesWhatIsMissing() throws Exception {
        assertThatThrownBy(() -> HttpConfig.from(new Settings(Map.of("SLUICE_AUTH_X509_ENABLED", "true"))))
                .hasMessageContaining("SLUICE_AUTH_X509_CA_FILE");
        assertThatThrownBy(() -> HttpConfig.from(
                        new Settings(Map.of("SLUICE_AUTH_X509_ENABLED", "true", "SLUICE_AUTH_X509_CA_FILE", "ca.pem"))))
                .hasMessageContaining("SLUICE_TLS_CERT");
        assertThatThrownBy(() -> HttpConfig.from(new Settings(Map.of("SLUICE_AUTH_X509_CRL_FILE", "ca.crl"))))
                .hasMessageContaining("SLUICE_AUTH_X509_ENABLED=true");
        assertThatThrownBy(() -> open("SLUICE_AUTH_X509_CA_FILE=" + directory.resolve("absent.pem")))
                .hasMessageContaining("absent.pem");
        assertThatThrownBy(() -> open("SLUICE_AUTH_X509_CRL_FILE=" + directory.resolve("absent.crl")))
                .hasMessageContaining("absent.crl");
    }
}
