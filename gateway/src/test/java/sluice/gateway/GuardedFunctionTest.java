package sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sluice.access.token.TestIssuer;
import sluice.http.RawHttp;

/** Functions that ask who is calling, through a whole gateway, as {@code faas-cli invoke} calls them. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class GuardedFunctionTest {
    @TempDir
    static Path home;

    private static TestIssuer issuer;
    private static TestGateway gateway;

    @BeforeAll
    static void start() throws Exception {
        issuer = new TestIssuer();
        Path objects = Files.createDirectory(home.resolve("access.d"));
        Files.writeString(objects.resolve("all.yaml"), """
                apiVersion: iam.openfaas.com/v1
                kind: JwtIssuer
                metadata: {name: test}
                spec: {iss: "%1$s", aud: ["%2$s"]}
                ---
                apiVersion: iam.openfaas.com/v1
                kind: Policy
                metadata: {name: caller}
                spec: {statement: [{sid: call, effect: Allow, action: ["Function:Invoke"], resource: ["openfaas-fn:guarded"]}]}
                ---
                apiVersion: iam.openfaas.com/v1
                kind: Role
                metadata: {name: caller}
                spec: {policy: [caller], condition: {StringEqual: {"jwt:iss": ["%1$s"]}}}
                """.formatted(issuer.url(), TestIssuer.AUDIENCE));
        gateway = new TestGateway(
                home.resolve("data"),
                Map.of("SLUICE_AUTH_IAM_DIR", objects.toString(), "system_issuer", "https://gw.example.net"));
        deploy("guarded", "\"annotations\":{\"sluice_jwt_auth\":\"true\"}");
        deploy("watched", "\"envVars\":{\"jwt_auth\":\"true\"}");
        deploy("open", "\"labels\":{}");
    }

    @AfterAll
    static void stop() {
        gateway.close();
        issuer.close();
    }

    private static void deploy(String name, String more) throws IOException {
        String json = "{\"service\":\"" + name + "\",\"image\":\"env\",\"envProcess\":\"env\"," + more + "}";
        assertThat(system("POST", "/system/functions", json).status()).isEqualTo(202);
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!system("GET", "/system/function/" + name, "").body().contains("\"availableReplicas\":1")) {
            assertThat(System.nanoTime()).isLessThan(deadline);
        }
    }

    private static RawHttp.Reply system(String method, String path, String json) throws IOException {
        return RawHttp.exchange(gateway.port(), method, path, json, "Authorization: " + gateway.authorization());
    }

    private static RawHttp.Reply call(String name, String... headers) {
        return RawHttp.exchange(gateway.port(), "POST", "/function/" + name, "body", headers);
    }

    private static String token(String more) throws IOException {
        String form = "grant_type=" + encoded("urn:ietf:params:oauth:grant-type:token-exchange")
                + "&subject_token_type=" + encoded("urn:ietf:params:oauth:token-type:id_token")
                + "&subject_token=" + encoded(issuer.token()) + more;
        RawHttp.Reply reply = RawHttp.exchange(
                gateway.port(), "POST", "/oauth/token", form, "Content-Type: application/x-www-form-urlencoded");
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
        assertThat(call("guarded", "Authorization: " + gateway.authorization()).status())
                .isEqualTo(401);
    }

    @Test
    void keepsATokenForSystemFromOpenFunctions() throws IOException {
        assertThat(call("open", "Authorization: Bearer " + token("")).body()).doesNotContain("Http_Authorization");
        assertThat(call("open", "Authorization: Bearer its.own.token").body()).contains("Http_Authorization");
    }

    @Test
    void refusesAnAnnotationThatIsNeitherTrueNorFalse() throws IOException {
        String json = "{\"service\":\"typo\",\"image\":\"i\",\"annotations\":{\"sluice_jwt_auth\":\"ture\"}}";
        RawHttp.Reply reply = system("POST", "/system/functions", json);
        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.body()).contains("annotations.sluice_jwt_auth", "must be true or false");
    }
}
