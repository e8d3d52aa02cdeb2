package sluice.access;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.access.token.TestIssuer;
import sluice.core.AccessGate.Decision;
import sluice.core.Action;
import sluice.core.Failure;
import sluice.core.TokenDesk.Exchange.Issued;
import sluice.core.TokenDesk.Exchange.Refused;

class TokenExchangeTest {
    private static final String GRANT = "grant_type";
    private static final String TOKEN = "subject_token";

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

    private static JsonNode claims(Issued issued) {
        try {
            return new ObjectMapper()
                    .readTree(Base64.getUrlDecoder().decode(issued.token().split("\\.", -1)[1]));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private Refused refused(String token, String... more) {
        return (Refused) iam.exchange(token, more);
    }

    @Test
    void givesATokenThatCountsOnSystem_whereTheIssuersDoesNot() {
        String subject = iam.issuer.token();
        assertThat(((Decision.Deny) iam.bearer(subject)).reason().text()).contains("exchange");

        Issued issued = (Issued) iam.exchange(subject);
        assertThat(issued.expiresInSeconds()).isEqualTo(1_200);
        Decision.Allow allow = (Decision.Allow) iam.bearer(issued.token());
        assertThat(allow.grant()).isEqualTo("reader/read");
        assertThat(allow.identity().subject()).isEqualTo("fed:alice");
        assertThat(allow.identity().originalIssuer()).isEqualTo(iam.issuer.url());
        assertThat(allow.rights().permit(Action.FUNCTION_LIST, "prod")).isFalse();
        assertThat(iam.ask(Action.SYSTEM_INFO, "*", "Bearer " + issued.token())).isInstanceOf(Decision.Deny.class);
        JsonNode claims = claims(issued);
        assertThat(claims.path("iss").asText()).isEqualTo(IamFixture.GATEWAY);
        assertThat(claims.path("aud").asText()).isEqualTo(IamFixture.GATEWAY);
        assertThat(claims.path("policy").toString()).isEqualTo("[\"reader\"]");
        assertThat(claims.path("exp").asLong() - claims.path("iat").asLong()).isEqualTo(1_200);
    }

    @Test
    void giveNobodyARight_becauseHisIssuerLetHimWriteIt() {
        Map<String, Object> claims = iam.issuer.claims();
        claims.put("policy", List.of("root-user"));
        claims.put("function", Map.of("permissions", List.of("*")));
        claims.put("fed:iss", "https://root.example.net");
        claims.put("token_use", "workload");
        claims.put("application_claim", List.of());
        claims.put("nonce", "n");
        claims.put("team", "blue");
        JsonNode issued = claims((Issued) iam.exchange(iam.issuer.token(claims)));
        assertThat(issued.path("policy").toString()).isEqualTo("[\"reader\"]");
        assertThat(issued.path("fed:iss").asText()).isEqualTo(iam.issuer.url());
        assertThat(issued.path("token_use").asText()).isEqualTo("api");
        assertThat(issued.has("function") || issued.has("application_claim") || issued.has("nonce"))
                .isFalse();
        assertThat(issued.path("team").asText()).isEqualTo("blue");
    }

    /** Row 30 of the hostile cases: signed by this gateway's key, but for something else. */
    @ParameterizedTest(name = "30 {0}")
    @ValueSource(strings = {"function", "private", "workload"})
    void takesNoTokenOfAnotherUse(String use) throws IOException {
        ObjectNode claims = (ObjectNode) claims((Issued) iam.exchange(iam.issuer.token()));
        claims.put("token_use", use);

        Decision.Deny denial = (Decision.Deny) iam.bearer(iam.signed(claims));

        assertThat(denial.reason().failure()).isEqualTo(Failure.NOT_AUTHENTICATED);
        assertThat(denial.reason().text()).isEqualTo("wrong token type");
    }

    @Test
    void givesATokenForFunctions_narrowedToWhatIsAskedFor() {
        Issued issued = (Issued) iam.exchange(iam.issuer.token(), "scope=function", "audience=dev:env");
        assertThat(issued.scope()).isEqualTo("function");
        JsonNode function = claims(issued).path("function");
        assertThat(function.toString()).isEqualTo("{\"permissions\":[\"dev:env\"],\"audience\":[\"dev:env\"]}");
        assertThat(((Decision.Deny) iam.bearer(issued.token())).reason().text()).isEqualTo("wrong token type");

        Issued api = (Issued) iam.exchange(iam.issuer.token());
        JsonNode fromApi = claims((Issued) iam.exchange(api.token(), "scope=function"));
        assertThat(fromApi.path("fed:api_jti").asText())
                .isEqualTo(claims(api).path("jti").asText());
        assertThat(fromApi.path("exp").asLong())
                .isLessThanOrEqualTo(claims(api).path("exp").asLong());
        assertThat(refused(issued.token(), "scope=function").description()).isEqualTo("wrong token type");
        assertThat(refused(api.token()).error()).isEqualTo("invalid_request");
        assertThat(refused(iam.issuer.token(), "scope=function", "audience=other:fn")
                        .error())
                .isEqualTo("invalid_target");
        assertThat(refused(iam.issuer.token(), "scope=function", "audience=dev:*")
                        .error())
                .isEqualTo("invalid_target");
    }

    @Test
    void keepsTokensForSystemFromFunctions_andNoOthers() {
        Issued api = (Issued) iam.exchange(iam.issuer.token());
        Issued function = (Issued) iam.exchange(iam.issuer.token(), "scope=function");
        assertThat(iam.access.isOwnCredential("Bearer " + api.token())).isTrue();
        assertThat(iam.access.isOwnCredential("bEARER " + api.token())).isTrue();
        for (String value : List.of(
                "Bearer " + function.token(),
                "Bearer " + iam.issuer.token(),
                "Bearer x",
                "Bearer a.%.c",
                "Bearer ",
                "x")) {
            assertThat(iam.access.isOwnCredential(value)).as(value).isFalse();
        }
    }

    @Test
    void saysWhoHasNoPolicy() {
        Map<String, Object> claims = iam.issuer.claims();
        claims.put("sub", "mallory");
        assertThat(refused(iam.issuer.token(claims)))
                .isEqualTo(new Refused(
                        Failure.INVALID_REQUEST, "invalid_request", "No policies found for subject: mallory", 0));
        assertThat(refused(iam.other.token()).description()).startsWith("No policies found");
        assertThat(refused(iam.stranger.token()).description()).isEqualTo("unknown issuer");
        assertThat(refused("not.a.token").error()).isEqualTo("invalid_request");
    }

    static Stream<Arguments> forms() {
        return Stream.of(
                Arguments.of(GRANT, List.of("password"), "unsupported_grant_type"),
                Arguments.of(GRANT, List.of(), "invalid_request"),
                Arguments.of(TOKEN, List.of("a", "b"), "invalid_request"),
                Arguments.of(TOKEN, List.of(""), "invalid_request"),
                Arguments.of("subject_token_type", List.of("urn:x"), "invalid_request"),
                Arguments.of("requested_token_type", List.of("urn:x"), "invalid_request"),
                Arguments.of("scope", List.of("admin"), "invalid_scope"),
                Arguments.of("resource", List.of("x"), "invalid_target"),
                Arguments.of("audience", List.of("https://other.example.net"), "invalid_target"),
                Arguments.of("audience", java.util.Collections.nCopies(33, IamFixture.GATEWAY), "invalid_request"),
                Arguments.of("actor_token", List.of("x"), "invalid_request"));
    }

    @ParameterizedTest
    @MethodSource("forms")
    void refusesAFormThatIsWrong(String field, List<String> values, String error) {
        Map<String, List<String>> form = new LinkedHashMap<>(Map.of(
                GRANT,
                List.of("urn:ietf:params:oauth:grant-type:token-exchange"),
                "subject_token_type",
                List.of("urn:ietf:params:oauth:token-type:id_token"),
                TOKEN,
                List.of(iam.issuer.token())));
        form.put(field, values);
        if (values.isEmpty()) {
            form.remove(field);
        }
        assertThat(((Refused) iam.exchange(form)).error()).isEqualTo(error);
    }

    @Test
    void isUnavailable_whenTheIssuerNeverAnswered_andGoesOnWithKnownKeys() {
        iam.issuer.mood = TestIssuer.Mood.FAILING;
        Refused refused = refused(iam.issuer.token());
        assertThat(refused.failure()).isEqualTo(Failure.UNAVAILABLE);
        assertThat(refused.error()).isEqualTo("temporarily_unavailable");
        assertThat(refused.description()).contains(iam.issuer.url()).doesNotContain("alice");
    }

    @Test
    void isUnavailable_whenTheIssuerCallsItselfSomethingElse() {
        iam.issuer.mood = TestIssuer.Mood.OF_ANOTHER_NAME;
        assertThat(refused(iam.issuer.token()).failure()).isEqualTo(Failure.UNAVAILABLE);
    }

    @Test
    void refusesATokenThatLivesTooLong() {
        Map<String, Object> claims = iam.issuer.claims();
        claims.put("exp", Instant.now().getEpochSecond() + 25 * 3_600);
        Refused refused = refused(iam.issuer.token(claims));
        assertThat(refused.failure()).isEqualTo(Failure.INVALID_REQUEST);
        assertThat(refused.error()).isEqualTo("invalid_request");
        assertThat(refused.description()).isEqualTo("token lifetime too long");
    }

    @Test
    void slowsDownWhoAsksTooOften() {
        java.net.InetSocketAddress peer = iam.peer();
        for (int i = 0; i < 30; i++) {
            assertThat(((Refused) iam.exchange(Map.of(), peer)).error()).isEqualTo("invalid_request");
        }
        Refused refused = (Refused) iam.exchange(Map.of(), peer);
        assertThat(refused.failure()).isEqualTo(Failure.OVERLOADED);
        assertThat(refused.retryAfterSeconds()).isPositive();
    }

    @Test
    void anEditedPolicyActsAtOnce_andARemovedIssuerIsForgotten() throws IOException {
        Issued issued = (Issued) iam.exchange(iam.issuer.token());
        assertThat(iam.bearer(issued.token())).isInstanceOf(Decision.Allow.class);
        Path file = home.resolve("access.d/all.yaml");
        String text = Files.readString(file);
        replace(file, text.replace("Function:List", "Function:Get"));
        await(() -> iam.bearer(issued.token()) instanceof Decision.Deny);
        replace(file, text.replace(iam.issuer.url(), "https://gone.example.net"));
        await(() -> iam.exchange(iam.issuer.token()) instanceof Refused refused
                && refused.description().equals("unknown issuer"));
    }

    private void replace(Path file, String text) throws IOException {
        Path fresh = Files.writeString(home.resolve("fresh"), text);
        Files.move(fresh, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }

    private static void await(java.util.function.BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
        }
    }

    @Test
    void keepsItsKeyOverRestarts_forItsOwnerOnly() throws IOException {
        Issued issued = (Issued) iam.exchange(iam.issuer.token());
        Path key = home.resolve("access/issuer.key");
        assertThat(java.nio.file.attribute.PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
                .isEqualTo("rw-------");
        try (IamFixture again = new IamFixture(home)) {
            // other issuers now, so other roles; the token is still known to be ours
            assertThat(again.bearer(issued.token())).isInstanceOf(Decision.Allow.class);
        }
    }
}
