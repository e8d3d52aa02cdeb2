package sluice.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.access.token.TestIssuer;
import sluice.core.AccessGate.Decision;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.FunctionName;
import sluice.core.Guard;
import sluice.core.MetricFamily;
import sluice.core.Revocations;
import sluice.core.Revocations.Asked;
import sluice.core.Revocations.Kind;
import sluice.core.TokenDesk;
import sluice.core.TokenDesk.Exchange.Issued;
import sluice.core.TokenDesk.Exchange.Refused;
import sluice.core.TokenDesk.Exchange.Revoked;
import sluice.http.ErrorResponses;

/** Tokens of the gateway that are taken back: by their holders, and by those who may take back those of others. */
class RevocationTest {
    private static final FunctionName ENV = new FunctionName("env", "dev");
    private static final BigInteger ORDER =
            new BigInteger("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16); // of P-256

    @TempDir
    Path home;

    private IamFixture iam;

    @BeforeEach
    void open() throws IOException {
        iam = new IamFixture(home);
    }

    @AfterEach
    void close() {
        iam.close();
    }

    private void reopen(String... settings) throws IOException {
        iam.close();
        iam = new IamFixture(home, settings);
    }

    private Revocations revocations() {
        return Objects.requireNonNull(iam.access.desks().revocations());
    }

    private TokenDesk.Exchange revoke(InetSocketAddress peer, Map<String, List<String>> form) {
        return Objects.requireNonNull(revocations()
                .revoke(new TokenDesk.Request(form, peer, "call-1"))
                .block(Duration.ofSeconds(20)));
    }

    @CanIgnoreReturnValue
    private TokenDesk.Exchange revoke(String token) {
        return revoke(iam.peer(), Map.of("token", List.of(token)));
    }

    @CanIgnoreReturnValue
    private Revocations.Entry add(Kind kind, String issuer, String value, @Nullable Instant until) {
        return Objects.requireNonNull(revocations()
                .add(new Asked(kind, issuer, value, until, "for a test"), "admin")
                .block(Duration.ofSeconds(20)));
    }

    private String api() {
        return ((Issued) iam.exchange(iam.issuer.token())).token();
    }

    private String forFunctions(String subject) {
        return ((Issued) iam.exchange(subject, "scope=function")).token();
    }

    private Decision call(String token) {
        return IamFixture.settled(
                iam.access.admit(Fields.of("Authorization: Bearer " + token), iam.peer(), ENV, Guard.GATEWAY));
    }

    private static void expectRevoked(Decision decision) {
        assertThat(decision).isInstanceOf(Decision.Deny.class);
        Decision.Deny deny = (Decision.Deny) decision;
        assertThat(ErrorResponses.statusOf(deny.reason().failure())).isEqualTo(401);
        assertThat(deny.reason().text()).endsWith("token revoked");
        assertThat(deny.challenges()).singleElement().asString().endsWith("error_description=\"token revoked\"");
    }

    private static void expectEntry(Decision decision) {
        assertThat(decision).isInstanceOf(Decision.Allow.class);
    }

    private static JsonNode claims(String token) throws IOException {
        return new ObjectMapper().readTree(Base64.getUrlDecoder().decode(token.split("\\.", -1)[1]));
    }

    /** The same token under the other signature that fits as well. */
    private static String twin(String token) {
        int dot = token.lastIndexOf('.');
        byte[] signature = Base64.getUrlDecoder().decode(token.substring(dot + 1));
        byte[] other = ORDER.subtract(new BigInteger(1, Arrays.copyOfRange(signature, 32, 64)))
                .toByteArray();
        Arrays.fill(signature, 32, 64, (byte) 0);
        int length = Math.min(32, other.length);
        System.arraycopy(other, other.length - length, signature, 64 - length, length);
        return token.substring(0, dot + 1) + TestIssuer.base64(signature);
    }

    @Test
    void takesATokenBackAtOnce_alsoUnderItsOtherSignature_andForGood() throws IOException {
        String token = api();
        String other = api();
        String twin = twin(token);
        for (String each : List.of(token, other, twin, token)) { // verified, and known from then on
            expectEntry(iam.bearer(each));
        }
        assertThat(twin).isNotEqualTo(token);
        assertThat(revoke(token)).isEqualTo(new Revoked());
        for (int i = 0; i < 2; i++) {
            expectRevoked(iam.bearer(token));
            expectRevoked(iam.bearer(twin));
            expectEntry(iam.bearer(other));
        }
        reopen();
        expectRevoked(iam.bearer(token));
        expectRevoked(iam.bearer(twin));
        expectEntry(iam.bearer(other));
    }

    @Test
    void takesItBackByItsOtherSignatureToo() {
        String token = api();
        assertThat(revoke(twin(token))).isEqualTo(new Revoked());
        expectRevoked(iam.bearer(token));
    }

    private String expired() throws IOException {
        ObjectNode claims = (ObjectNode) claims(api());
        claims.put("iat", Instant.now().getEpochSecond() - 200);
        claims.put("exp", Instant.now().getEpochSecond() - 100);
        return iam.signed(claims);
    }

    @ParameterizedTest
    @ValueSource(strings = {"unknown", "foreign", "stranger", "expired", "cut", "long", "text"})
    void answersWhatIsNoTokenOfIts_inTheSameWay_andKeepsNothing(String what) throws IOException {
        Map<String, Object> posing = iam.stranger.claims();
        posing.put("iss", IamFixture.GATEWAY);
        String token = switch (what) {
            case "unknown" -> iam.stranger.token(posing);
            case "foreign" -> iam.issuer.token();
            case "stranger" -> iam.stranger.token();
            case "expired" -> expired();
            case "cut" -> api().substring(0, 60);
            case "long" -> "x".repeat(60_000);
            default -> "\u0000\r\n..";
        };
        assertThat(revoke(token)).isEqualTo(new Revoked());
        assertThat(revocations().list()).isEmpty();
        expectEntry(iam.bearer(api()));
    }

    @ParameterizedTest
    @CsvSource({"'', token is required", "NONE, token is required", "TWO, token is there twice"})
    void wantsOneToken(String what, String text) {
        Map<String, List<String>> form = new LinkedHashMap<>(Map.of("token_type_hint", List.of("access_token")));
        if (!what.equals("NONE")) {
            form.put("token", what.equals("TWO") ? List.of("a", "a") : List.of(what));
        }
        assertThat(revoke(iam.peer(), form))
                .isEqualTo(new Refused(Failure.INVALID_REQUEST, "invalid_request", text, 0));
    }

    @Test
    void stopsASourceThatSendsWhatIsNoToken() {
        InetSocketAddress guesser = iam.peer();
        for (int i = 0; i < 20; i++) {
            assertThat(revoke(guesser, Map.of("token", List.of("made.up." + i))))
                    .isEqualTo(new Revoked());
        }
        Refused refused = (Refused) revoke(guesser, Map.of("token", List.of("made.up")));
        assertThat(refused.failure()).isEqualTo(Failure.OVERLOADED);
        assertThat(refused.retryAfterSeconds()).isPositive();
        assertThat(revoke(api())).isEqualTo(new Revoked());
        assertThat(revocations().list()).hasSize(1);
    }

    @Test
    void takesTokensForFunctionsBack_withTheOneTheyWereGivenFor() throws IOException {
        String api = api();
        String fromApi = forFunctions(api);
        String fromIssuer = forFunctions(iam.issuer.token());
        Decision known = call(fromIssuer);
        expectEntry(known);
        expectEntry(call(fromApi));
        revoke(api);
        expectRevoked(call(fromApi));
        expectRevoked(call(fromApi));
        assertThat(call(fromIssuer)).as("is still known, without a signature").isSameAs(known);
        assertThat(((Refused) iam.exchange(api, "scope=function")).description())
                .isEqualTo("token revoked");
        revoke(fromIssuer);
        expectRevoked(call(fromIssuer));
        reopen();
        expectRevoked(call(fromApi));
        expectRevoked(call(fromIssuer));
    }

    @ParameterizedTest
    @CsvSource({"gateway, fed:alice", "issuer, alice"})
    void takesAllTokensOfASubjectBack_untilNow_andGivesOutNewOnesWithinTheSameSecond(String issuer, String subject)
            throws IOException {
        boolean isOfIssuer = issuer.equals("issuer");
        Map<String, Object> early = iam.issuer.claims();
        early.put("iat", Instant.now().getEpochSecond() - 5);
        Map<String, Object> late = iam.issuer.claims();
        late.put("iat", Instant.now().getEpochSecond() + 20); // the issuer's clock is ahead
        String function = forFunctions(iam.issuer.token(early));
        String api = ((Issued) iam.exchange(iam.issuer.token(early))).token();
        expectEntry(iam.bearer(api));
        expectEntry(call(function));
        Instant sameSecond = Instant.ofEpochSecond(claims(api).path("iat").asLong());
        Revocations.Entry entry = add(Kind.SUBJECT, isOfIssuer ? iam.issuer.url() : "", subject, sameSecond);
        expectRevoked(iam.bearer(api));
        expectRevoked(call(function));
        assertThat(iam.exchange(iam.issuer.token(early))).isInstanceOf(isOfIssuer ? Refused.class : Issued.class);
        String again = ((Issued) iam.exchange(iam.issuer.token(late))).token();
        assertThat(claims(again).path("iat").asLong()).isGreaterThan(sameSecond.getEpochSecond());
        expectEntry(iam.bearer(again));
        expectEntry(call(forFunctions(iam.issuer.token(late))));
        add(Kind.SUBJECT, isOfIssuer ? iam.issuer.url() : "", subject, sameSecond.minusSeconds(60));
        expectRevoked(iam.bearer(api)); // an earlier time takes nothing back
        assertThat(revocations().list()).hasSize(1);
        revocations().lift(entry.id()).block(Duration.ofSeconds(20));
        expectEntry(iam.bearer(api));
        assertThat(revocations().list()).isEmpty();
    }

    @Test
    void takesATokenBackByItsName_andWhatWasMadeOfAnIssuersToken() throws IOException {
        String api = api();
        String subject = iam.issuer.token();
        String made = ((Issued) iam.exchange(subject)).token();
        Revocations.Entry entry = add(Kind.TOKEN, "", claims(api).path("jti").asText(), null);
        expectRevoked(iam.bearer(api));
        add(Kind.TOKEN, iam.issuer.url(), claims(subject).path("jti").asText(), null);
        expectRevoked(iam.bearer(made));
        assertThat(((Refused) iam.exchange(subject)).description()).isEqualTo("token revoked");
        assertThatThrownBy(() -> revocations().lift(entry.id()).block(Duration.ofSeconds(20)))
                .isInstanceOfSatisfying(
                        FailureException.class, e -> assertThat(e.failure()).isEqualTo(Failure.CONFLICT));
        assertThatThrownBy(() -> revocations().lift("0".repeat(32)).block(Duration.ofSeconds(20)))
                .isInstanceOfSatisfying(
                        FailureException.class, e -> assertThat(e.failure()).isEqualTo(Failure.NOT_FOUND));
    }

    @Test
    void takesAnIssuersTokenBack_whereItCountsWithoutAnExchange() throws IOException {
        reopen("SLUICE_AUTH_IAM_ACCEPT_FEDERATED_BEARER=true");
        String token = iam.issuer.token();
        expectEntry(iam.bearer(token));
        add(Kind.TOKEN, iam.issuer.url(), claims(token).path("jti").asText(), null);
        expectRevoked(iam.bearer(token));
        expectRevoked(iam.bearer(twin(token)));
        Map<String, Object> nameless = iam.issuer.claims();
        nameless.remove("jti");
        String unnamed = iam.issuer.token(nameless);
        Decision.Allow allow = (Decision.Allow) iam.bearer(unnamed);
        add(Kind.TOKEN, iam.issuer.url(), allow.identity().tokenId(), null);
        expectRevoked(iam.bearer(unnamed));
        expectRevoked(iam.bearer(twin(unnamed)));
    }

    @ParameterizedTest
    @CsvSource({
        "CERTIFICATE, abc, 0, sha256",
        "CERTIFICATE, g, 0, sha256",
        "SUBJECT, alice, 3600, not_before",
    })
    void refusesWhatIsNotWellAskedFor(Kind kind, String value, int ahead, String field) {
        Instant until = kind == Kind.SUBJECT ? Instant.now().plusSeconds(ahead) : null;
        assertThatThrownBy(() -> add(kind, "", value, until)).isInstanceOfSatisfying(FailureException.class, e -> {
            assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
            assertThat(e.text()).contains(field);
        });
    }

    @Test
    void keepsSoMany_andRoomForSubjects() throws IOException {
        reopen("SLUICE_AUTH_REVOCATION_MAX_RECORDS=1");
        String first = api();
        String second = api();
        assertThat(revoke(first)).isEqualTo(new Revoked());
        Refused refused = (Refused) revoke(second);
        assertThat(refused.failure()).isEqualTo(Failure.UNAVAILABLE);
        assertThat(refused.error()).isEqualTo("temporarily_unavailable");
        assertThat(refused.description()).contains("SLUICE_AUTH_REVOCATION_MAX_RECORDS");
        expectEntry(iam.bearer(second));
        assertThat(revoke(first)).as("is kept already").isEqualTo(new Revoked());
        add(Kind.SUBJECT, "", "fed:alice", null);
        expectRevoked(iam.bearer(second));
    }

    @Test
    void tellsWhatIsRevoked_butNoToken() throws IOException {
        String token = api();
        revoke(token);
        add(Kind.SUBJECT, iam.issuer.url(), "mallory", null);
        assertThat(revocations().list())
                .extracting(Revocations.Entry::value)
                .containsExactlyInAnyOrder(claims(token).path("jti").asText(), "mallory");
        List<MetricFamily.Sample> samples = Objects.requireNonNull(
                        iam.access.collect().block())
                .stream()
                .filter(family -> family.name().equals("sluice_revocations"))
                .flatMap(family -> family.samples().stream())
                .toList();
        assertThat(samples)
                .extracting(sample -> sample.labels().get("kind") + " " + (int) sample.value())
                .containsExactly("private 0", "jti 1", "sub 1", "cert 0");
        iam.access.close();
        String audit = Files.readString(home.resolve("audit.json"));
        assertThat(audit).contains("\"Token:Revoke\"", claims(token).path("jti").asText());
        for (String part : token.split("\\.", -1)) {
            assertThat(audit).doesNotContain(part);
        }
        assertThat(Files.readString(home.resolve("access/access.db"), StandardCharsets.ISO_8859_1))
                .doesNotContain(token.substring(token.lastIndexOf('.')));
    }
}
