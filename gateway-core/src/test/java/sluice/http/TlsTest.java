package sluice.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the server shows under TLS, to whom, and what happens when the files change. */
class TlsTest {
    @TempDir
    Path directory;

    private final List<TestGateway> gateways = new ArrayList<>();

    @AfterEach
    void close() {
        gateways.forEach(TestGateway::close);
    }

    private GatewayServer server() {
        return gateways.get(0).server;
    }

    private void open(Map<String, String> more) throws Exception {
        Certificates standard = Certificates.in(directory);
        Map<String, String> settings = new java.util.HashMap<>(Map.of(
                "SLUICE_TLS_CERT", standard.certificate().toString(),
                "SLUICE_TLS_KEY", standard.key().toString(),
                "SLUICE_TLS_RELOAD", "100ms"));
        settings.putAll(more);
        gateways.add(new TestGateway(settings));
    }

    /** A connection on which the handshake is done; whatever certificate is shown is taken. */
    private SSLSocket connect(String name, String... protocols) throws IOException, GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(
                null, new TrustManager[] {InsecureTrustManagerFactory.INSTANCE.getTrustManagers()[0]}, null);
        Socket plain = new Socket(InetAddress.getLoopbackAddress(), server().port());
        SSLSocket socket =
                (SSLSocket) context.getSocketFactory().createSocket(plain, "127.0.0.1", server().port(), true);
        socket.setSoTimeout(20_000);
        SSLParameters parameters = socket.getSSLParameters();
        if (!name.isEmpty()) {
            parameters.setServerNames(List.of(new SNIHostName(name)));
        }
        if (protocols.length > 0) {
            parameters.setProtocols(protocols);
        }
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    private static String nameOn(SSLSocket socket) throws SSLException {
        X509Certificate shown = (X509Certificate) socket.getSession().getPeerCertificates()[0];
        return shown.getSubjectX500Principal().getName();
    }

    private String shownTo(String name) throws IOException, GeneralSecurityException {
        try (SSLSocket socket = connect(name)) {
            return nameOn(socket);
        }
    }

    private static int health(SSLSocket socket) throws IOException {
        socket.getOutputStream().write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        return RawHttp.read(socket.getInputStream(), "GET").status();
    }

    @Test
    void showsAChangedCertificateToNewConnections_whileOldOnesGoOn() throws Exception {
        open(Map.of());
        try (SSLSocket old = connect("")) {
            assertThat(nameOn(old)).isEqualTo("CN=localhost");
            assertThat(health(old)).isEqualTo(200);
            Certificates.of("renewed.test", directory, "cert.pem", "key.pem");
            await("CN=renewed.test", "");
            assertThat(health(old)).isEqualTo(200);
            assertThat(nameOn(old)).isEqualTo("CN=localhost");
        }
    }

    @Test
    void keepsTheOldPair_whileTheNewOneDoesNotFitTogether() throws Exception {
        open(Map.of());
        Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        Certificates other = Certificates.of("renewed.test", elsewhere, "cert.pem", "key.pem");
        Files.copy(
                other.certificate(), directory.resolve("cert.pem"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        Eventually.assertThat(() -> failures() > 0, true);
        assertThat(shownTo("")).isEqualTo("CN=localhost");
        Files.copy(other.key(), directory.resolve("key.pem"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        await("CN=renewed.test", "");
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

    private void await(String certificate, String name) {
        Eventually.assertThat(
                () -> {
                    try {
                        return shownTo(name);
                    } catch (IOException | GeneralSecurityException e) {
                        throw new AssertionError(e);
                    }
                },
                certificate);
    }

    @Test
    void showsEachDomainItsOwn_andTakesNewDomainsAsTheyCome() throws Exception {
        Path domains = Files.createDirectory(directory.resolve("domains"));
        Certificates.of("one.test", domains, "one.test.crt", "one.test.key");
        Certificates.of("any.two.test", domains, "_.two.test.crt", "_.two.test.key");
        open(Map.of("SLUICE_TLS_DOMAINS", domains.toString()));
        assertThat(shownTo("one.test")).isEqualTo("CN=one.test");
        assertThat(shownTo("ONE.test")).isEqualTo("CN=one.test");
        assertThat(shownTo("x.two.test")).isEqualTo("CN=any.two.test");
        for (String other : List.of("", "three.test", "x.one.test", "two.test", "a.b.two.test")) {
            assertThat(shownTo(other)).as(other).isEqualTo("CN=localhost");
        }
        Certificates.of("three.test", domains, "three.test.crt", "three.test.key");
        await("CN=three.test", "three.test");
    }

    @ParameterizedTest
    @CsvSource({"TLSv1.3, true", "TLSv1.2, true", "TLSv1.1, false", "TLSv1, false"})
    void speaksNoOldProtocol(String protocol, boolean isSpoken) throws Exception {
        open(Map.of());
        if (isSpoken) {
            try (SSLSocket socket = connect("", protocol)) {
                assertThat(socket.getSession().getProtocol()).isEqualTo(protocol);
                assertThat(socket.getSession().getCipherSuite())
                        .matches("TLS_(ECDHE_.*|AES.*|CHACHA20.*)(GCM|POLY1305)_.*");
            }
        } else {
            assertThatThrownBy(() -> connect("", protocol)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void namesTheFileThatCannotBeServed() throws Exception {
        Certificates pair = Certificates.in(directory);
        Files.writeString(pair.key(), "no key");
        assertThatThrownBy(() -> new TestGateway(Map.of(
                        "SLUICE_TLS_CERT", pair.certificate().toString(),
                        "SLUICE_TLS_KEY", pair.key().toString())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(pair.key().toString());
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /function/a?b=c, gateway.test, gateway.test, 308",
        "POST, /system/functions, gateway.test:80, gateway.test, 308",
        "GET, /, '[::1]:80', '[::1]', 308",
        "GET, /, evil.test/path, '', 400",
        "GET, /, '', '', 400"
    })
    void sendsCleartextToTls(String method, String target, String host, String expected, int status) throws Exception {
        open(Map.of("SLUICE_TLS_REDIRECT_PORT", "0"));
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server().redirectPort())) {
            socket.setSoTimeout(20_000);
            String request = method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            RawHttp.Reply reply = RawHttp.read(socket.getInputStream(), method);
            assertThat(reply.status()).isEqualTo(status);
            assertThat(reply.field("Location"))
                    .isEqualTo(status == 308 ? "https://" + expected + ":" + server().port() + target : "");
        }
    }
}
