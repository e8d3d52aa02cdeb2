package sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import sluice.access.token.TestIssuer;
import sluice.core.Action;
import sluice.http.OpenApi;

/**
 * Every route of the control plane against every action that a policy can permit, through a whole gateway and tokens that
 * it gave in exchange: with exactly its own action a call gets past the gate, with any other it is refused.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class PermissionTableTest {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final Map<String, Action> ROUTES = new LinkedHashMap<>();
    private static final Map<String, String> BODIES = new HashMap<>();

    static {
        route("GET /system/info", Action.SYSTEM_INFO, "");
        route("POST /system/alert", Action.FUNCTION_SCALE, "{\"alerts\":[]}");
        route("GET /system/functions", Action.FUNCTION_LIST, "");
        route("POST /system/functions", Action.FUNCTION_CREATE, "{\"service\":\"UPPER\",\"image\":\"i\"}");
        route("PUT /system/functions", Action.FUNCTION_UPDATE, "{\"service\":\"nope\",\"image\":\"i\"}");
        route("DELETE /system/functions", Action.FUNCTION_DELETE, "{\"functionName\":\"nope\"}");
        route("GET /system/function/{name}", Action.FUNCTION_GET, "");
        route("POST /system/scale-function/{name}", Action.FUNCTION_SCALE, "{\"replicas\":1}");
        route("GET /system/logs", Action.FUNCTION_LOGS, "");
        route("GET /system/secrets", Action.SECRET_LIST, "");
        route("POST /system/secrets", Action.SECRET_CREATE, "{\"name\":\"UPPER\"}");
        route("PUT /system/secrets", Action.SECRET_UPDATE, "{\"name\":\"nope\",\"value\":\"v\"}");
        route("DELETE /system/secrets", Action.SECRET_DELETE, "{\"name\":\"nope\"}");
        route("GET /system/namespaces", Action.NAMESPACE_LIST, "");
        route("GET /system/calls", Action.CALL_LIST, "");
        route("DELETE /system/calls", Action.CALL_CANCEL, "");
        route("POST /system/calls/redrive", Action.CALL_REDRIVE, "");
        route("POST /system/calls/purge", Action.CALL_PURGE, "");
        route("POST /system/calls/pause", Action.CALL_PAUSE, "");
        route("POST /system/calls/resume", Action.CALL_PAUSE, "");
        route("GET /system/calls/paused", Action.CALL_LIST, "");
        route("GET /system/calls/{name}", Action.CALL_GET, "");
        route("GET /system/issue-jwt", Action.TOKEN_CREATE, "");
        route("POST /system/tokens", Action.TOKEN_CREATE, "{}");
        route("GET /system/tokens", Action.TOKEN_LIST, "");
        route("DELETE /system/tokens", Action.TOKEN_DELETE, "");
        route("GET /system/tokens/{name}", Action.TOKEN_LIST, "");
        route("DELETE /system/tokens/{name}", Action.TOKEN_DELETE, "");
        route("POST /system/revocations", Action.TOKEN_DELETE, "{\"kind\":\"sub\",\"subject\":\"nobody\"}");
        route("GET /system/revocations", Action.TOKEN_LIST, "");
        route("DELETE /system/revocations/{name}", Action.TOKEN_DELETE, "");
        route("GET /system/token-keys", Action.TOKEN_LIST, "");
        route("POST /system/token-keys", Action.TOKEN_CREATE, "");
        route("DELETE /system/token-keys/{name}", Action.TOKEN_DELETE, "");
        for (String path : List.of("/system/namespace", "/system/namespaces")) {
            route("GET " + path + "/{name}", Action.NAMESPACE_GET, "");
            route("PUT " + path + "/{name}", Action.NAMESPACE_UPDATE, "{}");
            route("DELETE " + path + "/{name}", Action.NAMESPACE_DELETE, "{}");
            route("POST " + path, Action.NAMESPACE_CREATE, "{\"name\":\"kube-system\"}");
            route("POST " + path + "/", Action.NAMESPACE_CREATE, "{\"name\":\"kube-system\"}");
        }
    }

    @TempDir
    static Path home;

    private static TestIssuer issuer;
    private static TestGateway gateway;
    private static final Map<Action, String> TOKENS = new HashMap<>();

    private static void route(String route, Action action, String body) {
        ROUTES.put(route, action);
        BODIES.put(route, body);
    }

    @BeforeAll
    static void start() throws Exception {
        issuer = new TestIssuer();
        Path objects = Files.createDirectory(home.resolve("access.d"));
        StringBuilder yaml = new StringBuilder("""
                apiVersion: iam.openfaas.com/v1
                kind: JwtIssuer
                metadata: {name: test}
                spec: {iss: "%s", aud: ["%s"]}
                """.formatted(issuer.url(), TestIssuer.AUDIENCE));
        for (Action action : Action.values()) {
            String name = action.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
            yaml.append("""
                    ---
                    apiVersion: iam.openfaas.com/v1
                    kind: Policy
                    metadata: {name: %1$s}
                    spec: {statement: [{sid: only, effect: Allow, action: ["%2$s"], resource: ["*"]}]}
                    ---
                    apiVersion: iam.openfaas.com/v1
                    kind: Policy
                    metadata: {name: there-%1$s}
                    spec: {statement: [{sid: only, effect: Allow, action: ["%2$s"], resource: ["staging:*"]}]}
                    ---
                    apiVersion: iam.openfaas.com/v1
                    kind: Role
                    metadata: {name: %1$s}
                    spec:
                      policy: [%1$s]
                      principal: {"jwt:sub": ["%1$s"]}
                      condition: {StringEqual: {"jwt:iss": ["%3$s"]}}
                    ---
                    apiVersion: iam.openfaas.com/v1
                    kind: Role
                    metadata: {name: there-%1$s}
                    spec:
                      policy: [there-%1$s]
                      principal: {"jwt:sub": ["there-%1$s"]}
                      condition: {StringEqual: {"jwt:iss": ["%3$s"]}}
                    """.formatted(name, action.policyName(), issuer.url()));
        }
        Files.writeString(objects.resolve("all.yaml"), yaml);
        gateway = new TestGateway(
                home.resolve("data"),
                Map.of(
                        "SLUICE_AUTH_IAM_DIR", objects.toString(),
                        "system_issuer", "https://gw.example.net",
                        "SLUICE_AUTH_IAM_ACCEPT_FEDERATED_BEARER", "true",
                        "auditing", "true"));
        for (Action action : Action.values()) {
            TOKENS.put(action, issuer.token(claims(subject(action))));
        }
    }

    @AfterAll
    static void stop() {
        gateway.close();
        issuer.close();
    }

    private static String subject(Action action) {
        return action.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }

    private static Map<String, Object> claims(String subject) {
        Map<String, Object> claims = issuer.claims();
        claims.put("sub", subject);
        return claims;
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return CLIENT.send(request.timeout(Duration.ofSeconds(20)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.port() + path));
    }

    /** As {@code faas-cli} and its SDK do it. */
    private static HttpResponse<String> exchange(String subjectToken, String more) throws Exception {
        String form = "grant_type=" + encoded("urn:ietf:params:oauth:grant-type:token-exchange")
                + "&subject_token_type=" + encoded("urn:ietf:params:oauth:token-type:id_token")
                + "&subject_token=" + encoded(subjectToken) + more;
        return send(to("/oauth/token")
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(form)));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static String token(HttpResponse<String> exchanged) throws IOException {
        assertThat(exchanged.statusCode()).as(exchanged.body()).isEqualTo(200);
        return new ObjectMapper()
                .readTree(exchanged.body())
                .path("access_token")
                .asText();
    }

    private static HttpResponse<String> call(String route, String path, String token) throws Exception {
        String body = BODIES.getOrDefault(route, "");
        return send(to(path).header("Authorization", "Bearer " + token)
                .method(
                        route.substring(0, route.indexOf(' ')),
                        body.isEmpty()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body)));
    }

    @ParameterizedTest
    @EnumSource(Action.class)
    void letsThroughWhatIsPermitted_andNothingElse(Action action) throws Exception {
        String token = token(exchange(TOKENS.getOrDefault(action, ""), ""));
        for (Map.Entry<String, Action> route : ROUTES.entrySet()) {
            String path =
                    route.getKey().substring(route.getKey().indexOf(' ') + 1).replace("{name}", "nope");
            HttpResponse<String> answer = call(route.getKey(), path, token);
            if (route.getValue() == action) {
                assertThat(answer.statusCode())
                        .as("%s with %s: %s", route.getKey(), action, answer.body())
                        .isNotIn(401, 403, 429);
            } else {
                assertThat(answer.statusCode())
                        .as("%s with %s", route.getKey(), action)
                        .isEqualTo(403);
                assertThat(answer.body())
                        .startsWith(
                                "insufficient permissions: " + route.getValue().policyName());
            }
        }
    }

    @Test
    void coversEveryRoute() throws IOException {
        Set<String> documented = OpenApi.read().answers().stream()
                .filter(answer -> answer.path().startsWith("/system/"))
                .map(answer -> answer.method() + " " + answer.path())
                .filter(route -> !route.matches("(GET|PUT|DELETE) /system/namespaces?/")) // a name is missing
                .map(route -> route.replace("{id}", "{name}"))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(ROUTES.keySet()).containsAll(documented);
    }

    @ParameterizedTest
    @CsvSource({
        "FUNCTION_LIST, /system/functions?namespace=staging, 200",
        "FUNCTION_LIST, /system/functions, 403",
        "FUNCTION_LIST, /system/functions?namespace=staging2, 403",
        "SECRET_LIST, /system/secrets?namespace=staging, 200",
        "SECRET_LIST, /system/secrets, 403",
        "NAMESPACE_LIST, /system/namespaces, 200",
        "SYSTEM_INFO, /system/info, 403"
    })
    void isEvaluatedPerNamespace(Action action, String path, int status) throws Exception {
        HttpResponse<String> created = send(to("/system/namespaces")
                .header("Authorization", gateway.authorization())
                .POST(HttpRequest.BodyPublishers.ofString("{\"name\":\"staging\",\"labels\":{\"openfaas\":\"1\"}}")));
        assertThat(created.statusCode()).isIn(201, 409);
        String token = issuer.token(claims("there-" + subject(action)));
        HttpResponse<String> answer = call("GET /system/info", path, token);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        if (action == Action.NAMESPACE_LIST) {
            assertThat(answer.body()).isEqualTo("[\"staging\"]"); // and not the default one
        }
    }
}
