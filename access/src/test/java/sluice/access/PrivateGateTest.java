package sluice.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import sluice.core.AccessGate.Decision;
import sluice.core.FailureException;
import sluice.core.FunctionName;
import sluice.core.Guard;
import sluice.core.PrivateTokens;
import sluice.core.PrivateTokens.Scope;
import sluice.core.Settings;
import sluice.http.ErrorResponses;

/** Private functions: who is let in, in which words others are not, and what a revocation changes. */
class PrivateGateTest {
    private static final FunctionName INVOICE = new FunctionName("invoice", "billing");
    private static final FunctionName REPORT = new FunctionName("report", "billing");
    private static final FunctionName ELSEWHERE = new FunctionName("invoice", "staging");
    private static final Scope ONE = new Scope("billing", "invoice");
    private static final Scope ALL = new Scope("billing", "");

    @TempDir
    Path home;

    private AccessControl access;
    private final AtomicInteger addresses = new AtomicInteger();

    @BeforeEach
    void open() throws IOException {
        access = opened(Map.of());
    }

    @AfterEach
    void close() {
        access.close();
    }

    private AccessControl opened(Map<String, String> settings) throws IOException {
        Settings read = new Settings(new HashMap<>(settings));
        AccessConfig config = AccessConfig.from(read, home);
        assertThat(read.problems()).isEmpty();
        return AccessControl.open(config, "http://unused");
    }

    private void reopen(String... settings) throws IOException {
        access.close();
        Map<String, String> environment = new HashMap<>();
        for (String setting : settings) {
            environment.put(setting.split("=", 2)[0], setting.split("=", 2)[1]);
        }
        access = opened(environment);
    }

    private InetSocketAddress peer() {
        return new InetSocketAddress("10.0.0." + addresses.incrementAndGet(), 50_000);
    }

    private Decision admit(FunctionName function, String... lines) {
        return IamFixture.settled(access.admit(Fields.of(lines), peer(), function, Guard.PRIVATE));
    }

    private PrivateTokens tokens() {
        return Objects.requireNonNull(access.desks().privateTokens());
    }

    @CanIgnoreReturnValue
    private static <T> T done(Mono<T> mono) {
        return Objects.requireNonNull(mono.block(Duration.ofSeconds(20)));
    }

    private static void finished(Mono<Void> mono) {
        mono.block(Duration.ofSeconds(20));
    }

    @CanIgnoreReturnValue
    private PrivateTokens.Issued issue(Scope scope) {
        return done(tokens().issue(scope, "for a test", null, "admin"));
    }

    private static String header(PrivateTokens.Issued issued) {
        return "SCW_FUNCTIONS_TOKEN: " + issued.token();
    }

    private static void expect(int status, String text, Decision decision) {
        assertThat(decision).isInstanceOf(Decision.Deny.class);
        Decision.Deny deny = (Decision.Deny) decision;
        assertThat(ErrorResponses.statusOf(deny.reason().failure()))
                .as(deny.reason().text())
                .isEqualTo(status);
        assertThat(deny.reason().text()).contains(text);
        if (status == 404) {
            assertThat(deny.challenges()).isEmpty();
        }
    }

    private static void expectEntry(Decision decision) {
        assertThat(decision)
                .as(decision instanceof Decision.Deny deny ? deny.reason().text() : "")
                .isInstanceOf(Decision.Allow.class);
    }

    @Test
    void doesNotExistForThoseWithoutAToken() {
        issue(ONE);
        expect(404, "no such function", admit(INVOICE));
        expect(404, "no such function", admit(INVOICE, "Authorization: Bearer of.the.function"));
        expect(404, "no such function", admit(INVOICE, "Authorization: Basic YWRtaW46YWRtaW4="));
        expect(404, "no such function", admit(ELSEWHERE));
    }

    @Test
    void letsTheHolderOfATokenIn_byAnyOfItsCarriers() {
        PrivateTokens.Issued issued = issue(ONE);
        for (String carrier : List.of(
                "SCW_FUNCTIONS_TOKEN: ",
                "SCW-Functions-Token: ",
                "X-Sluice-Token: ",
                "Authorization: Bearer ",
                "authorization: bEARER  ")) {
            for (int i = 0; i < 2; i++) { // checked, then known
                Decision decision = admit(INVOICE, carrier + issued.token());
                expectEntry(decision);
                assertThat(((Decision.Allow) decision).identity().tokenId())
                        .isEqualTo(issued.about().id());
            }
        }
    }

