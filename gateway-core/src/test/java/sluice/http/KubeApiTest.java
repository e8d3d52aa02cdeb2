package sluice.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Discovery, lists and failures as clients of the Kubernetes API read them. */
class KubeApiTest {
    private static final String FUNCTIONS = "/apis/openfaas.com/v1/namespaces/openfaas-fn/functions";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final TestGateway gateway = new TestGateway(Map.of());

    @AfterEach
    void stop() {
        gateway.close();
    }

    @Test
    void tellsItsGroup() throws Exception {
        String version = "{\"groupVersion\":\"openfaas.com/v1\",\"version\":\"v1\"}";
        String group = "\"name\":\"openfaas.com\",\"versions\":[" + version + "],\"preferredVersion\":" + version + "}";

        assertSame("/apis", "{\"kind\":\"APIGroupList\",\"apiVersion\":\"v1\",\"groups\":[{" + group + "]}");
        assertSame("/apis/openfaas.com", "{\"kind\":\"APIGroup\",\"apiVersion\":\"v1\"," + group);
    }

    @Test
    void tellsItsKinds() throws Exception {
        String resources = """
                "resources":[
                {"name":"functions","singularName":"function","namespaced":true,"kind":"Function","verbs":["create","delete","get","list","update","watch"]},
                {"name":"functions/scale","singularName":"","namespaced":true,"kind":"Scale","group":"autoscaling","version":"v1","verbs":["get","update"]},
                {"name":"functions/log","singularName":"","namespaced":true,"kind":"Function","verbs":["get"]},
                {"name":"functions/invoke","singularName":"","namespaced":true,"kind":"Function","verbs":["create"]},
                {"name":"functionsecrets","singularName":"functionsecret","namespaced":true,"kind":"FunctionSecret","verbs":["create","delete","list","update"]}]}
                """;
        String list = "{\"kind\":\"APIResourceList\",\"apiVersion\":\"v1\",\"groupVersion\":";

        assertSame("/apis/openfaas.com/v1", list + "\"openfaas.com/v1\"," + resources);
        assertSame("/oapi/v1", list + "\"v1\"," + resources);
    }

