package sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sluice.access.token.TestIssuer;
import sluice.fleet.nats.NatsServer;

/** What one gateway takes back, another one must not accept, nor either of them after kill -9. */
@Tag("acceptance")
final class RevocationAcceptanceTest {
    private static final Logger log = LoggerFactory.getLogger(RevocationAcceptanceTest.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int TOKENS = 100;
    private static final String BASE = "\"image\":\"i\",\"envProcess\":\"true\"";
    private static final String FORM = "Content-Type: application/x-www-form-urlencoded\r\n";
    private static final String BEARER = "Authorization: Bearer ";

    @TempDir
    private Path directory;

    private final AtomicInteger addresses = new AtomicInteger();
    private TestIssuer issuer;

    @BeforeEach
    void writeWhomToTrust() throws IOException {
        issuer = new TestIssuer();
        byte[] key = issuer.ec.getPrivate().getEncoded(); // both gateways sign with the same, whichever it is
        Files.writeString(
                directory.resolve("issuer.key"),
                "-----BEGIN PRIVATE KEY-----\n" + Base64.getMimeEncoder().encodeToString(key)
                        + "\n-----END PRIVATE KEY-----\n");
        Path unused = TrustingGateway.trust(
                directory,
                issuer,
                "[{sid: a, effect: Allow, action: [Function:List, Function:Invoke], resource: ['*']}]");
    }

    @AfterEach
    void closeIssuer() {
        issuer.close();
    }

    /** A token that was given out, as whoever takes it back names it. */
    private record Given(String id, String token) {}

    /** Which tokens, how they are given out, what is called with them, and how they are taken back. */
    enum Tokens {
        /** Of a private function. */
        PRIVATE("X-Sluice-Token: ", "/function/till"),
        /** Of /oauth/token, for the control plane. */
        API(BEARER, "/system/functions"),
        /** Of /oauth/token, for functions that ask. */
        FUNCTION(BEARER, "/function/counter");

        private final String field;
        private final String target;

        Tokens(String field, String target) {
            this.field = field;
            this.target = target;
        }
    }

    @ParameterizedTest
    @EnumSource(Tokens.class)
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void reachesTheOtherGateway_andSurvivesTheKillOfBoth(Tokens kind) throws Exception {
        List<Given> revoked = new ArrayList<>();
        Given kept;
        try (NatsServer nats = NatsServer.newest()) {
            try (GatewayProcess one = start("one", nats);
                    GatewayProcess other = start("other", nats)) {
                for (GatewayProcess each : List.of(one, other)) {
                    deploy(each);
                }
                kept = issue(one, kind);
                Patience.until("the key has come", () -> call(other, kind, kept.token()) == 200);
                List<Double> lags = new ArrayList<>();
                for (int i = 0; i < TOKENS; i++) {
                    Given given = issue(one, kind);
                    revoked.add(given);
                    assertThat(call(other, kind, given.token())).isEqualTo(200); // known there from now on
                    lags.add(revoke(one, other, kind, given));
                }
                lags.sort(null);
                log.info(
                        "{}: last accepted call after the 2xx of {} revocations, ms: median {}, highest {}",
                        kind,
                        TOKENS,
                        lags.get(TOKENS / 2),
                        lags.get(TOKENS - 1));
                assertThat(lags.get(TOKENS - 1)).isLessThan(1_000);
            } // kill -9 of both
            try (GatewayProcess one = start("one", nats);
                    GatewayProcess other = start("other", nats)) {
                for (GatewayProcess each : List.of(one, other)) {
                    Patience.until("tokens have been read", () -> call(each, kind, kept.token()) == 200);
                    for (Given given : revoked) {
                        assertThat(call(each, kind, given.token())).isEqualTo(401);
                    }
                }
            }
        }
    }

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void whileNatsIsSilent_tokensCountForCallsOnly_andRevocationsAreRefused() throws Exception {
        try (NatsServer nats = NatsServer.newest();
                GatewayProcess one = start("one", nats)) {
            deploy(one);
            Given api = issue(one, Tokens.API);
            Given other = issue(one, Tokens.API);
            Given function = issue(one, Tokens.FUNCTION);
            Patience.until("tokens count", () -> call(one, Tokens.API, api.token()) == 200);
            nats.pause();
            Patience.until("the silence is noticed", () -> call(one, Tokens.API, api.token()) == 503);
            assertThat(call(one, Tokens.FUNCTION, function.token())).isEqualTo(200);
            assertThat(post(one, "/oauth/token", exchange(""), FORM)).startsWith("503");
            assertThat(one.metrics()).containsPattern("sluice_revocation_staleness_seconds [1-9]");
            assertThat(one.send("GET", "/system/functions", "")
                            .get(20, TimeUnit.SECONDS)
                            .statusCode())
                    .as("no revocation is about a password")
                    .isEqualTo(200);
            assertThat(post(one, "/oauth/revoke", "token=" + api.token(), FORM)).startsWith("503");
            nats.resume();
            Patience.until("tokens count again", () -> call(one, Tokens.API, other.token()) == 200);
            // a revocation that was refused for want of an answer may have been kept, and then it counts
            assertThat(call(one, Tokens.API, api.token())).isIn(200, 401);
        }
    }

    /** Calls {@code other} all the while; milliseconds from the 2xx to the last call that was accepted, 0 when none was. */
    private double revoke(GatewayProcess one, GatewayProcess other, Tokens kind, Given given) throws Exception {
        AtomicLong lastAccepted = new AtomicLong(Long.MIN_VALUE);
        Thread caller = new Thread(() -> {
            try {
                for (int status = 200; status == 200; ) {
                    long begun = System.nanoTime();
                    status = call(other, kind, given.token());
                    if (status == 200) {
                        lastAccepted.set(begun);
                    }
                }
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        caller.start();
        if (kind == Tokens.PRIVATE) {
            one.expect("DELETE", "/system/tokens/" + given.id(), "");
        } else {
            assertThat(post(one, "/oauth/revoke", "token=" + given.token(), FORM))
                    .startsWith("200");
        }
        long answered = System.nanoTime();
        caller.join(TimeUnit.SECONDS.toMillis(25));
        assertThat(caller.isAlive()).as("it is still accepted").isFalse();
        return lastAccepted.get() == Long.MIN_VALUE ? 0 : Math.max(0, lastAccepted.get() - answered) / 1e6;
    }

    private GatewayProcess start(String name, NatsServer nats) throws Exception {
        Path home = Files.createDirectories(directory.resolve(name));
        Map<String, String> settings = Map.of(
                "system_issuer",
                TestIssuer.AUDIENCE,
                "issuer_key_path",
                directory.resolve("issuer.key").toString(),
                "SLUICE_AUTH_REVOCATION_MAX_STALENESS",
                "6s");
        String objects = directory.resolve("access.d").toString();
        return GatewayProcess.start(home, settings, "--nats", nats.url(), "--access", objects)
                .awaitReady();
    }

    private static void deploy(GatewayProcess gateway) throws Exception {
        gateway.expect("POST", "/system/functions", "{\"service\":\"till\",\"privacy\":\"private\"," + BASE + "}");
        gateway.expect(
                "POST",
                "/system/functions",
                "{\"service\":\"counter\",\"annotations\":{\"sluice_jwt_auth\":\"true\"}," + BASE + "}");
    }

    private Given issue(GatewayProcess gateway, Tokens kind) throws Exception {
        if (kind == Tokens.PRIVATE) {
            JsonNode issued =
                    JSON.readTree(gateway.expect("POST", "/system/tokens", "{\"function_id\":\"till.openfaas-fn\"}"));
            return new Given(issued.path("id").asText(), issued.path("token").asText());
        }
        String answer = post(gateway, "/oauth/token", exchange(kind == Tokens.API ? "" : "&scope=function"), FORM);
        assertThat(answer).startsWith("200");
        String token = JSON.readTree(answer.substring(4)).path("access_token").asText();
        byte[] claims = Base64.getUrlDecoder().decode(token.split("\\.", -1)[1]);
        return new Given(JSON.readTree(claims).path("jti").asText(), token);
    }

    private String exchange(String more) {
        String type = URLEncoder.encode("urn:ietf:params:oauth:token-type:id_token", StandardCharsets.UTF_8);
        String grant = URLEncoder.encode("urn:ietf:params:oauth:grant-type:token-exchange", StandardCharsets.UTF_8);
        return "grant_type=" + grant + "&subject_token_type=" + type + "&subject_token=" + issuer.token() + more;
    }

    private int call(GatewayProcess gateway, Tokens kind, String token) throws IOException {
        return Integer.parseInt(send(gateway, "GET " + kind.target, kind.field + token + "\r\n", "")
                .substring(0, 3));
    }

    private String post(GatewayProcess gateway, String target, String body, String fields) throws IOException {
        return send(gateway, "POST " + target, fields + "Content-Length: " + body.length() + "\r\n", body);
    }

    /**
     * Status, a blank, and the body of an answer to a request from an address of its own: who shows worthless tokens too
     * often is not listened to.
     */
    private String send(GatewayProcess gateway, String line, String fields, String body) throws IOException {
        String request = line + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + fields + "\r\n" + body;
        String answer = Stranger.send(gateway.url().getPort(), (2 << 16) + addresses.incrementAndGet(), request);
        int blank = answer.indexOf("\r\n\r\n");
        assertThat(blank).as(answer).isPositive();
        return answer.substring(9, 12) + " " + answer.substring(blank + 4);
    }
}