    @Test
    void takesTheFirstCarrierOnly_andTwoDifferentTokensNever() {
        String good = issue(ONE).token();
        String other = issue(ALL).token();
        expect(401, "not valid", admit(INVOICE, "SCW_FUNCTIONS_TOKEN: x", "X-Sluice-Token: " + good));
        expect(401, "not valid", admit(INVOICE, "X-Sluice-Token: x", "Authorization: Bearer " + good));
        expectEntry(admit(INVOICE, "SCW_FUNCTIONS_TOKEN: " + good, "Authorization: Bearer own"));
        expectEntry(admit(INVOICE, "SCW_FUNCTIONS_TOKEN: " + good, "SCW-Functions-Token: " + good));
        expect(
                400,
                "more than one token",
                admit(INVOICE, "SCW_FUNCTIONS_TOKEN: " + good, "SCW-Functions-Token: " + other));
        expect(400, "more than one token", admit(INVOICE, "X-Sluice-Token: " + good, "X-Sluice-Token: " + other));
        expect(400, "more than one", admit(INVOICE, "Authorization: Bearer " + good, "Authorization: Bearer " + other));
    }

    @Test
    void tellsItsOwnTokensFromOthers_soThatTheyStayHere() {
        String good = issue(ONE).token();
        assertThat(access.isPrivateToken("Bearer " + good, "billing")).isTrue();
        assertThat(access.isPrivateToken("bearer  " + good, "billing")).isTrue();
        assertThat(access.isPrivateToken("Bearer " + good, "staging")).isFalse();
        assertThat(access.isPrivateToken("Bearer a.b.c", "billing")).isFalse();
        assertThat(access.isPrivateToken("Basic " + good, "billing")).isFalse();
        assertThat(access.isPrivateToken("", "billing")).isFalse();
    }

    @Test
    void keepsTokensToTheirScope() {
        PrivateTokens.Issued one = issue(ONE);
        PrivateTokens.Issued all = issue(ALL);
        issue(new Scope("staging", ""));
        expect(403, "insufficient permissions", admit(REPORT, header(one)));
        expectEntry(admit(REPORT, header(all)));
        expectEntry(admit(INVOICE, header(all)));
        expect(401, "authorization token not valid", admit(ELSEWHERE, header(all)));
        expect(401, "authorization token not valid", admit(new FunctionName("a", "keyless"), header(all)));
    }

    /** A token of the namespace's issuer with these changes, signed by this key. */
    private static String made(KeyPair pair, String header, JsonNode like, Consumer<ObjectNode> change)
            throws Exception {
        ObjectNode claims = like.deepCopy();
        change.accept(claims);
        return signed(pair, "SHA256withRSA", header, claims.toString());
    }

    private static String signed(KeyPair pair, String algorithm, String header, String payload) throws Exception {
        String text = base64(header) + "." + base64(payload);
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(pair.getPrivate());
        signature.update(text.getBytes(StandardCharsets.US_ASCII));
        return text + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature.sign());
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static JsonNode part(String token, int index) throws IOException {
        return new ObjectMapper().readTree(Base64.getUrlDecoder().decode(token.split("\\.", -1)[index]));
    }

    @Test
    void takesNothingThatTheNamespaceHasNotSigned() throws Exception {
        String good = issue(ONE).token();
        KeyPair rsa = KeyPairGenerator.getInstance("RSA").generateKeyPair();
        KeyPairGenerator curve = KeyPairGenerator.getInstance("EC");
        curve.initialize(256);
        KeyPair ec = curve.generateKeyPair();
        JsonNode claims = part(good, 1);
        String id = part(good, 0).path("kid").asText();
        String header = "{\"alg\":\"RS256\",\"kid\":\"" + id + "\"}";
        for (String token : List.of(
                "garbage",
                "a.b.c",
                "",
                "x".repeat(20_000),
                good.substring(0, good.length() - 4) + "AAAA",
                made(rsa, header, claims, all -> {}),
                made(rsa, header.replace(id, "unknown"), claims, all -> {}),
                signed(ec, "SHA256withECDSAinP1363Format", header.replace("RS256", "ES256"), claims.toString()),
                base64("{\"alg\":\"none\",\"kid\":\"" + id + "\"}") + "." + base64(claims.toString()) + ".",
                good.split("\\.", -1)[0] + "." + base64(claims.toString().replace("invoice", "report")) + "."
                        + good.split("\\.", -1)[2])) {
            expect(401, "authorization token not valid", admit(INVOICE, "X-Sluice-Token: " + token));
        }
        reopen("SLUICE_AUTH_PRIVATE_HIDE_EXISTENCE=true");
        for (String token : List.of("garbage", made(rsa, header, claims, all -> {}))) {
            expect(404, "no such function", admit(INVOICE, "X-Sluice-Token: " + token));
        }
        expect(404, "", admit(INVOICE, "X-Sluice-Token: " + good, "X-Sluice-Token: other"));
        expect(403, "", admit(REPORT, "X-Sluice-Token: " + good));
        expectEntry(admit(INVOICE, "X-Sluice-Token: " + good));
    }

