package sluice.http;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.http.Http11SslContextSpec;
import reactor.netty.http.Http2SslContextSpec;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.tcp.SslProvider;

/** Both doors of the data plane, and the control plane beside them, over every protocol the server speaks. */
class DoorsTest {
    private static final Duration SOON = Duration.ofSeconds(10);

    @TempDir
    static Path directory;

    private static Certificates pem;

    private final EchoDataPlane dataPlane = new EchoDataPlane();
    private final ConnectionProvider pool = ConnectionProvider.create("doors", 1);
    private @Nullable TestGateway gateway;

    enum Door {
        H1(HttpProtocol.HTTP11, false),
        H1_TLS(HttpProtocol.HTTP11, true),
        H2C(HttpProtocol.H2C, false),
        H2_TLS(HttpProtocol.H2, true);

        final HttpProtocol protocol;
        final boolean isTls;

        Door(HttpProtocol protocol, boolean isTls) {
            this.protocol = protocol;
            this.isTls = isTls;
        }
    }

    @BeforeAll
    static void makeCertificate() throws Exception {
        pem = Certificates.in(directory);
    }

    @AfterEach
    void stop() {
        pool.disposeLater().block(SOON);
        if (gateway != null) {
            gateway.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void answersACallWithoutABody_onEveryDoor(Door door) {
        HttpClient client = client(door, start(door));

        for (int i = 0; i < 3; i++) {
            assertThat(get(client, "/function/echo?x=1")).isEqualTo("hello");
        }
    }

    @ParameterizedTest
    @EnumSource
    void readsAsTheDataPlanePrepared_fromTheFirstReadOn(Door door) {
        HttpClient client = client(door, start(door));

        assertThat(get(client, "/function/echo")).isEqualTo("hello");
        assertThat(dataPlane.readers).hasPositiveValue();
    }

    @ParameterizedTest
    @EnumSource
    void echoesABody_onEveryDoor(Door door) {
        HttpClient client = client(door, start(door));

        String body = "0123456789".repeat(1_000);
        String echoed = client.headers(h -> h.set("content-length", body.length()))
                .post()
                .uri("/function/echo")
                .send(ByteBufFlux.fromString(Flux.just(body)))
                .responseContent()
                .aggregate()
                .asString()
                .block(SOON);

        assertThat(echoed).isEqualTo(body);
    }

    @ParameterizedTest
    @EnumSource
    void answersTheControlPlane_onEveryDoor(Door door) {
        HttpClient client = client(door, start(door));

        for (int i = 0; i < 3; i++) {
            assertThat(status(client, "/healthz")).isEqualTo(200);
            assertThat(get(client, "/function/echo")).isEqualTo("hello");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"H1", "H1_TLS"})
    void installsOncePerConnection_andTellsTheEndOfEachAnswer(Door door) {
        HttpClient client = client(door, start(door));

        assertThat(status(client, "/healthz")).isEqualTo(200);
        assertThat(status(client, "/nowhere")).isEqualTo(404);
        assertThat(status(client, "/healthz")).isEqualTo(200);

        assertThat(dataPlane.installed).hasSize(1);
        assertThat(dataPlane.installed.get(0).isSecure()).isEqualTo(door.isTls);
        assertThat(dataPlane.installed.get(0).peer().getAddress().isLoopbackAddress())
                .isTrue();
        Eventually.assertThat(dataPlane.answered::get, 3);
    }

    @ParameterizedTest
    @EnumSource(names = {"H2C", "H2_TLS"})
    void handsOverFieldsAsSent_onAStream(Door door) {
        HttpClient client = client(door, start(door)).headers(h -> h.set("X-Colour", "blue"));

        assertThat(get(client, "/function/echo")).isEqualTo("hello");

        assertThat(dataPlane.installed).isEmpty();
        Map<String, String> fields =
                dataPlane.opened.get(0).entries().stream().collect(toMap(Map.Entry::getKey, Map.Entry::getValue));
        assertThat(fields).containsEntry("x-colour", "blue").containsKey("host");
        assertThat(fields.keySet()).noneMatch(name -> name.startsWith("x-http2") || name.startsWith(":"));
        assertThat(fields).doesNotContainKey("transfer-encoding");
    }

    @ParameterizedTest
    @EnumSource(names = {"H2C", "H2_TLS"})
    void cleansUp_whenTheClientLeavesAnOpenStream(Door door) {
        HttpClient client = client(door, start(door));

        Mono<String> endless = client.post()
                .uri("/function/open")
                .send(ByteBufFlux.fromString(Flux.just("first").concatWith(Flux.never())))
                .responseContent()
                .asString()
                .next();

        assertThat(endless.block(SOON)).isEqualTo("first"); // next() cancels, which resets the stream
        Eventually.assertThat(() -> dataPlane.streams.get(0).isOpen(), false);
        assertThat(get(client, "/function/echo")).isEqualTo("hello");
    }

    @Test
    void ignoresAnOfferToUpgrade_inCleartext() throws Exception {
        int port = start(Door.H1);

        String answer = exchange(port, """
                GET /healthz HTTP/1.1\r
                Host: a\r
                Connection: Upgrade, HTTP2-Settings, close\r
                Upgrade: h2c\r
                HTTP2-Settings: AAMAAABkAAQAAP__\r
                \r
                """);

        assertThat(answer).startsWith("HTTP/1.1 200 OK\r\n");
    }

    @Test
    void takesARequestThatComesByteByByte_evenIfItBeginsLikeThePreface() throws Exception {
        int port = start(Door.H1);

        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setTcpNoDelay(true);
            OutputStream out = socket.getOutputStream();
            for (byte b :
                    "PRINT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII)) {
                out.write(b);
                out.flush();
            }
            assertThat(read(socket)).startsWith("HTTP/1.1 405");
        }
    }

    @Test
    void closesAConnectionThatSaysNothing() throws Exception {
        int port = start(Door.H1, Map.of("SLUICE_HEAD_TIMEOUT", "100ms"));

        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write('P'); // may become a request or the preface of HTTP/2
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void acceptsNoMoreThanTheBound_untilOneLeaves() throws Exception {
        int port = start(Door.H1, Map.of("SLUICE_MAX_CONNECTIONS", "1"));

        try (Socket first = new Socket(InetAddress.getLoopbackAddress(), port)) {
            assertThat(ask(first)).startsWith("HTTP/1.1 200");
            try (Socket second = new Socket(InetAddress.getLoopbackAddress(), port)) {
                second.getOutputStream().write(HEALTH);
                second.setSoTimeout(300);
                assertThat(catchThrowable(() -> second.getInputStream().read()))
                        .isInstanceOf(SocketTimeoutException.class);
                assertThat(ask(first)).startsWith("HTTP/1.1 200");
                first.shutdownOutput();
                second.setSoTimeout(10_000);
                assertThat(head(second)).startsWith("HTTP/1.1 200");
            }
        }
    }

    @Test
    void closesWhatOneAddressOpensBeyondItsBound_andNothingElse() throws Exception {
        int port = start(Door.H1, Map.of("SLUICE_MAX_CONNECTIONS_PER_ADDRESS", "1"));

        try (Socket first = new Socket(InetAddress.getLoopbackAddress(), port)) {
            assertThat(ask(first)).startsWith("HTTP/1.1 200");
            try (Socket second = new Socket(InetAddress.getLoopbackAddress(), port)) {
                second.setSoTimeout(10_000);
                assertThat(second.getInputStream().read()).isEqualTo(-1);
            }
            try (Socket other =
                    new Socket(InetAddress.getLoopbackAddress(), port, InetAddress.getByName("127.0.0.2"), 0)) {
                assertThat(ask(other)).startsWith("HTTP/1.1 200");
            }
            assertThat(ask(first)).startsWith("HTTP/1.1 200");
        }
        Eventually.assertThat(() -> openConnections(), 0.0);
        try (Socket again = new Socket(InetAddress.getLoopbackAddress(), port)) {
            assertThat(ask(again)).startsWith("HTTP/1.1 200");
        }
    }

    private double openConnections() {
        return Eventually.value(Objects.requireNonNull(gateway).control.collect()).stream()
                .filter(family -> family.name().equals("sluice_client_connections"))
                .mapToDouble(family -> family.samples().get(0).value())
                .sum();
    }

    private static final byte[] HEALTH = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private static String ask(Socket socket) throws Exception {
        socket.getOutputStream().write(HEALTH);
        return head(socket);
    }

    private static String head(Socket socket) throws Exception {
        StringBuilder head = new StringBuilder();
        InputStream in = socket.getInputStream();
        while (head.indexOf("\r\n\r\n") < 0) {
            int b = in.read();
            if (b < 0) {
                return head.toString();
            }
            head.append((char) b);
        }
        return head.toString();
    }

    private static String exchange(int port, String request) throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return read(socket);
        }
    }

