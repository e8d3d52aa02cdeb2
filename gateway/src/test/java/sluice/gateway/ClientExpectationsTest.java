package sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.http.RawHttp;
import sluice.http.RawHttp.Reply;

/**
 * What faas-cli, the Go SDK and Alertmanager send and which answers they take for success, as raw requests against the
 * whole gateway. Both clients fail on 204, and faas-cli on 201 of most operations.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ClientExpectationsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String NS = "openfaas-fn";
    private static final String CLI = "User-Agent: faas-cli/0.17.8";
    private static final String SDK = "User-Agent: openfaas-go-sdk";
    private static final String TYPE = "Content-Type: application/json";

    @TempDir
    static Path dataDir;

    private static TestGateway gateway;
    private static String authorization;

    @BeforeAll
    static void start() throws IOException {
        gateway = new TestGateway(dataDir, Map.of());
        authorization = "Authorization: " + gateway.authorization();
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    @AfterEach
    void removeWhatTestsMade() throws IOException {
        for (String name : List.of("echo", "other")) {
            Reply unused = send("DELETE", "/system/functions", "{\"functionName\":\"" + name + "\"}");
        }
        Reply unusedSecret = send("DELETE", "/system/secrets", "{\"name\":\"api-key\"}");
        Reply unusedNamespace = send("DELETE", "/system/namespace/staging", "{\"name\":\"staging\"}");
    }

    // ---- faas-cli

    @Test
    void cliLogin_tellsGoodFromBadCredentials() throws IOException {
        assertThat(send("GET", "/system/functions", "").status()).isEqualTo(200);
        Reply refused = RawHttp.exchange(
                gateway.port(), "GET", "/system/functions", "", CLI, "Authorization: Basic YWRtaW46bm8=");
        assertThat(refused.status()).isEqualTo(401);
        assertThat(refused.body()).isEqualTo("invalid credentials");
        assertThat(refused.field("WWW-Authenticate")).isEqualTo("Basic realm=\"Restricted\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/system/functions", "/system/info", "/system/secrets", "/system/namespaces"})
    void cliThatNeverLoggedIn_isToldToLogIn(String target) throws IOException {
        assertThat(RawHttp.exchange(gateway.port(), "GET", target, "", CLI, "Authorization: Bearer ")
                        .status())
                .isEqualTo(401);
        assertThat(RawHttp.exchange(gateway.port(), "GET", target, "", CLI).status())
                .isEqualTo(401);
    }

    @Test
    void cliReady_needsExactly200() throws IOException {
        assertThat(RawHttp.exchange(gateway.port(), "GET", "/healthz", "", CLI).status())
                .isEqualTo(200);
    }

    @Test
    void cliReadyOfAFunction_seesItTurnReady() throws Exception {
        deployEcho();
        assertThat(describeReady("echo").path("availableReplicas").asInt()).isPositive();
        assertThat(send("GET", "/system/function/nope?usage=1", "").status()).isEqualTo(404);
    }

    @Test
    void cliList_readsNameImageCallsReplicasAndAge() throws Exception {
        deployEcho();
        JsonNode before = describeReady("echo");
        assertThat(RawHttp.exchange(gateway.port(), "POST", "/function/echo." + NS, "x", CLI)
                        .status())
                .isEqualTo(200);

        Patience.until(
                "the call, which is counted once it was answered, is in the list",
                () -> firstListed().path("invocationCount").asInt() > 0);
        JsonNode echo = firstListed();
        assertThat(echo.path("name").asText()).isEqualTo("echo");
        assertThat(echo.path("image").asText()).isEqualTo("registry.example/echo:1");
        assertThat(echo.path("replicas").isIntegralNumber())
                .as("what Go reads as uint64")
                .isTrue();
        assertThat(echo.path("labels").isObject())
                .as("dereferenced without a look")
                .isTrue();
        assertThat(echo.path("annotations").isObject()).isTrue();
        assertThat(OffsetDateTime.parse(echo.path("createdAt").asText()))
                .isEqualTo(OffsetDateTime.parse(before.path("createdAt").asText()));
    }

    @Test
    void cliDeploy_puts_thenPostsOn404_thenUpdates() throws IOException {
        String echo = deployment("echo", NS);
        assertThat(send("PUT", "/system/functions", echo).status()).isEqualTo(404);
        assertThat(send("POST", "/system/functions", echo).status()).isIn(200, 202);
        assertThat(send("GET", "/system/function/echo", "").status())
                .as("known at once")
                .isEqualTo(200);
        assertThat(send("PUT", "/system/functions", echo).status()).isIn(200, 202);
    }

    @Test
    void cliDeployReplace_deletesFirst_andIgnoresHowThatEnds() throws IOException {
        assertThat(send("DELETE", "/system/functions", "{\"functionName\":\"echo\",\"namespace\":\"" + NS + "\"}")
                        .status())
                .isEqualTo(404);
        assertThat(send("POST", "/system/functions", deployment("echo", NS)).status())
                .isIn(200, 202);
    }

    @Test
    void cliDeploy_ofOldClients_sendsFieldsThatNobodyReads() throws IOException {
        String old =
                deployment("echo", NS).replaceFirst("\\{", "{\"network\":\"func_functions\",\"registryAuth\":\"x\",");
        assertThat(send("POST", "/system/functions", old).status()).isIn(200, 202);
    }

    @Test
    void cliRemove_tellsGoneFromNeverThere() throws IOException {
        deployEcho();
        String removal = "{\"functionName\":\"echo\",\"namespace\":\"" + NS + "\"}";
        assertThat(send("DELETE", "/system/functions", removal).status()).isIn(200, 201, 202);
        assertThat(send("DELETE", "/system/functions", removal).status()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "GET", "PUT", "PATCH", "DELETE"})
    void cliInvoke_alwaysQualifiesTheName_andSendsNoCredentials(String method) throws IOException {
        deployEcho();
        String body = method.equals("GET") ? "" : "hello";
        Reply reply = RawHttp.exchange(
                gateway.port(),
                method,
                "/function/echo." + NS + "?q=1",
                body,
                "User-Agent: faas-cli/0.17.8 (openfaas; linux; amd64)",
                "Content-Type: text/plain");
        assertThat(reply.status()).isBetween(200, 299);
        assertThat(reply.body()).isEqualTo(body);
    }

    @Test
    void cliInvokeAsync_isToldThatTheCallIsKept() throws IOException {
        deployEcho();
        Reply reply = RawHttp.exchange(gateway.port(), "POST", "/async-function/echo." + NS, "x", CLI);
        assertThat(reply.status()).isEqualTo(202);
        assertThat(reply.body()).isEmpty();
    }

    @Test
    void cliLogs_follows_andReadsTimestamps() throws IOException {
        deployEcho();
        assertThat(RawHttp.exchange(gateway.port(), "POST", "/function/echo." + NS, "x", CLI)
                        .status())
                .isEqualTo(200);
        String line = RawHttp.firstLine(
                gateway.port(), "/system/logs?name=echo&namespace=" + NS + "&follow=true&tail=-1", CLI, authorization);
        JsonNode message = JSON.readTree(line);
        assertThat(message.path("name").asText()).isEqualTo("echo");
        assertThat(message.path("namespace").asText()).isEqualTo(NS);
        assertThat(message.path("instance").asText()).isNotEmpty();
        assertThat(message.path("text").isTextual()).isTrue();
        assertThat(OffsetDateTime.parse(message.path("timestamp").asText())).isNotNull();
    }

    @Test
    void cliSecrets_goThroughTheirLife_without204() throws IOException {
        String secret = "{\"name\":\"api-key\",\"namespace\":\"" + NS + "\",\"value\":\"v\",\"rawValue\":\"dgo=\"}";
        String name = "{\"name\":\"api-key\",\"namespace\":\"" + NS + "\"}";
        assertThat(send("PUT", "/system/secrets", secret).status()).isEqualTo(404);
        assertThat(send("POST", "/system/secrets", secret).status()).isIn(200, 201, 202);
        assertThat(send("POST", "/system/secrets", secret).status())
                .as("so that --replace works")
                .isEqualTo(409);
        assertThat(send("PUT", "/system/secrets", secret).status()).isIn(200, 202);

        Reply list = send("GET", "/system/secrets?namespace=" + NS, "");
        assertThat(list.status()).isIn(200, 202);
        assertThat(JSON.readTree(list.body()).findValuesAsText("name")).contains("api-key");
        assertThat(list.body()).doesNotContain("value").doesNotContain("dgo=");

        assertThat(send("DELETE", "/system/secrets", name).status()).isIn(200, 202);
        assertThat(send("DELETE", "/system/secrets", name).status()).isEqualTo(404);
    }

    @Test
    void cliVersion_dereferencesEveryVersion() throws IOException {
        Reply reply = send("GET", "/system/info", "");
        assertThat(reply.status()).isEqualTo(200);
        JsonNode info = JSON.readTree(reply.body());
        for (JsonNode version :
                List.of(info.path("version"), info.path("provider").path("version"))) {
            assertThat(version.path("sha").asText()).isNotEmpty();
            assertThat(version.path("release").asText()).isNotEmpty();
        }
        assertThat(info.path("provider").path("provider").asText()).isNotEmpty();
        assertThat(info.path("provider").path("orchestration").asText()).isNotEmpty();
        assertThat(info.path("arch").asText()).isNotEmpty();
    }

    // ---- the Go SDK

    @Test
    void sdkThatUsesARequestTwice_sendsTheSameCredentialTwice() throws IOException {
        Reply reply =
                RawHttp.exchange(gateway.port(), "GET", "/system/functions", "", SDK, authorization, authorization);
        assertThat(reply.status()).isEqualTo(200);
    }

    @Test
    void sdkGetFunctions_readsAnEmptyListAsAnArray() throws IOException {
        createStaging();
        assertThat(send("GET", "/system/functions?namespace=staging", "").body().strip())
                .isEqualTo("[]");
        assertThat(send("GET", "/system/secrets?namespace=staging", "").body().strip())
                .isEqualTo("[]");
    }

    @Test
    void sdkGetFunction_tellsUnknownFromForbidden() throws IOException {
        assertThat(send("GET", "/system/function/echo?namespace=" + NS, "").status())
                .isEqualTo(404);
        deployEcho();
        assertThat(send("GET", "/system/function/echo?namespace=" + NS, "").status())
                .isEqualTo(200);
        assertThat(send("GET", "/system/function/echo", "").status()).isEqualTo(200);
    }

    @Test
    void sdkScale_putsTheNamespaceInTheBody_olderClientsInTheQuery() throws IOException {
        deployEcho();
        assertThat(send(
                                "POST",
                                "/system/scale-function/echo",
                                "{\"serviceName\":\"echo\",\"replicas\":2,\"namespace\":\"" + NS + "\"}")
                        .status())
                .isIn(200, 201, 202);
        assertThat(describe("echo").path("replicas").asInt()).isEqualTo(2);
        assertThat(send(
                                "POST",
                                "/system/scale-function/echo?namespace=" + NS,
                                "{\"serviceName\":\"echo\",\"replicas\":1}")
                        .status())
                .isIn(200, 201, 202);
        assertThat(describe("echo").path("replicas").asInt()).isEqualTo(1);
        assertThat(send("POST", "/system/scale-function/nope", "{\"serviceName\":\"nope\",\"replicas\":1}")
                        .status())
                .isEqualTo(404);
    }

    @Test
    void theNamespaceMayBeInTheQueryOfADelete_orInItsBody() throws IOException {
        createStaging();
        for (String target : List.of("/system/functions?namespace=staging", "/system/functions")) {
            assertThat(send("POST", "/system/functions", deployment("echo", "staging"))
                            .status())
                    .isIn(200, 202);
            String inBody = target.contains("?") ? "" : ",\"namespace\":\"staging\"";
            assertThat(send("DELETE", target, "{\"functionName\":\"echo\"" + inBody + "}")
                            .status())
                    .isIn(200, 201, 202);
            assertThat(send("GET", "/system/function/echo?namespace=staging", "")
                            .status())
                    .isEqualTo(404);
        }
        assertThat(send(
                                "DELETE",
                                "/system/functions?namespace=staging",
                                "{\"functionName\":\"echo\",\"namespace\":\"" + NS + "\"}")
                        .status())
                .as("both, and different")
                .isEqualTo(400);
    }

    @Test
    void sdkGetLogs_ends_whenItDoesNotFollow() throws IOException {
        deployEcho();
        Reply reply = send("GET", "/system/logs?name=echo&follow=0&since=2026-01-02T03:04:05Z", "");
        assertThat(reply.status()).isEqualTo(200);
        for (String line : reply.body().lines().toList()) {
            assertThat(OffsetDateTime.parse(
                            JSON.readTree(line).path("timestamp").asText()))
                    .isNotNull();
        }
        assertThat(send("GET", "/system/logs?name=nope&follow=0", "").status()).isEqualTo(404);
    }

    @Test
    void sdkNamespaces_goThroughTheirLife() throws IOException {
        Reply names = send("GET", "/system/namespaces", "");
        assertThat(names.status()).isEqualTo(200);
        assertThat(JSON.readTree(names.body()).path(0).asText()).isEqualTo(NS);
        assertThat(send("GET", "/system/namespace/staging", "").status()).isEqualTo(404);

        createStaging();
        Reply made = send("GET", "/system/namespace/staging", "");
        assertThat(made.status()).isEqualTo(200);
        assertThat(JSON.readTree(made.body()).path("name").asText()).isEqualTo("staging");
        assertThat(JSON.readTree(made.body()).path("labels").path("openfaas").asText())
                .isEqualTo("1");

        String changed = "{\"name\":\"staging\",\"labels\":{\"openfaas\":\"1\",\"team\":\"a\"},"
                + "\"annotations\":{\"openfaas\":\"1\"}}";
        assertThat(send("PUT", "/system/namespace/staging", changed).status()).isIn(200, 201, 202);
        assertThat(JSON.readTree(send("GET", "/system/namespace/staging", "").body())
                        .path("labels")
                        .path("team")
                        .asText())
                .isEqualTo("a");

        String removal = "{\"name\":\"staging\",\"labels\":{\"openfaas\":\"1\"}}";
        assertThat(send("DELETE", "/system/namespace/staging", removal).status())
                .isIn(200, 201, 202);
        assertThat(send("DELETE", "/system/namespace/staging", removal).status())
                .isEqualTo(404);
        assertThat(send("PUT", "/system/namespace/staging", changed).status()).isEqualTo(404);
    }

    @Test
    void sdkInvoke_namesTheNamespace_andSeesTheAnswerAsItIs() throws IOException {
        createStaging();
        assertThat(send("POST", "/system/functions", deployment("echo", "staging"))
                        .status())
                .isIn(200, 202);
        Reply reply = RawHttp.exchange(gateway.port(), "POST", "/function/echo.staging", "hello", SDK);
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.body()).isEqualTo("hello");
        assertThat(reply.field("X-Call-Id")).isNotEmpty();
        assertThat(RawHttp.exchange(gateway.port(), "POST", "/function/echo." + NS, "", SDK)
                        .status())
                .isEqualTo(404);
    }

    // ---- others

    @Test
    void alertmanager_postsAlerts() throws IOException {
        String alert = "{\"receiver\":\"scale-up\",\"status\":\"firing\",\"alerts\":[{\"status\":\"firing\","
                + "\"labels\":{\"alertname\":\"APIHighInvocationRate\",\"function_name\":\"nope." + NS + "\"}}]}";
        assertThat(send("POST", "/system/alert", alert).status()).isBetween(200, 299);
    }

    private static void deployEcho() throws IOException {
        assertThat(send("POST", "/system/functions", deployment("echo", NS)).status())
                .isIn(200, 202);
    }

    private static void createStaging() throws IOException {
        String staging = "{\"name\":\"staging\",\"labels\":{\"openfaas\":\"1\"},\"annotations\":{\"openfaas\":\"1\"}}";
        assertThat(send("POST", "/system/namespace/", staging).status()).isIn(200, 201, 202);
    }

    private static JsonNode describe(String name) throws IOException {
        Reply reply = send("GET", "/system/function/" + name + "?usage=1&namespace=" + NS, "");
        assertThat(reply.status()).isEqualTo(200);
        return JSON.readTree(reply.body());
    }

    private static JsonNode describeReady(String name) throws Exception {
        Patience.until(
                name + " is ready",
                () -> describe(name).path("availableReplicas").asInt() > 0);
        return describe(name);
    }

    private static JsonNode firstListed() throws IOException {
        Reply list = send("GET", "/system/functions?namespace=" + NS, "");
        assertThat(list.status()).isEqualTo(200);
        return JSON.readTree(list.body()).path(0);
    }

    /** The body as faas-cli writes it: every map is there, empty or not. */
    private static String deployment(String name, String namespace) {
        return "{\"service\":\"" + name + "\",\"image\":\"registry.example/" + name + ":1\",\"namespace\":\""
                + namespace
                + "\",\"envProcess\":\"cat\",\"envVars\":{},\"constraints\":null,\"secrets\":[],"
                + "\"labels\":{},\"annotations\":{},\"limits\":null,\"requests\":null,"
                + "\"readOnlyRootFilesystem\":false}";
    }

    private static Reply send(String method, String target, String body) throws IOException {
        Reply reply = RawHttp.exchange(gateway.port(), method, target, body, CLI, authorization, TYPE);
        assertThat(reply.status()).as("both clients fail on it").isNotEqualTo(204);
        return reply;
    }
}