    @Test
    void answersAStrangerWhoGuesses_lessAndLess_butNeverBetrayingAHiddenFunction() throws IOException {
        InetSocketAddress guesser = peer();
        issue(ONE);
        for (int i = 0; i < 20; i++) {
            expect(
                    401,
                    "",
                    IamFixture.settled(
                            access.admit(Fields.of("X-Sluice-Token: " + i), guesser, INVOICE, Guard.PRIVATE)));
        }
        expect(429, "too many", access.admit(Fields.of("X-Sluice-Token: y"), guesser, INVOICE, Guard.PRIVATE));
        expect(404, "", access.admit(Fields.of("Host: x"), guesser, INVOICE, Guard.PRIVATE));
        reopen("SLUICE_AUTH_PRIVATE_HIDE_EXISTENCE=true");
        for (int i = 0; i < 22; i++) {
            expect(
                    404,
                    "",
                    IamFixture.settled(
                            access.admit(Fields.of("X-Sluice-Token: " + i), guesser, INVOICE, Guard.PRIVATE)));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "exp past | {\"exp\":1000} | token expired",
                "no exp | {\"exp\":null} | malformed token",
                "iat ahead | {\"iat\":4000000000,\"exp\":4000000600} | token not yet valid",
                "wrong issuer | {\"iss\":\"sluice/private/staging\"} | unknown issuer",
                "wrong audience | {\"aud\":\"api\"} | wrong audience",
                "no claim | {\"application_claim\":null} | missing claim application_claim",
                "empty claim | {\"application_claim\":[]} | missing claim application_claim",
                "an object | {\"application_claim\":{\"namespace_id\":\"billing\"}} | missing claim application_claim",
                "two | {\"application_claim\":[{\"namespace_id\":\"billing\"},{\"namespace_id\":\"billing\"}]} | missing"
                        + " claim application_claim",
                "other namespace | {\"application_claim\":[{\"namespace_id\":\"staging\"}]} | missing claim namespace_id",
                "no namespace | {\"application_claim\":[{\"function_id\":\"invoice.billing\"}]} | missing claim"
                        + " namespace_id",
                "ids disagree | {\"application_claim\":[{\"namespace_id\":\"billing\",\"function_id\":\"invoice.billing\","
                        + "\"application_id\":\"report.billing\"}]} | missing claim function_id",
                "id of nothing | {\"application_claim\":[{\"namespace_id\":\"billing\",\"function_id\":\".billing\"}]} |"
                        + " missing claim function_id",
                "number | {\"application_claim\":[{\"namespace_id\":\"billing\",\"function_id\":1}]} | missing claim"
                        + " function_id"
            })
    void saysWhatIsWrong_withWhatTheNamespaceHasSigned(String name, String change, String reason) throws Exception {
        String good = issue(ONE).token();
        KeyPair pair = keyOf("billing");
        String header =
                "{\"alg\":\"RS256\",\"kid\":\"" + part(good, 0).path("kid").asText() + "\"}";
        JsonNode changes = new ObjectMapper().readTree(change);
        String token = made(pair, header, part(good, 1), all -> all.setAll((ObjectNode) changes));
        expect(401, reason, admit(INVOICE, "X-Sluice-Token: " + token));
        reopen("SLUICE_AUTH_PRIVATE_HIDE_EXISTENCE=true");
        expect(401, reason, admit(INVOICE, "X-Sluice-Token: " + token));
    }