    private static String read(Socket socket) throws Exception {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    }

    private int start(Door door) {
        return start(door, Map.of());
    }

    private int start(Door door, Map<String, String> more) {
        Map<String, String> environment = new HashMap<>(more);
        if (door.isTls) {
            environment.put("SLUICE_TLS_CERT", pem.certificate().toString());
            environment.put("SLUICE_TLS_KEY", pem.key().toString());
        }
        gateway = new TestGateway(environment, dataPlane);
        return gateway.server.port();
    }

    private HttpClient client(Door door, int port) {
        HttpClient client = HttpClient.create(pool).host("127.0.0.1").port(port).protocol(door.protocol);
        return door.isTls ? client.secure(spec -> spec.sslContext(trusting(door))) : client;
    }

    private static SslProvider.GenericSslContextSpec<SslContextBuilder> trusting(Door door) {
        return door.protocol == HttpProtocol.H2
                ? Http2SslContextSpec.forClient().configure(b -> b.trustManager(InsecureTrustManagerFactory.INSTANCE))
                : Http11SslContextSpec.forClient().configure(b -> b.trustManager(InsecureTrustManagerFactory.INSTANCE));
    }

    private static String get(HttpClient client, String uri) {
        return Eventually.value(
                client.get().uri(uri).responseContent().aggregate().asString());
    }

    private static int status(HttpClient client, String uri) {
        return Eventually.value(client.get()
                .uri(uri)
                .responseSingle((head, body) -> body.asString()
                        .defaultIfEmpty("")
                        .thenReturn(head.status().code())));
    }
}
