package sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import sluice.access.token.TestIssuer;
import sluice.http.RawHttp;

/**
 * Credentials made of pieces of good ones and of noise, through a whole gateway: whatever they are, no answer is a 5xx, nothing
 * is logged as an error, and no secret is in a log or in the audit. Seeded, so that a failure comes back.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class CredentialFuzzTest {
    private static final int REQUESTS = 3_000;
    private static final long SEED = 20_261_127;
    private static final List<String> TARGETS = List.of(
            "GET /system/functions",
            "GET /system/issue-jwt?function_id=hidden.openfaas-fn",
            "GET /issue-jwt?namespace_id=openfaas-fn",
            "POST /system/tokens",
            "POST /oauth/token",
            "POST /oauth/revoke",
            "POST /system/revocations",
            "POST /function/hidden",
            "POST /function/guarded",
            "POST /function/both",
            "POST /async-function/hidden");
    private static final List<String> FIELDS = List.of(
            "Authorization",
            "authorization",
            "X-Auth-Token",
            "X-Sluice-Token",
            "SCW_FUNCTIONS_TOKEN",
            "SCW-Functions-Token",
            "Proxy-Authorization");

    @TempDir
    static Path home;

    private static final ListAppender<ILoggingEvent> LOGGED = new ListAppender<>();
    private static final List<String> SECRETS = new ArrayList<>();
    private static final List<String> PIECES = new ArrayList<>();
    private static TestIssuer issuer;
    private static TestGateway gateway;

    @BeforeAll
    static void start() throws Exception {
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        LOGGED.start();
        root.addAppender(LOGGED);
        ((Logger) LoggerFactory.getLogger("sluice")).setLevel(Level.TRACE);
        issuer = new TestIssuer();
        Path objects = Files.createDirectory(home.resolve("access.d"));
        Files.writeString(objects.resolve("all.yaml"), """
                apiVersion: iam.openfaas.com/v1
                kind: JwtIssuer
                metadata: {name: test}
                spec: {iss: "%s", aud: ["%s"]}
                """.formatted(issuer.url(), TestIssuer.AUDIENCE));
        gateway = new TestGateway(
                home.resolve("data"),
                Map.of(
                        "SLUICE_AUTH_IAM_DIR", objects.toString(),
                        "system_issuer", "https://gw.example.net",
                        "SLUICE_AUTH_IAM_ACCEPT_FEDERATED_BEARER", "true",
                        "auditing", "true",
                        "auditing_http_verbs", "GET,POST,DELETE"));
        deploy("hidden", "\"privacy\":\"private\"");
        deploy("guarded", "\"annotations\":{\"sluice_jwt_auth\":\"true\"}");
        deploy("both", "\"privacy\":\"private\",\"annotations\":{\"sluice_jwt_auth\":\"true\"}");
        RawHttp.Reply issued = RawHttp.exchange(
                gateway.port(),
                "GET",
                "/system/issue-jwt?namespace_id=openfaas-fn",
                "",
                "Authorization: " + gateway.authorization());
        String token = new ObjectMapper().readTree(issued.body()).path("token").asText();
        SECRETS.addAll(List.of(token, issuer.token(), gateway.authorization().substring("Basic ".length())));
        PIECES.addAll(List.of("Bearer ", "Basic ", "bearer", "Digest ", "", " ", "=", ".", "..", "\t", ",", "\u00e9"));
        for (String secret : SECRETS) {
            PIECES.add(secret);
            PIECES.addAll(List.of(secret.split("\\.", -1)));
        }
        PIECES.add(Base64.getEncoder().encodeToString("admin:".getBytes(StandardCharsets.UTF_8)));
        PIECES.add("x".repeat(5_000));
    }

    @AfterAll
    static void stop() {
        gateway.close();
        issuer.close();
        ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).detachAppender(LOGGED);
        ((Logger) LoggerFactory.getLogger("sluice")).setLevel(null);
    }

    private static void deploy(String name, String more) throws IOException {
        String json = "{\"service\":\"" + name + "\",\"image\":\"i\",\"envProcess\":\"true\"," + more + "}";
        RawHttp.Reply reply = RawHttp.exchange(
                gateway.port(), "POST", "/system/functions", json, "Authorization: " + gateway.authorization());
        assertThat(reply.status()).as(reply.body()).isEqualTo(202);
    }

    private static String value(Random random) {
        StringBuilder value = new StringBuilder();
        for (int i = random.nextInt(4); i >= 0; i--) {
            value.append(PIECES.get(random.nextInt(PIECES.size())));
        }
        for (int i = random.nextInt(3); i > 0 && value.length() > 0; i--) {
            value.setCharAt(random.nextInt(value.length()), (char) (0x20 + random.nextInt(0xdf)));
        }
        return value.toString().replace('\u007f', '~');
    }

    private static String request(Random random) {
        StringBuilder request =
                new StringBuilder(TARGETS.get(random.nextInt(TARGETS.size())) + " HTTP/1.1\r\nHost: x\r\n");
        for (int i = random.nextInt(4); i > 0; i--) {
            request.append(FIELDS.get(random.nextInt(FIELDS.size())))
                    .append(random.nextInt(20) == 0 ? ":" : ": ")
                    .append(value(random))
                    .append("\r\n");
        }
        return request.append("Content-Length: 2\r\nConnection: close\r\n\r\n{}")
                .toString();
    }

    /** Each request comes from an address of its own: who guesses too often is not listened to. */
    private static int status(int number, String request) throws IOException {
        String answer = Stranger.send(gateway.port(), 1 << 16 | number, request);
        return answer.isEmpty() ? 0 : Integer.parseInt(answer.substring(9, 12));
    }

    @Test
    void answersEverythingWithoutAFault_andKeepsSecrets() throws Exception {
        Random random = new Random(SEED);
        int[] byClass = new int[6];
        for (int i = 0; i < REQUESTS; i++) {
            String request = request(random);
            int status = status(i, request);
            assertThat(status).as("request %d: %s", i, request).isLessThan(500);
            byClass[status / 100]++;
        }
        assertThat(byClass[4]).as("most are refused").isGreaterThan(REQUESTS / 2);
        Path audit = home.resolve("data/audit.json");
        Patience.until("the audit is written", () -> Files.exists(audit) && Files.size(audit) > 0);
        List<String> lines = new ArrayList<>(Files.readAllLines(audit));
        for (ILoggingEvent event : List.copyOf(LOGGED.list)) {
            assertThat(event.getLevel()).as(event.getFormattedMessage()).isNotEqualTo(Level.ERROR);
            assertThat(event.getFormattedMessage()).doesNotContain("exceptionCaught");
            lines.add(event.getFormattedMessage());
        }
        for (String secret : SECRETS) {
            for (String part : secret.split("\\.", -1)) {
                assertThat(lines)
                        .as("a part of a secret")
                        .noneMatch(line -> part.length() >= 24 && line.contains(part));
            }
        }
    }
}