    /** As somebody who has got hold of the store can read it, when there is no master key. */
    private KeyPair keyOf(String namespace) throws Exception {
        String url = "jdbc:sqlite:" + home.resolve("access/access.db");
        try (java.sql.Connection store = java.sql.DriverManager.getConnection(url);
                java.sql.Statement statement = store.createStatement();
                java.sql.ResultSet row =
                        statement.executeQuery("SELECT value FROM entry WHERE key LIKE 'key." + namespace + ".%'")) {
            assertThat(row.next()).isTrue();
            JsonNode stored = new ObjectMapper().readTree(row.getBytes(1));
            java.security.KeyFactory factory = java.security.KeyFactory.getInstance("RSA");
            return new KeyPair(
                    factory.generatePublic(new java.security.spec.X509EncodedKeySpec(
                            stored.path("public").binaryValue())),
                    factory.generatePrivate(new java.security.spec.PKCS8EncodedKeySpec(
                            stored.path("private").binaryValue())));
        }
    }

    @Test
    void revokesOneToken_atOnceAndForGood() throws IOException {
        PrivateTokens.Issued first = issue(ONE);
        PrivateTokens.Issued second = issue(ONE);
        expectEntry(admit(INVOICE, header(first)));
        finished(tokens().revoke(first.about().id()));
        expect(401, "token revoked", admit(INVOICE, header(first)));
        expectEntry(admit(INVOICE, header(second)));
        finished(tokens().revoke(first.about().id()));
        assertThat(Objects.requireNonNull(tokens().find(first.about().id())).isRevoked())
                .isTrue();
        reopen();
        expect(401, "token revoked", admit(INVOICE, header(first)));
        expectEntry(admit(INVOICE, header(second)));
        assertThatThrownBy(() -> finished(tokens().revoke("0".repeat(32))))
                .isInstanceOf(FailureException.class)
                .hasMessageContaining("no token of this id");
    }

    @Test
    void revokesAllTokensOfAFunction_orOfANamespace_andGivesOutNewOnesWithinTheSameSecond() throws IOException {
        PrivateTokens.Issued one = issue(ONE);
        PrivateTokens.Issued report = issue(new Scope("billing", "report"));
        PrivateTokens.Issued all = issue(ALL);
        expectEntry(admit(INVOICE, header(one)));
        finished(tokens().revokeAll(ONE));
        expect(401, "token revoked", admit(INVOICE, header(one)));
        expectEntry(admit(INVOICE, header(all)));
        expectEntry(admit(REPORT, header(report)));
        expectEntry(admit(INVOICE, header(issue(ONE))));
        finished(tokens().revokeAll(ALL));
        expect(401, "token revoked", admit(REPORT, header(report)));
        expect(401, "token revoked", admit(INVOICE, header(all)));
        reopen();
        expect(401, "token revoked", admit(REPORT, header(report)));
        expectEntry(admit(REPORT, header(issue(ALL))));
        assertThat(tokens().list(ONE)).hasSize(2);
        assertThat(tokens().list(ALL)).hasSize(5);
    }

    @Test
    void changesKeys_andKeepsTheOldOneUntilItIsDropped() throws IOException {
        PrivateTokens.Issued old = issue(ONE);
        String first = tokens().keys("billing").get(0).id();
        PrivateTokens.Key second = done(tokens().rotate("billing"));
        assertThat(tokens().keys("billing"))
                .hasSize(2)
                .filteredOn(PrivateTokens.Key::isSigning)
                .hasSize(1);
        expectEntry(admit(INVOICE, header(old)));
        reopen();
        expectEntry(admit(INVOICE, header(old)));
        finished(tokens().removeKey("billing", first));
        expect(401, "authorization token not valid", admit(INVOICE, header(old)));
        assertThat(tokens().keys("billing")).extracting(PrivateTokens.Key::id).containsExactly(second.id());
        assertThat(second.pem()).startsWith("-----BEGIN RSA PUBLIC KEY-----\n");
        for (int i = 0; i < 7; i++) {
            done(tokens().rotate("billing"));
        }
        assertThatThrownBy(() -> done(tokens().rotate("billing"))).hasMessageContaining("has 8 keys already");
    }

