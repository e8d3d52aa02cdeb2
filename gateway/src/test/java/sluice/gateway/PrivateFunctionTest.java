package sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
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

/** Private functions and their tokens, through a whole gateway and as clients of Scaleway use them. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class PrivateFunctionTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    static Path home;

    private static TrustingGateway trusting;

    @BeforeAll
    static void start() throws Exception {
        trusting = new TrustingGateway(
                home,
                """
                [{sid: a, effect: Allow, action: ["Token:*"], resource: ["openfaas-fn:*"]},
                 {sid: b, effect: Allow, action: ["Function:Invoke"], resource: ["openfaas-fn:secret"]}]""".replace("\n", ""),
                Map.of("SLUICE_AUTH_IAM_ACCEPT_FEDERATED_BEARER", "true", "auditing", "true"));
        trusting.deploy("secret", "\"annotations\":{\"sluice_privacy\":\"private\"}");
        trusting.deploy("other", "\"privacy\":\"private\"");
        trusting.deploy("open", "\"privacy\":\"public\"");
    }

    @AfterAll
    static void stop() {
        trusting.close();
    }

    private static RawHttp.Reply system(String method, String path, String json) throws IOException {
        return trusting.system(method, path, json);
    }

    private static RawHttp.Reply call(String path, String... headers) {
        return RawHttp.exchange(trusting.port(), "POST", path, "body", headers);
    }

    private static JsonNode issue(String query) throws IOException {
        RawHttp.Reply reply = system("GET", "/system/issue-jwt?" + query, "");
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(reply.field("Cache-Control")).isEqualTo("no-store");
        return JSON.readTree(reply.body());
    }

    /** An answer without what differs from one to the next of the same kind. */
    private static List<String> comparable(RawHttp.Reply reply, String name) {
        List<String> lines = new java.util.ArrayList<>(reply.fields().stream()
                .filter(field -> !field.matches("(?i)(x-call-id|x-start-time|x-duration-seconds|date): .*"))
                .toList());
        lines.add(reply.status() + " " + reply.body().replace(name, "NAME"));
        return lines;
    }

    @ParameterizedTest
    @CsvSource({"POST, /function/", "GET, /function/", "POST, /async-function/", "HEAD, /function/"})
    void looksLikeNoFunctionAtAll_toThoseWithoutAToken(String method, String prefix) {
        RawHttp.Reply hidden = RawHttp.exchange(trusting.port(), method, prefix + "secret", "");
        RawHttp.Reply missing = RawHttp.exchange(trusting.port(), method, prefix + "absent", "");
        assertThat(hidden.status()).isEqualTo(404);
        assertThat(comparable(hidden, "secret")).isEqualTo(comparable(missing, "absent"));
        assertThat(hidden.fields().stream().map(line -> line.replaceAll(":.*", "")))
                .containsExactlyElementsOf(missing.fields().stream()
                        .map(line -> line.replaceAll(":.*", ""))
                        .toList());
    }

    @Test
    void isCalledWithAToken_whichItNeverSees() throws IOException {
        String end = Instant.now()
                .plus(Duration.ofDays(30))
                .truncatedTo(ChronoUnit.DAYS)
                .toString();
        JsonNode issued = issue("function_id=secret.openfaas-fn&expires_at=" + end);
        assertThat(issued.path("function_id").asText()).isEqualTo("secret.openfaas-fn");
        assertThat(issued.path("expires_at").asText()).isEqualTo(end);
        assertThat(issued.path("status").asText()).isEqualTo("ready");
        String token = issued.path("token").asText();
        for (String carrier : List.of("SCW_FUNCTIONS_TOKEN: ", "X-Sluice-Token: ", "Authorization: Bearer ")) {
            RawHttp.Reply reply = call("/function/secret", carrier + token, "X-Own: kept");
            assertThat(reply.status()).as(reply.body()).isEqualTo(200);
            assertThat(reply.body()).contains("Http_X_Own=kept").doesNotContain(token);
        }
        RawHttp.Reply both = call("/function/secret", "X-Sluice-Token: " + token, "Authorization: Bearer its.own");
        assertThat(both.body()).contains("Http_Authorization=Bearer its.own").doesNotContain(token);
        assertThat(call("/function/other", "X-Sluice-Token: " + token).status()).isEqualTo(403);
        assertThat(call("/function/open", "X-Sluice-Token: of-its-own").body()).contains("of-its-own");
    }

    @Test
    void isTakenLaterWithATokenToo_andTheTokenIsNotKept() throws IOException {
        String token = issue("namespace_id=openfaas-fn").path("token").asText();
        RawHttp.Reply accepted = call("/async-function/secret", "SCW-Functions-Token: " + token);
        assertThat(accepted.status()).as(accepted.body()).isEqualTo(202);
        String id = accepted.field("X-Call-Id");
        String result = "/async-function/" + id + "/result?wait=20s";
        RawHttp.Reply read = RawHttp.exchange(trusting.port(), "GET", result, "", "X-Sluice-Token: " + token);
        assertThat(read.status()).as(read.body()).isEqualTo(200);
        assertThat(read.body()).contains("Http_Method=POST").doesNotContain(token);
        assertThat(RawHttp.exchange(trusting.port(), "GET", result, "").status())
                .isEqualTo(404);
    }

    @Test
    void isToldWhoMayCallIt() throws IOException {
        String token = issue("namespace_id=openfaas-fn").path("token").asText();
        String environment =
                call("/function/secret", "X-Sluice-Token: " + token).body();
        String key = JSON.readTree(system("GET", "/system/token-keys?namespace_id=openfaas-fn", "")
                        .body())
                .path(0)
                .path("public_key")
                .asText();
        assertThat(key).startsWith("-----BEGIN RSA PUBLIC KEY-----");
        assertThat(environment)
                .contains("SCW_PUBLIC=false", "SCW_NAMESPACE_ID=openfaas-fn", "SCW_APPLICATION_ID=secret.openfaas-fn")
                .contains("SCW_PUBLIC_KEY=" + key.lines().findFirst().orElseThrow());
        String open = call("/function/open").body();
        assertThat(open).contains("SCW_PUBLIC=true").doesNotContain("SCW_PUBLIC_KEY", "SCW_NAMESPACE_ID");
        assertThat(system("GET", "/system/function/secret", "").body()).doesNotContain("SCW_");
    }

    @Test
    void tokensAreListedDescribedAndRevoked() throws IOException {
        RawHttp.Reply created = system(
                "POST", "/system/tokens", "{\"function_id\":\"secret.openfaas-fn\",\"description\":\"for the till\"}");
        assertThat(created.status()).as(created.body()).isEqualTo(201);
        JsonNode issued = JSON.readTree(created.body());
        String id = issued.path("id").asText();
        String token = issued.path("token").asText();
        assertThat(call("/function/secret", "X-Sluice-Token: " + token).status())
                .isEqualTo(200);
        RawHttp.Reply described = system("GET", "/system/tokens/" + id, "");
        assertThat(described.body())
                .contains("for the till", "\"created_by\":\"admin\"")
                .doesNotContain(token);
        RawHttp.Reply listed = system("GET", "/system/tokens?function_id=secret.openfaas-fn&page_size=1", "");
        assertThat(JSON.readTree(listed.body()).path("tokens")).hasSize(1);
        assertThat(system("DELETE", "/system/tokens/" + id, "").status()).isEqualTo(204);
        RawHttp.Reply refused = call("/function/secret", "X-Sluice-Token: " + token);
        assertThat(refused.status()).isEqualTo(401);
        assertThat(refused.body()).startsWith("token revoked");
        assertThat(refused.field("WWW-Authenticate")).contains("error=\"invalid_token\"");
        assertThat(system("GET", "/system/tokens/" + id, "").body()).contains("\"status\":\"revoked\"");
        String whole = issue("namespace_id=openfaas-fn").path("token").asText();
        assertThat(call("/function/other", "X-Sluice-Token: " + whole).status()).isEqualTo(200);
        assertThat(system("DELETE", "/system/tokens?namespace_id=openfaas-fn", "")
                        .status())
                .isEqualTo(204);
        assertThat(call("/function/other", "X-Sluice-Token: " + whole).status()).isEqualTo(401);
        String audit = awaitAudit("Token:Delete");
        assertThat(audit).contains("Token:Delete").doesNotContain(token);
    }

    @Test
    void writesDownWhoWasNotLetIn() throws IOException {
        RawHttp.Reply unknown = call("/function/secret/path?password=hunter2");
        RawHttp.Reply guessed = call("/function/secret", "X-Sluice-Token: made.up.token");
        for (RawHttp.Reply refused : List.of(unknown, guessed)) {
            String line = awaitAudit(refused.field("X-Call-Id"))
                    .lines()
                    .filter(each -> each.contains(refused.field("X-Call-Id")))
                    .findFirst()
                    .orElseThrow();
            JsonNode event = JSON.readTree(line);
            assertThat(event.path("actions").path(0).asText()).isEqualTo("Function:Invoke");
            assertThat(event.path("resource").asText()).isEqualTo("openfaas-fn:secret");
            assertThat(event.path("decision").asText()).isEqualTo("deny");
            assertThat(event.path("response_code").asInt()).isEqualTo(refused.status());
            assertThat(event.path("path").asText()).startsWith("/function/secret");
            assertThat(line).doesNotContain("hunter2", "made.up.token");
        }
    }

    private static String awaitAudit(String text) throws IOException {
        Path file = home.resolve("data/audit.json");
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!Files.exists(file) || !Files.readString(file).contains(text)) {
            assertThat(System.nanoTime()).isLessThan(deadline);
        }
        return Files.readString(file);
    }

    @Test
    void aTokenDoesNotOutliveItsFunction() throws Exception {
        trusting.deploy("brief", "\"privacy\":\"private\"");
        String token = issue("function_id=brief.openfaas-fn").path("token").asText();
        assertThat(call("/function/brief", "X-Sluice-Token: " + token).status()).isEqualTo(200);
        assertThat(system("DELETE", "/system/functions", "{\"functionName\":\"brief\"}")
                        .status())
                .isEqualTo(202);
        trusting.deploy("brief", "\"privacy\":\"private\"");
        Patience.until(
                "the old token is refused",
                () -> call("/function/brief", "X-Sluice-Token: " + token).status() == 401);
        String fresh = issue("function_id=brief.openfaas-fn").path("token").asText();
        assertThat(call("/function/brief", "X-Sluice-Token: " + fresh).status()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        "'', name exactly one",
        "namespace_id=a&function_id=b, name exactly one",
        "namespace_id=A, namespace_id",
        "function_id=A.B, function_id",
        "function_id=secret&expires_at=yesterday, expires_at",
        "function_id=secret&expires_at=2030-13-01T00:00:00Z, expires_at",
        "function_id=secret&expires_at=2001-01-01T00:00:00Z, expires_at",
        "function_id=secret&expiration_date=2099-01-01T00:00:00Z, expires_at"
    })
    void refusesToIssueWhatIsNotWellAskedFor(String query, String text) throws IOException {
        RawHttp.Reply reply = system("GET", "/system/issue-jwt?" + query, "");
        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.body()).contains(text);
    }

    @ParameterizedTest
    @CsvSource({
        "/issue-jwt?function_id=secret.openfaas-fn, 200",
        "/functions/v1beta1/regions/fr-par/issue-jwt?function_id=secret.openfaas-fn, 200",
        "/system/issue-jwt?function_id=other.openfaas-fn, 403",
        "/system/issue-jwt?namespace_id=openfaas-fn, 403",
        "/system/issue-jwt?namespace_id=staging, 403",
        "/system/issue-jwt?function_id=secret.staging, 403"
    })
    void issuesWhatTheCallerMayInvokeHimself_toClientsOfScaleway(String target, int status) {
        String token = trusting.issuer.token();
        RawHttp.Reply reply = RawHttp.exchange(trusting.port(), "GET", target, "", "X-Auth-Token: " + token);
        assertThat(reply.status()).as(reply.body()).isEqualTo(status);
        assertThat(RawHttp.exchange(
                                trusting.port(),
                                "GET",
                                target,
                                "",
                                "X-Auth-Token: " + token,
                                "Authorization: Bearer another")
                        .status())
                .isEqualTo(400);
        assertThat(RawHttp.exchange(trusting.port(), "GET", target, "").status())
                .isEqualTo(401);
    }

    @Test
    void refusesNamesThatAreTheGatewaysToGive_andWordsThatAreNone() throws IOException {
        for (String more : List.of(
                "\"envVars\":{\"SCW_PUBLIC_KEY\":\"x\"}",
                "\"privacy\":\"Private\"",
                "\"privacy\":\"private\",\"annotations\":{\"sluice_privacy\":\"public\"}",
                "\"annotations\":{\"sluice_privacy\":\"secret\"}")) {
            RawHttp.Reply reply =
                    system("POST", "/system/functions", "{\"service\":\"bad\",\"image\":\"i\"," + more + "}");
            assertThat(reply.status()).as(more).isEqualTo(400);
        }
        assertThat(system("GET", "/system/issue-jwt?function_id=absent.openfaas-fn", "")
                        .status())
                .isEqualTo(404);
        assertThat(system("GET", "/system/issue-jwt?namespace_id=absent", "").status())
                .isEqualTo(404);
    }
}
