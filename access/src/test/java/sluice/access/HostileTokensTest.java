package sluice.access;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.jsonwebtoken.security.Jwks;
import io.jsonwebtoken.security.PublicJwk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;
import sluice.access.token.TestIssuer;
import sluice.core.AccessGate.Decision;
import sluice.http.ErrorResponses;

/** Tokens that somebody made up, changed, or should not have: each with its answer, and none of them in any log. */
class HostileTokensTest {
    @TempDir
    static Path home;

    private static final ListAppender<ILoggingEvent> LOGGED = new ListAppender<>();
    private static final List<String> SECRETS = new ArrayList<>();
    private static IamFixture iam;

    @BeforeAll
    static void open() throws IOException {
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.DEBUG);
        LOGGED.start();
        root.addAppender(LOGGED);
        iam = new IamFixture(home, "SLUICE_AUTH_IAM_ACCEPT_FEDERATED_BEARER=true");
    }

    @AfterAll
    static void close() throws IOException {
        iam.close();
        ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).detachAppender(LOGGED);
        List<String> lines = new ArrayList<>(
                LOGGED.list.stream().map(ILoggingEvent::getFormattedMessage).toList());
        if (Files.exists(home.resolve("audit.json"))) {
            lines.add(Files.readString(home.resolve("audit.json")));
        }
        for (String secret : SECRETS) {
            for (String part : secret.split("\\.", -1)) {
                assertThat(part.length() >= 24 && lines.stream().anyMatch(line -> line.contains(part)))
                        .as("a part of %s in a log", secret)
                        .isFalse();
            }
        }
    }

    private static Arguments row(String name, String token, int status, String text) {
        return Arguments.of(name, token, status, text);
    }

    /** The usual claims, changed. */
    private static Map<String, Object> claims(Consumer<Map<String, Object>> change) {
        Map<String, Object> claims = iam.issuer.claims();
        change.accept(claims);
        return claims;
    }

    private static String with(String claim, Object value) {
        return iam.issuer.token(claims(all -> all.put(claim, value)));
    }

    private static String without(String claim) {
        return iam.issuer.token(claims(all -> all.remove(claim)));
    }

    private static String header(String members) {
        String payload = new String(TestIssuer.write(iam.issuer.claims()), StandardCharsets.UTF_8);
        return iam.issuer.raw("{" + members + "}", payload);
    }

    private static String payload(String json) {
        return iam.issuer.raw("{\"alg\":\"ES256\",\"kid\":\"ec-1\"}", json);
    }

    private static String unsigned(String algorithm, String signature) {
        String header = "{\"alg\":\"" + algorithm + "\",\"kid\":\"ec-1\"}";
        return TestIssuer.base64(header.getBytes(StandardCharsets.UTF_8)) + "."
                + TestIssuer.base64(TestIssuer.write(iam.issuer.claims())) + "." + signature;
    }

    private static String mac(byte[] key) {
        try {
            String text = unsigned("HS256", "").replaceAll("\\.$", "");
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return text + "." + TestIssuer.base64(mac.doFinal(text.getBytes(StandardCharsets.US_ASCII)));
        } catch (java.security.GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** Signed by a stranger, who brings his key along. */
    private static String ownKey() {
        PublicJwk<?> jwk = Jwks.builder().key(iam.stranger.ec.getPublic()).build();
        String key = new String(TestIssuer.write(new LinkedHashMap<>(jwk)), StandardCharsets.UTF_8);
        String payload = new String(TestIssuer.write(iam.issuer.claims()), StandardCharsets.UTF_8);
        return iam.stranger.raw("{\"alg\":\"ES256\",\"kid\":\"ec-1\",\"jwk\":" + key + "}", payload);
    }

    private static String lastCharacterChanged() {
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        String token = iam.issuer.token();
        int last = alphabet.indexOf(token.charAt(token.length() - 1));
        return token.substring(0, token.length() - 1) + alphabet.charAt(last ^ 1); // 64 bytes leave four bits unused
    }

    static Stream<Arguments> tokens() {
        TestIssuer issuer = iam.issuer;
        long now = java.time.Instant.now().getEpochSecond();
        PublicKey rsa = issuer.rsa.getPublic();
        String pem = "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder().encodeToString(rsa.getEncoded())
                + "\n-----END PUBLIC KEY-----";
        String good = issuer.token();
        String zeros = good.substring(0, good.lastIndexOf('.') + 1) + TestIssuer.base64(new byte[64]);
        StringBuilder deep = new StringBuilder();
        for (int i = 0; i < 2_000; i++) {
            deep.append("{\"a\":");
        }
        Map<String, Object> wide = issuer.claims();
        for (int i = 0; i < 900; i++) {
            wide.put("m" + i, 1);
        }
        Map<String, Object> ofOther = claims(all -> all.put("iss", iam.other.url()));
        List<Arguments> rows = new ArrayList<>(List.of(
                row("good, EC", good, 200, ""),
                row(
                        "good, RSA",
                        TestIssuer.signed("RS256", "rsa-1", issuer.rsa.getPrivate(), issuer.claims()),
                        200,
                        ""),
                row(
                        "good, PS512",
                        TestIssuer.signed("PS512", "rsa-1", issuer.rsa.getPrivate(), issuer.claims()),
                        200,
                        ""),
                row("alg none", unsigned("none", ""), 401, "unsupported algorithm"),
                row("alg None", unsigned("None", ""), 401, "unsupported algorithm"),
                row("alg nOnE", unsigned("nOnE", ""), 401, "unsupported algorithm"),
                row(
                        "alg none, signed",
                        unsigned("none", good.substring(good.lastIndexOf('.') + 1)),
                        401,
                        "unsupported algorithm"),
                row("no signature", unsigned("ES256", ""), 401, "malformed token"),
                row("HS256 with the public key, DER", mac(rsa.getEncoded()), 401, "unsupported algorithm"),
                row(
                        "HS256 with the public key, PEM",
                        mac(pem.getBytes(StandardCharsets.US_ASCII)),
                        401,
                        "unsupported algorithm"),
                row(
                        "RS256 with an EC key id",
                        TestIssuer.signed("RS256", "ec-1", issuer.rsa.getPrivate(), issuer.claims()),
                        401,
                        ""),
                row(
                        "ES256 with a P-384 key id",
                        TestIssuer.signed("ES256", "p384-1", issuer.ec.getPrivate(), issuer.claims()),
                        401,
                        ""),
                row("zero signature", zeros, 401, "bad signature"),
                row(
                        "DER signature",
                        good.substring(0, good.lastIndexOf('.') + 1)
                                + TestIssuer.base64(new byte[] {0x30, 6, 2, 1, 1, 2, 1, 1}),
                        401,
                        ""),
                row("another issuer's signature", iam.stranger.token(claims(all -> {})), 401, "bad signature"),
                row("unused bits changed", lastCharacterChanged(), 401, "malformed token"),
                row("padded", good + "=", 401, "malformed token"),
                row("plus in a segment", good.replaceFirst("\\.", "+."), 401, "malformed token"),
                row("slash in a segment", good.replaceFirst("\\.", "/."), 401, "malformed token"),
                row("two segments", good.substring(0, good.lastIndexOf('.')), 401, "malformed token"),
                row("four segments", good + ".x", 401, "malformed token"),
                row("five segments", "eyJhbGciOiJkaXIifQ.a.b.c.d", 401, "malformed token"),
                row("empty payload", good.replaceFirst("\\.[^.]+\\.", ".."), 401, "malformed token"),
                row("no token", "", 401, "malformed token"),
                row("no kid", header("\"alg\":\"ES256\""), 401, "unknown key"),
                row("numeric kid", header("\"alg\":\"ES256\",\"kid\":1"), 401, "unknown key"),
                row("kid is a path", header("\"alg\":\"ES256\",\"kid\":\"../../etc/passwd\""), 401, "unknown key"),
                row("kid is SQL", header("\"alg\":\"ES256\",\"kid\":\"' OR 1=1 --\""), 401, "unknown key"),
                row("long kid", header("\"alg\":\"ES256\",\"kid\":\"" + "k".repeat(2_000) + "\""), 401, "unknown key"),
                row(
                        "long header",
                        header("\"alg\":\"ES256\",\"kid\":\"" + "k".repeat(10_000) + "\""),
                        401,
                        "malformed token"),
                row("kid of a MAC key", header("\"alg\":\"ES256\",\"kid\":\"mac-1\""), 401, "unknown key"),
                row(
                        "crit",
                        header("\"alg\":\"ES256\",\"kid\":\"ec-1\",\"crit\":[\"x\"],\"x\":1"),
                        401,
                        "malformed token"),
                row(
                        "crit b64",
                        header("\"alg\":\"ES256\",\"kid\":\"ec-1\",\"crit\":[\"b64\"],\"b64\":false"),
                        401,
                        "malformed token"),
                row("b64", header("\"alg\":\"ES256\",\"kid\":\"ec-1\",\"b64\":false"), 401, "malformed token"),
                row("zip", header("\"alg\":\"ES256\",\"kid\":\"ec-1\",\"zip\":\"DEF\""), 401, "malformed token"),
                row("typ JWE", header("\"alg\":\"ES256\",\"kid\":\"ec-1\",\"typ\":\"JWE\""), 401, "malformed token"),
                row("typ at+jwt", header("\"alg\":\"ES256\",\"kid\":\"ec-1\",\"typ\":\"at+JWT\""), 200, ""),
                row(
                        "jku and x5u",
                        header("\"alg\":\"ES256\",\"kid\":\"nope\",\"jku\":\"" + iam.stranger.url() + "\",\"x5u\":\""
                                + iam.stranger.url() + "\""),
                        401,
                        "unknown key"),
                row("embedded key", ownKey(), 401, "bad signature"),
                row(
                        "duplicate alg",
                        header("\"alg\":\"ES256\",\"alg\":\"ES256\",\"kid\":\"ec-1\""),
                        401,
                        "malformed token"),
                row("header is a list", iam.issuer.raw("[1]", "{}"), 401, "malformed token"),
                row(
                        "duplicate iss",
                        payload("{\"iss\":\"a\",\"iss\":\"" + issuer.url() + "\"}"),
                        401,
                        "malformed token"),
                row("deep payload", payload(deep + "1" + "}".repeat(2_000)), 401, "malformed token"),
                row(
                        "deeper payload",
                        payload("{\"a\":" + "[".repeat(5_000) + "]".repeat(5_000) + "}"),
                        401,
                        "malformed token"),
                row("wide payload", issuer.token(wide), 401, "malformed token"),
                row("text behind the payload", payload("{}{}"), 401, "malformed token"),
                row("no exp", without("exp"), 401, "missing claim exp"),
                row("exp is a text", with("exp", Long.toString(now + 600)), 401, "malformed token"),
                row("exp is a date", with("exp", "2031-01-01T00:00:00Z"), 401, "malformed token"),
                row("exp 1e30", with("exp", 1e30), 401, "malformed token"),
                row("exp -1", with("exp", -1), 401, "malformed token"),
                row("exp 10^18", with("exp", 1_000_000_000_000_000_000L), 401, "malformed token"),
                row("exp just past the skew", with("exp", now - 32), 401, "token expired"),
                row("exp within the skew", with("exp", now - 5), 200, ""),
                row("nbf ahead", with("nbf", now + 3_600), 401, "token not yet valid"),
                row("iat ahead", with("iat", now + 3_600), 401, "token not yet valid"),
                row("long life", with("exp", now + 25 * 3_600), 401, "token lifetime too long"),
                row("another registered issuer", issuer.token(ofOther), 401, "bad signature"),
                row("iss with a slash", with("iss", issuer.url() + "/"), 401, "unknown issuer"),
                row("iss in other case", with("iss", issuer.url().replace("http", "HTTP")), 401, "unknown issuer"),
                row("no iss", without("iss"), 401, "unknown issuer"),
                row("iss is a list", with("iss", List.of(issuer.url())), 401, "unknown issuer"),
                row("no aud", without("aud"), 401, "missing claim aud"),
                row("aud is a number", with("aud", 1), 401, "malformed token"),
                row("wrong aud", with("aud", "https://other.example.net"), 401, "wrong audience"),
                row("aud with a suffix", with("aud", TestIssuer.AUDIENCE + ".evil"), 401, "wrong audience"),
                row("aud cut", with("aud", "https://gw.example"), 401, "wrong audience"),
                row("aud list with ours", with("aud", List.of("x", TestIssuer.AUDIENCE)), 200, ""),
                row("aud list with a number", with("aud", List.of(1, TestIssuer.AUDIENCE)), 401, "malformed token"),
                row("no sub", without("sub"), 401, "missing claim sub"),
                row("long sub", with("sub", "s".repeat(1_025)), 401, "malformed token"),
                row("long jti", with("jti", "j".repeat(257)), 401, "malformed token"),
                row(
                        "17 KiB",
                        issuer.token(claims(all -> all.put("x", "x".repeat(17_000)))),
                        431,
                        "the token is longer")));
        rows.add(row("an unknown issuer", iam.stranger.token(), 401, "unknown issuer"));
        rows.add(row("EdDSA without such a key", unsigned("EdDSA", "AAAA"), 401, ""));
        rows.add(row("opaque", "sha256~abcdef", 401, "malformed token"));
        return rows.stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("tokens")
    void answersEachTokenAsItDeserves(String name, String token, int status, String text) {
        SECRETS.add(token);
        Decision decision = iam.bearer(token);
        if (status == 200) {
            assertThat(decision).isInstanceOf(Decision.Allow.class);
            assertThat(iam.bearer(token)).as("from memory").isInstanceOf(Decision.Allow.class);
            return;
        }
        Decision.Deny deny = (Decision.Deny) decision;
        assertThat(ErrorResponses.statusOf(deny.reason().failure())).isEqualTo(status);
        assertThat(deny.reason().text()).contains(text);
        if (status == 401) {
            assertThat(deny.challenges())
                    .singleElement()
                    .asString()
                    .startsWith("Bearer realm=\"OpenFaaS API\", error=\"invalid_token\", error_description=\"");
        }
        assertThat(iam.stranger.requests)
                .as("addresses in tokens are never asked")
                .hasValue(0);
    }

    @Test
    void askForKeysOnce_forAThousandMadeUpKeyIds() {
        assertThat(iam.bearer(iam.issuer.token())).isInstanceOf(Decision.Allow.class);
        int before = iam.issuer.keyRequests.get();
        for (int i = 0; i < 1_000; i++) {
            String token = header("\"alg\":\"ES256\",\"kid\":\"made-up-" + i + "\"");
            assertThat(((Decision.Deny) iam.bearer(token)).reason().text()).isEqualTo("unknown key");
        }
        assertThat(iam.issuer.keyRequests.get() - before).isLessThanOrEqualTo(1);
    }

    @Test
    void asksNobodyForAKey_whenTheAlgorithmIsNotAllowed(@TempDir Path other) throws IOException {
        try (IamFixture strict = new IamFixture(
                other, "SLUICE_AUTH_IAM_ACCEPT_FEDERATED_BEARER=true", "SLUICE_AUTH_JWT_ALGORITHMS=RS256,ES256")) {
            TestIssuer issuer = strict.issuer;
            String token = TestIssuer.signed("RS512", "rsa-1", issuer.rsa.getPrivate(), issuer.claims());
            assertThat(((Decision.Deny) strict.bearer(token)).reason().text()).isEqualTo("unsupported algorithm");
            assertThat(issuer.requests).hasValue(0);
        }
    }

    @Test
    void takesOneCredential_andNoSecondOne() {
        String good = "Bearer " + iam.issuer.token();
        assertThat(iam.ask(good, good)).isInstanceOf(Decision.Allow.class);
        assertThat(iam.ask(good.replace("Bearer", "bEARER"))).isInstanceOf(Decision.Allow.class);
        Decision.Deny two = (Decision.Deny) iam.ask(good, "Bearer x");
        assertThat(ErrorResponses.statusOf(two.reason().failure())).isEqualTo(400);
        assertThat(two.challenges()).containsExactly("Bearer realm=\"OpenFaaS API\", error=\"invalid_request\"");
        Decision.Deny none = (Decision.Deny) iam.ask();
        assertThat(none.reason().text()).isEqualTo("authentication required");
        assertThat(none.challenges()).containsExactly("Basic realm=\"Restricted\"", "Bearer realm=\"OpenFaaS API\"");
        for (String value : List.of("Digest x", "Bearer", "Bearer a b", "Bearer caf\u00e9", "Bearer x, Bearer y", "")) {
            assertThat(ErrorResponses.statusOf(
                            ((Decision.Deny) iam.ask(value)).reason().failure()))
                    .as(value)
                    .isEqualTo(401);
        }
    }

    @Test
    void stopsASourceThatGuesses() {
        java.net.InetSocketAddress guesser = iam.peer();
        String good = "Bearer " + iam.issuer.token();
        List<Integer> statuses = new ArrayList<>();
        for (int i = 0; i < 22; i++) {
            Decision decision = iam.access.check(
                    IamFixture.headers("Bearer made.up." + i), guesser, sluice.core.Action.FUNCTION_LIST, "dev");
            Decision settled = IamFixture.settled(decision);
            statuses.add(
                    ErrorResponses.statusOf(((Decision.Deny) settled).reason().failure()));
        }
        assertThat(statuses.subList(0, 20)).containsOnly(401);
        assertThat(statuses.subList(20, 22)).containsOnly(429);
        assertThat(iam.ask(good)).isInstanceOf(Decision.Allow.class);
    }

    @Test
    void saysWhatIsNotPermitted() {
        Decision.Deny deny =
                (Decision.Deny) iam.ask(sluice.core.Action.SECRET_LIST, "dev", "Bearer " + iam.issuer.token());
        assertThat(deny.reason().text()).isEqualTo("insufficient permissions: Secret:List on dev:*");
        assertThat(ErrorResponses.statusOf(deny.reason().failure())).isEqualTo(403);
        assertThat(deny.identity().subject()).isEqualTo("alice");
    }
}