    @Test
    void forgetsEverythingOfANamespaceThatIsGone() {
        PrivateTokens.Issued issued = issue(ONE);
        expectEntry(admit(INVOICE, header(issued)));
        finished(tokens().forget("billing"));
        expect(401, "authorization token not valid", admit(INVOICE, header(issued)));
        assertThat(tokens().list(null)).isEmpty();
        expectEntry(admit(INVOICE, header(issue(ONE))));
    }

    @Test
    void boundsLifetimesAndNumbers() throws IOException {
        Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        for (Instant bad : List.of(now.minusSeconds(1), now.plus(Duration.ofDays(800)))) {
            assertThatThrownBy(() -> done(tokens().issue(ONE, "", bad, "admin")))
                    .isInstanceOf(FailureException.class)
                    .hasMessageContaining("expires_at");
        }
        assertThat(done(tokens().issue(ONE, "", null, "admin")).about().expires())
                .isBetween(now.plus(Duration.ofHours(719)), now.plus(Duration.ofHours(721)));
        reopen("SLUICE_AUTH_PRIVATE_MAX_TOKENS=1", "SLUICE_AUTH_PRIVATE_MAX_LIFETIME=1h");
        assertThatThrownBy(() -> issue(ONE)).hasMessageContaining("expires_at");
        assertThatThrownBy(() -> done(tokens().issue(ONE, "", now.plusSeconds(60), "admin")))
                .hasMessageContaining("SLUICE_AUTH_PRIVATE_MAX_TOKENS");
    }

    private @org.jspecify.annotations.Nullable Instant lastUse(PrivateTokens.Issued issued) {
        return Objects.requireNonNull(tokens().find(issued.about().id())).lastUsed();
    }

    @Test
    void tellsWhenATokenWasLastUsed() throws Exception {
        reopen("SLUICE_AUTH_PRIVATE_LAST_USE_EVERY=1s");
        PrivateTokens.Issued issued = issue(ONE);
        Instant before = Instant.now().minusSeconds(1);
        assertThat(issued.about().lastUsed()).isNull();
        expectEntry(admit(INVOICE, header(issued)));
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (lastUse(issued) == null) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.onSpinWait();
        }
        assertThat(lastUse(issued)).isAfterOrEqualTo(before.truncatedTo(ChronoUnit.SECONDS));
        reopen();
        assertThat(lastUse(issued)).isNotNull();
    }

    @Test
    void keepsKeysSealed_whereThereIsAMasterKey() throws Exception {
        Path master = home.resolve("master");
        Files.writeString(master, Base64.getEncoder().encodeToString(new byte[32]) + "\n");
        reopen("SLUICE_AUTH_MASTER_KEY_FILE=" + master);
        PrivateTokens.Issued issued = issue(ONE);
        reopen("SLUICE_AUTH_MASTER_KEY_FILE=" + master);
        expectEntry(admit(INVOICE, header(issued)));
        expectEntry(admit(INVOICE, header(issue(ONE))));
        reopen();
        expectEntry(admit(INVOICE, header(issued))); // the public half is not sealed
        assertThatThrownBy(() -> issue(ONE)).hasMessageContaining("SLUICE_AUTH_MASTER_KEY_FILE");
        assertThatThrownBy(() -> keyOf("billing")).isInstanceOf(NullPointerException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "short", "AAAA"})
    void refusesAMasterKeyThatIsNone(String content) throws IOException {
        Path master = home.resolve("master");
        Files.writeString(master, content);
        assertThatThrownBy(() -> opened(Map.of("SLUICE_AUTH_MASTER_KEY_FILE", master.toString())))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("openssl rand -base64 32");
    }

    @Test
    void asksForBoth_whereAFunctionWantsATokenOfTheGatewayToo() {
        PrivateTokens.Issued issued = issue(ONE);
        Decision decision =
                IamFixture.settled(access.admit(Fields.of(header(issued)), peer(), INVOICE, Guard.PRIVATE_AND_GATEWAY));
        expect(401, "none is taken here", decision); // no --access: nobody can have such a token
        expect(404, "", access.admit(Fields.of("Host: x"), peer(), INVOICE, Guard.PRIVATE_AND_GATEWAY));
    }

    @Test
    void showsNoTokenInItsWords() {
        PrivateTokens.Issued issued = issue(ONE);
        assertThat(issued.toString()).contains("REDACTED").doesNotContain(issued.token());
    }
}
