package sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sluice.http.RawHttp;

/** Tokens that are taken back, through a whole gateway. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class RevocationTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    static Path home;

    private static TrustingGateway trusting;

    @BeforeAll
    static void start() throws Exception {
        trusting = new TrustingGateway(
                home, """
                [{sid: a, effect: Allow, action: ["Function:List", "Function:Logs"], resource: ["openfaas-fn:*"]},
                 {sid: b, effect: Allow, action: ["Function:Invoke"], resource: ["openfaas-fn:*"]}]""".replace("\n", ""), Map.of("auditing", "true", "SLUICE_WATCH_RECHECK", "1s"));
        trusting.deploy("guarded", "\"annotations\":{\"sluice_jwt_auth\":\"true\"}");
        trusting.deploy("watched", "\"envVars\":{\"jwt_auth\":\"true\"}");
        trusting.deploy("secret", "\"privacy\":\"private\"");
    }

    @AfterAll
    static void stop() {
        trusting.close();
    }

    private static RawHttp.Reply form(String path, String form) {
        return RawHttp.exchange(trusting.port(), "POST", path, form, "Content-Type: application/x-www-form-urlencoded");
    }

    private static String token(String subject, String more) throws IOException {
        RawHttp.Reply reply = form(
                "/oauth/token",
                "grant_type=" + encoded("urn:ietf:params:oauth:grant-type:token-exchange")
                        + "&subject_token_type=" + encoded("urn:ietf:params:oauth:token-type:id_token")
                        + "&subject_token=" + encoded(subject) + more);
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        return JSON.readTree(reply.body()).path("access_token").asText();
    }

    private static String api() throws IOException {
        return token(trusting.issuer.token(), "");
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static RawHttp.Reply list(String token) {
        return RawHttp.exchange(trusting.port(), "GET", "/system/functions", "", "Authorization: Bearer " + token);
    }

    private static JsonNode claims(String token) throws IOException {
        return JSON.readTree(Base64.getUrlDecoder().decode(token.split("\\.", -1)[1]));
    }

    private static void expectRevoked(RawHttp.Reply reply) {
        assertThat(reply.status()).isEqualTo(401);
        assertThat(reply.body()).contains("token revoked");
        assertThat(reply.field("WWW-Authenticate")).endsWith("error_description=\"token revoked\"");
        assertThat(reply.field("Cache-Control")).isEqualTo("no-store");
    }

    @Test
    void aHolderTakesHisTokenBack() throws Exception {
        RawHttp.Reply discovery = RawHttp.exchange(trusting.port(), "GET", "/.well-known/openid-configuration", "");
        assertThat(JSON.readTree(discovery.body()).path("revocation_endpoint").asText())
                .isEqualTo("https://gw.example.net/oauth/revoke");
        String token = api();
        assertThat(list(token).status()).isEqualTo(200);
        RawHttp.Reply revoked = form("/oauth/revoke", "token=" + encoded(token) + "&token_type_hint=access_token");
        assertThat(revoked.status()).as(revoked.body()).isEqualTo(200);
        assertThat(revoked.body()).isEmpty();
        assertThat(revoked.field("Cache-Control")).isEqualTo("no-store");
        expectRevoked(list(token));
        Path audit = home.resolve("data/audit.json");
        Patience.until(
                "it is written down",
                () -> Files.exists(audit) && Files.readString(audit).contains("\"Token:Revoke\""));
        assertThat(Files.readString(audit)).doesNotContain(token.substring(token.lastIndexOf('.')));
    }

    @ParameterizedTest
    @CsvSource({
        "token=made.up.token, 200, ''",
        "token_type_hint=access_token, 400, token is required",
        "token=a&token=b, 400, token is there twice",
        "'', 400, token is required"
    })
    void tellsNothingOfOtherTokens_andWantsOne(String form, int status, String text) {
        RawHttp.Reply reply = form("/oauth/revoke", form);
        assertThat(reply.status()).as(reply.body()).isEqualTo(status);
        assertThat(reply.body()).contains(text);
        assertThat(reply.field("Cache-Control")).isEqualTo("no-store");
    }

    @Test
    void endsWhatSomebodyReads_whenHisTokenIsTakenBack() throws Exception {
        String token = api();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), trusting.port())) {
            socket.setSoTimeout(20_000);
            String request = "GET /system/logs?name=guarded&follow=true HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                    + "Authorization: Bearer " + token + "\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(socket.getInputStream().readNBytes(15), StandardCharsets.US_ASCII))
                    .isEqualTo("HTTP/1.1 200 OK");
            assertThat(form("/oauth/revoke", "token=" + encoded(token)).status())
                    .isEqualTo(200);
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                    .as("the stream has an end")
                    .endsWith("0\r\n\r\n");
        }
    }

    @Test
    void takesNoTokenFromAQuery_norFromJson() {
        assertThat(form("/oauth/revoke?token=x", "token=x").status()).isEqualTo(400);
        assertThat(RawHttp.exchange(trusting.port(), "POST", "/oauth/revoke", "{\"token\":\"x\"}")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void anOperatorTakesAllTokensOfASubjectBack_andGivesThemBack() throws IOException {
        Map<String, Object> other = trusting.issuer.claims();
        other.put("sub", "bob");
        String bob = token(trusting.issuer.token(other), "");
        String alice = api();
        assertThat(list(bob).status()).isEqualTo(200);
        RawHttp.Reply made = trusting.system(
                "POST",
                "/system/revocations",
                "{\"kind\":\"sub\",\"issuer\":\"" + trusting.issuer.url()
                        + "\",\"subject\":\"bob\",\"reason\":\"left the company\"}");
        assertThat(made.status()).as(made.body()).isEqualTo(201);
        String id = JSON.readTree(made.body()).path("id").asText();
        expectRevoked(list(bob));
        assertThat(list(alice).status()).isEqualTo(200);
        JsonNode listed = JSON.readTree(
                trusting.system("GET", "/system/revocations?page_size=100", "").body());
        assertThat(listed.path("revocations").findValuesAsText("subject")).contains("bob");
        assertThat(trusting.system("DELETE", "/system/revocations/" + id, "").status())
                .isEqualTo(204);
        assertThat(list(bob).status()).isEqualTo(200);
        assertThat(RawHttp.exchange(
                                trusting.port(),
                                "POST",
                                "/system/revocations",
                                "{\"kind\":\"jti\",\"jti\":\"x\"}",
                                "Authorization: Bearer " + alice)
                        .status())
                .as("not everybody may")
                .isEqualTo(403);
    }

    @ParameterizedTest
    @CsvSource({
        "'{}', kind",
        "'{\"kind\":\"JTI\",\"jti\":\"x\"}', kind",
        "'{\"kind\":\"jti\",\"subject\":\"x\"}', jti",
        "'{\"kind\":\"sub\"}', subject",
        "'{\"kind\":\"sub\",\"subject\":\"a\",\"not_before\":\"yesterday\"}', not_before",
        "'{\"kind\":\"sub\",\"subject\":\"a\",\"not_before\":\"2099-01-01T00:00:00Z\"}', not_before",
        "'{\"kind\":\"jti\",\"jti\":\"a\",\"not_before\":\"2001-01-01T00:00:00Z\"}', not_before",
        "'{\"kind\":\"cert\",\"sha256\":\"00:11\"}', sha256"
    })
    void namesTheFieldThatIsWrong(String body, String field) throws IOException {
        RawHttp.Reply reply = trusting.system("POST", "/system/revocations", body);
        assertThat(reply.status()).as(reply.body()).isEqualTo(400);
        assertThat(reply.body()).contains(field);
    }

    private static JsonNode call(String id) throws IOException {
        return JSON.readTree(trusting.system("GET", "/async-function/" + id, "").body());
    }

    @ParameterizedTest
    @CsvSource({"guarded, itself", "watched, itself", "guarded, parent", "guarded, subject", "secret, itself"})
    void aCallThatWaits_isNotMadeForATokenThatWasTakenBack(String function, String what) throws Exception {
        boolean isPrivate = function.equals("secret");
        String api = api();
        String token;
        if (isPrivate) {
            token = JSON.readTree(trusting.system("POST", "/system/tokens", "{\"function_id\":\"secret.openfaas-fn\"}")
                            .body())
                    .path("token")
                    .asText();
        } else {
            token = token(what.equals("parent") ? api : trusting.issuer.token(), "&scope=function");
        }
        String carrier = isPrivate ? "X-Sluice-Token: " : "Authorization: Bearer ";
        RawHttp.Reply kept = RawHttp.exchange(
                trusting.port(), "POST", "/async-function/" + function, "", carrier + token, "X-Sluice-Delay: 2s");
        assertThat(kept.status()).as(kept.body()).isEqualTo(202);
        String id = kept.field("X-Call-Id");
        RawHttp.Reply revoked = isPrivate
                ? trusting.system(
                        "DELETE", "/system/tokens/" + claims(token).path("jti").asText(), "")
                : switch (what) {
                    case "itself" -> form("/oauth/revoke", "token=" + encoded(token));
                    case "parent" -> form("/oauth/revoke", "token=" + encoded(api));
                    default ->
                        trusting.system(
                                "POST",
                                "/system/revocations",
                                "{\"kind\":\"sub\",\"issuer\":\"" + trusting.issuer.url()
                                        + "\",\"subject\":\"alice\"}");
                };
        assertThat(revoked.status()).as(revoked.body()).isBetween(200, 204);
        Patience.until(
                "it has come to nothing", () -> call(id).path("state").asText().equals("dead"));
        JsonNode call = call(id);
        assertThat(call.path("reason").asText()).isEqualTo("unauthorized: token revoked");
        assertThat(call.path("httpStatus").asInt()).isEqualTo(401);
        if (what.equals("subject")) {
            String entry = JSON.readTree(revoked.body()).path("id").asText();
            assertThat(trusting.system("DELETE", "/system/revocations/" + entry, "")
                            .status())
                    .isEqualTo(204);
        }
        String fresh = isPrivate
                ? JSON.readTree(trusting.system("POST", "/system/tokens", "{\"function_id\":\"secret.openfaas-fn\"}")
                                .body())
                        .path("token")
                        .asText()
                : token(trusting.issuer.token(), "&scope=function");
        assertThat(RawHttp.exchange(
                                trusting.port(),
                                "POST",
                                "/async-function/" + function,
                                "",
                                carrier + fresh,
                                "Prefer: wait=20")
                        .status())
                .isEqualTo(200);
    }
}