    @Test
    void tellsThatThereIsNoCoreGroup_andWhichBuildItIs() throws Exception {
        JsonNode versions = get("/api");
        assertThat(versions.path("kind").asText()).isEqualTo("APIVersions");
        assertThat(versions.path("versions")).isEmpty();
        JsonNode version = get("/version");
        assertThat(version.path("gitVersion").asText()).isEqualTo("v1.0.0+sluice-9.8.7");
        assertThat(version.path("gitCommit").asText()).isEqualTo("cafe123");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api",
                "/apis",
                "/apis/openfaas.com",
                "/apis/openfaas.com/v1",
                "/oapi/v1",
                "/version",
                "/apis/openfaas.com/v1/functions",
                FUNCTIONS,
                FUNCTIONS + "/a"
            })
    void answersNobody_whomItDoesNotKnow(String path) throws Exception {
        RawHttp.Reply reply = gateway.call("GET", path);

        assertThat(reply.status()).isEqualTo(401);
        assertThat(reply.field("www-authenticate")).isEqualTo("Basic realm=\"Restricted\"");
        assertStatus(reply, "Unauthorized", 401, "invalid credentials");
    }

    @Test
    void wordsWhatIsForbidden_asKubernetesDoes() throws Exception {
        RawHttp.Reply list = gateway.get("/apis/openfaas.com/v1/namespaces/forbidden/functions");
        assertStatus(
                list,
                "Forbidden",
                403,
                "functions.openfaas.com is forbidden: User \"\" cannot list resource \"functions\" in API group"
                        + " \"openfaas.com\" in the namespace \"forbidden\"");
        RawHttp.Reply one = gateway.get("/apis/openfaas.com/v1/namespaces/forbidden/functions/ocr");
        assertStatus(
                one,
                "Forbidden",
                403,
                "functions.openfaas.com \"ocr\" is forbidden: User \"\" cannot get resource \"functions\" in API"
                        + " group \"openfaas.com\" in the namespace \"forbidden\"");
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /apis/nothing.example/v1, 404, NotFound, the server could not find the requested resource",
        "GET, /apis/openfaas.com/v1/profiles, 404, NotFound, the server could not find the requested resource",
        "GET, /api/v1/pods, 404, NotFound, the server could not find the requested resource",
        "POST, /apis/openfaas.com/v1/functions, 405, MethodNotAllowed, the server does not allow this method",
        "DELETE, /version, 405, MethodNotAllowed, the server does not allow this method",
        "GET, /apis/openfaas.com/v1/namespaces/openfaas-fn/functions/nope, 404, NotFound, functions.openfaas.com",
        "GET, /apis/openfaas.com/v1/functions?resourceVersion=abc, 400, BadRequest, resourceVersion",
        "GET, /apis/openfaas.com/v1/functions?labelSelector=a%3E1, 400, BadRequest, labelSelector",
        "GET, /apis/openfaas.com/v1/functions?fieldSelector=spec.image%3Da, 400, BadRequest, fieldSelector",
        "GET, /apis/openfaas.com/v1/functions?watch=1&timeoutSeconds=soon, 400, BadRequest, timeoutSeconds",
        "GET, /apis/openfaas.com/v1/functions?watch=1&sendInitialEvents=true, 422, Invalid, sendInitialEvents",
        "GET, /apis/openfaas.com/v1/functions?resourceVersion=99999, 504, Timeout, Too large resource version"
    })
    void wordsEveryFailure_asAStatus(String method, String target, int code, String reason, String message)
            throws Exception {
        assertStatus(gateway.send(method, target, ""), reason, code, message);
    }

    @Test
    void listsANamespace_withTheVersionToWatchFrom() throws Exception {
        gateway.provider.put(SomeFunctions.in("openfaas-fn", "b", Map.of("team", "blue")), List.of());
        gateway.provider.put(SomeFunctions.named("a"), List.of());
        gateway.provider.put(SomeFunctions.in("staging", "c", Map.of()), List.of());

        RawHttp.Reply reply = gateway.get(FUNCTIONS);
        assertThat(reply.field("content-type")).isEqualTo("application/json");
        assertThat(reply.body())
                .isEqualTo("{\"kind\":\"FunctionList\",\"apiVersion\":\"openfaas.com/v1\",\"metadata\":"
                        + "{\"resourceVersion\":\"1003\"},\"items\":["
                        + function("a", "uid-2", 1002, "") + ","
                        + function("b", "uid-1", 1001, ",\"labels\":{\"team\":\"blue\"}")
                        + "]}");
        assertThat(gateway.get(FUNCTIONS + "/a?namespace=staging").body()).isEqualTo(function("a", "uid-2", 1002, ""));
        assertThat(names(get(FUNCTIONS + "?labelSelector=team%3Dblue"))).containsExactly("b");
        assertThat(names(get(FUNCTIONS + "?labelSelector=faas_function%3Da"))).containsExactly("a");
        assertThat(names(get(FUNCTIONS + "?fieldSelector=metadata.name%3Da&resourceVersion=1000")))
                .containsExactly("a");
    }

    @Test
    void listsAllNamespaces_thatTheCallerMaySee() throws Exception {
        gateway.provider.put(SomeFunctions.named("a"), List.of());
        gateway.provider.put(SomeFunctions.in("forbidden", "b", Map.of()), List.of());
        gateway.provider.put(SomeFunctions.in("staging", "c", Map.of()), List.of());

        assertThat(names(get("/apis/openfaas.com/v1/functions"))).containsExactly("a", "c");
    }

    private static String function(String name, String uid, int version, String labels) {
        return "{\"apiVersion\":\"openfaas.com/v1\",\"kind\":\"Function\",\"metadata\":{\"name\":\"" + name
                + "\",\"namespace\":\"openfaas-fn\",\"uid\":\"" + uid + "\",\"generation\":1,\"resourceVersion\":\""
                + version + "\",\"creationTimestamp\":\"2026-02-03T04:05:06Z\"},\"spec\":{\"name\":\"" + name
                + "\",\"image\":\"example/" + name + "\"" + labels
                + "},\"status\":{\"availableReplicas\":1,\"replicas\":1}}";
    }

    private JsonNode get(String target) throws Exception {
        RawHttp.Reply reply = gateway.get(target);
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        return JSON.readTree(reply.body());
    }

    private static List<String> names(JsonNode list) {
        return list.path("items").findValues("metadata").stream()
                .map(meta -> meta.path("name").asText())
                .toList();
    }

    private void assertSame(String target, String json) throws Exception {
        assertThat(get(target)).isEqualTo(JSON.readTree(json));
    }

    private static void assertStatus(RawHttp.Reply reply, String reason, int code, String message) throws Exception {
        assertThat(reply.status()).as(reply.body()).isEqualTo(code);
        assertThat(reply.field("content-type")).isEqualTo("application/json");
        JsonNode status = JSON.readTree(reply.body());
        assertThat(status.path("kind").asText()).isEqualTo("Status");
        assertThat(status.path("apiVersion").asText()).isEqualTo("v1");
        assertThat(status.path("status").asText()).isEqualTo("Failure");
        assertThat(status.path("reason").asText()).isEqualTo(reason);
        assertThat(status.path("code").asInt()).isEqualTo(code);
        assertThat(status.path("message").asText()).contains(message);
    }
}
