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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sluice.http.RawHttp;

/** Functions that ask who is calling, through a whole gateway, as {@code faas-cli invoke} calls them. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class GuardedFunctionTest {
    @TempDir
    static Path home;

    private static TrustingGateway trusting;

    @BeforeAll
    static void start() throws Exception {
        trusting = new TrustingGateway(home, """
                [{sid: call, effect: Allow, action: ["Function:Invoke"], resource: ["openfaas-fn:guarded", "openfaas-fn:watched"]}]
                """.strip(), Map.of("gateway_url", "http://gateway.openfaas:8080"));
        trusting.deploy("guarded", "\"annotations\":{\"sluice_jwt_auth\":\"true\"}");
        trusting.deploy("watched", "\"envVars\":{\"jwt_auth\":\"true\"}");
        trusting.deploy("open", "\"labels\":{}");
    }

    @AfterAll
    static void stop() {
        trusting.close();
    }

    private static RawHttp.Reply call(String name, String... headers) {
        return RawHttp.exchange(trusting.port(), "POST", "/function/" + name, "body", headers);
    }

    private static String token(String more) throws IOException {
        String form = "grant_type=" + encoded("urn:ietf:params:oauth:grant-type:token-exchange")
                + "&subject_token_type=" + encoded("urn:ietf:params:oauth:token-type:id_token")
                + "&subject_token=" + encoded(trusting.issuer.token()) + more;
        RawHttp.Reply reply = RawHttp.exchange(
                trusting.port(), "POST", "/oauth/token", form, "Content-Type: application/x-www-form-urlencoded");
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        return new ObjectMapper().readTree(reply.body()).path("access_token").asText();
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    @Test
    void asksForAToken_inTheWordsThatFaasCliLooksFor() {
        RawHttp.Reply reply = call("guarded");
        assertThat(reply.status()).isEqualTo(401);
        assertThat(reply.field("WWW-Authenticate")).isEqualTo("Bearer realm=\"IAM function invoke\"");
        assertThat(reply.field("X-OpenFaaS-Internal")).isEqualTo("gateway");
        assertThat(reply.body()).startsWith("Bearer must be present in Authorization header");
        assertThat(call("open").status()).isEqualTo(200);
    }

    @Test
    void letsTheHolderOfATokenIn_andKeepsTheTokenFromTheFunction() throws IOException {
        String bearer = "Authorization: Bearer " + token("&scope=function&audience=openfaas-fn%3Aguarded");
        for (int i = 0; i < 3; i++) { // verified, then known
            RawHttp.Reply reply = call("guarded", bearer);
            assertThat(reply.status()).as(reply.body()).isEqualTo(200);
            assertThat(reply.body()).contains("Http_Method=POST").doesNotContain("Http_Authorization");
        }
        assertThat(call("watched", bearer).status()).as("not in its audience").isEqualTo(403);
        assertThat(call("guarded", "Authorization: Bearer " + token("")).body()).contains("wrong token type");
        assertThat(call("guarded", "Authorization: Bearer x").status()).isEqualTo(401);
        assertThat(call("guarded", "Authorization: " + trusting.gateway.authorization())
                        .status())
                .isEqualTo(401);
    }

    @Test
    void keepsATokenForSystemFromOpenFunctions() throws IOException {
        assertThat(call("open", "Authorization: Bearer " + token("")).body()).doesNotContain("Http_Authorization");
        assertThat(call("open", "Authorization: Bearer its.own.token").body()).contains("Http_Authorization");
    }

    @Test
    void aCallThatIsMadeLaterHasAFreshToken_andNoneLiesInTheJournal() throws IOException {
        String token = token("&scope=function&audience=openfaas-fn%3Awatched");
        String bearer = "Authorization: Bearer " + token;
        RawHttp.Reply accepted =
                RawHttp.exchange(trusting.port(), "POST", "/async-function/watched", "", bearer, "X-Sluice-Delay: 1s");
        assertThat(accepted.status()).as(accepted.body()).isEqualTo(202);
        for (Path file : journalFiles()) {
            assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
                    .as(file.toString())
                    .doesNotContain(token.substring(0, 20));
        }
        String path = "/async-function/" + accepted.field("X-Call-Id") + "/result?wait=20s";
        RawHttp.Reply result = RawHttp.exchange(trusting.port(), "GET", path, "", bearer);
        assertThat(result.status()).as(result.body()).isEqualTo(200);
        Matcher fresh = Pattern.compile("Http_Authorization=Bearer ([^\\s]+)").matcher(result.body());
        assertThat(fresh.find()).as(result.body()).isTrue();
        assertThat(fresh.group(1)).isNotEqualTo(token);

        JsonNode claims = claims(fresh.group(1));
        JsonNode asked = claims(token);
        assertThat(claims.path("sub")).isEqualTo(asked.path("sub"));
        assertThat(claims.path("fed:jti")).isEqualTo(asked.path("jti"));
        assertThat(claims.path("exp").asLong() - claims.path("iat").asLong()).isEqualTo(60);
        assertThat(claims.path("function").path("permissions")).hasSize(1);
        assertThat(call("watched", "Authorization: Bearer " + fresh.group(1)).status())
                .isEqualTo(200);
        assertThat(call("guarded", "Authorization: Bearer " + fresh.group(1)).status())
                .as("good for one function")
                .isEqualTo(403);
    }

    @Test
    void aGuardThatIsTheGatewaysAlone_keepsTokensFromTheFunctionLaterToo() throws IOException {
        String bearer = "Authorization: Bearer " + token("&scope=function&audience=openfaas-fn%3Aguarded");
        RawHttp.Reply result =
                RawHttp.exchange(trusting.port(), "POST", "/async-function/guarded", "", bearer, "Prefer: wait=20");
        assertThat(result.status()).as(result.body()).isEqualTo(200);
        assertThat(result.body()).contains("Http_Method=POST").doesNotContain("Http_Authorization");
        assertThat(RawHttp.exchange(trusting.port(), "POST", "/async-function/guarded", "")
                        .status())
                .isEqualTo(401);
    }

    @Test
    void anIdempotencyKeyBelongsToWhoWasAdmitted_whateverTheToken() throws IOException {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            String bearer = "Authorization: Bearer " + token("&scope=function&audience=openfaas-fn%3Aguarded");
            RawHttp.Reply accepted = RawHttp.exchange(
                    trusting.port(), "POST", "/async-function/guarded", "x", bearer, "Idempotency-Key: once");
            assertThat(accepted.status()).as(accepted.body()).isBetween(200, 202);
            ids.add(accepted.field("X-Call-Id"));
        }
        assertThat(ids.get(0)).isNotEmpty().isEqualTo(ids.get(1));
    }

    @Test
    void refusesACallbackToAFunctionThatAsksForAToken_whenTheCallIsHandedIn() {
        RawHttp.Reply reply = RawHttp.exchange(
                trusting.port(),
                "POST",
                "/async-function/open",
                "",
                "X-Callback-Url: http://gateway.openfaas:8080/function/guarded");
        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.body()).contains("X-Callback-Url names a function that asks for a token");
        assertThat(RawHttp.exchange(
                                trusting.port(),
                                "POST",
                                "/async-function/open",
                                "",
                                "X-Callback-Url: http://gateway.openfaas:8080/function/open")
                        .status())
                .isEqualTo(202);
    }

    private static List<Path> journalFiles() throws IOException {
        try (Stream<Path> files = Files.walk(home.resolve("data/calls"))) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    private static JsonNode claims(String token) throws IOException {
        return new ObjectMapper().readTree(Base64.getUrlDecoder().decode(token.split("\\.", -1)[1]));
    }

    @Test
    void refusesAnAnnotationThatIsNeitherTrueNorFalse() throws IOException {
        String json = "{\"service\":\"typo\",\"image\":\"i\",\"annotations\":{\"sluice_jwt_auth\":\"ture\"}}";
        RawHttp.Reply reply = trusting.system("POST", "/system/functions", json);
        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.body()).contains("annotations.sluice_jwt_auth", "must be true or false");
    }
}
