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
import sluice.core.FunctionName;
import sluice.core.FunctionNamespace;
import sluice.core.FunctionStatus;
import sluice.core.InMemoryProvider;

/** {@code /system/functions}, {@code /system/function/NAME} and {@code /system/scale-function/NAME} on the wire. */
class FunctionsApiTest {
    private static final String THUMBS = """
            {"service":"thumbs","image":"registry.example/thumbs:1.4.0","namespace":"","envProcess":"node index.js",
             "envVars":{"write_timeout":"1m5s"},"constraints":["zone=eu-1"],"network":"ignored","registryAuth":null,
             "labels":{"com.openfaas.scale.min":"2","com.openfaas.scale.max":"8"},
             "annotations":{"topic":"a,b"},"limits":{"memory":"256Mi","cpu":"0.5","nvidia.com/gpu":"1"},
             "requests":{"memory":"64Mi"},"readOnlyRootFilesystem":true}
            """;

    private final TestGateway gateway = new TestGateway(Map.of());

    @AfterEach
    void stop() {
        gateway.close();
    }

    @Test
    void returnsWhatWasDeployed_asItWasGiven() throws Exception {
        RawHttp.Reply deployed = gateway.send("POST", "/system/functions", THUMBS);
        assertThat(deployed.status()).isEqualTo(202);
        assertThat(deployed.body()).isEmpty();

        RawHttp.Reply reply = gateway.get("/system/function/thumbs");
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.field("content-type")).isEqualTo("application/json");
        JsonNode function = json(reply);
        assertThat(function.path("name").textValue()).isEqualTo("thumbs");
        assertThat(function.path("namespace").textValue()).isEqualTo("openfaas-fn");
        assertThat(function.path("image").textValue()).isEqualTo("registry.example/thumbs:1.4.0");
        assertThat(function.path("envProcess").textValue()).isEqualTo("node index.js");
        assertThat(function.path("envVars").toString()).isEqualTo("{\"write_timeout\":\"1m5s\"}");
        assertThat(function.path("constraints").toString()).isEqualTo("[\"zone=eu-1\"]");
        assertThat(function.path("labels").path("faas_function").textValue()).isEqualTo("thumbs");
        assertThat(function.path("labels").path("com.openfaas.scale.max").textValue())
                .isEqualTo("8");
        assertThat(function.path("annotations").toString()).isEqualTo("{\"topic\":\"a,b\"}");
        assertThat(function.path("limits").toString())
                .isEqualTo("{\"memory\":\"256Mi\",\"cpu\":\"0.5\",\"nvidia.com/gpu\":\"1\"}");
        assertThat(function.path("requests").toString()).isEqualTo("{\"memory\":\"64Mi\"}");
        assertThat(function.path("readOnlyRootFilesystem").booleanValue()).isTrue();
        assertThat(function.path("replicas").toString()).isEqualTo("2");
        assertThat(function.path("availableReplicas").toString()).isEqualTo("2");
        assertThat(function.path("createdAt").textValue()).matches("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z");
        assertThat(function.has("invocationCount")).isFalse();
        assertThat(function.has("usage")).isFalse();
    }

    @Test
    void alwaysEmitsWhatGoClientsDereference_andNothingEmptyBeside() throws Exception {
        FunctionStatus idle = SomeFunctions.named("idle");
        gateway.provider.put(new FunctionStatus(idle.deployment(), 0, 0, idle.createdAt(), null), List.of());

        assertThat(gateway.get("/system/functions").body())
                .isEqualTo("[{\"name\":\"idle\",\"image\":\"example/idle\",\"namespace\":\"openfaas-fn\","
                        + "\"labels\":{\"faas_function\":\"idle\"},\"annotations\":{},\"replicas\":0,"
                        + "\"availableReplicas\":0,\"createdAt\":\"2026-02-03T04:05:06Z\"}]");
    }

    @Test
    void listsTheDefaultNamespace_byName_withCountsAndAVersion() throws Exception {
        gateway.provider.put(SomeFunctions.named("b"), List.of());
        gateway.provider.put(SomeFunctions.named("a"), List.of());
        gateway.provider.put(SomeFunctions.in("staging", "c", Map.of()), List.of());
        gateway.counts.put(new FunctionName("a", "openfaas-fn"), 46L);

        RawHttp.Reply reply = gateway.get("/system/functions");

        assertThat(reply.status()).isEqualTo(200);
        assertThat(json(reply).findValuesAsText("name")).containsExactly("a", "b");
        assertThat(json(reply).path(0).path("invocationCount").toString()).isEqualTo("46");
        assertThat(json(reply).path(1).has("invocationCount")).isFalse();
        assertThat(reply.field("x-resource-version")).isEqualTo(Long.toString(InMemoryProvider.FIRST_VERSION + 3));
        assertThat(json(gateway.get("/system/functions?namespace=staging")).findValuesAsText("name"))
                .containsExactly("c");
    }

    @Test
    void listsNothing_asAnEmptyArray_andRefusesAnUnknownNamespace() {
        assertThat(gateway.get("/system/functions").body()).isEqualTo("[]");
        assertThat(gateway.get("/system/functions?namespace=").body()).isEqualTo("[]");

        RawHttp.Reply unknown = gateway.get("/system/functions?namespace=nowhere");
        assertThat(unknown.status()).isEqualTo(400);
        assertThat(unknown.body()).isEqualTo("namespace not valid: nowhere\n");
        assertThat(unknown.field("x-openfaas-internal")).isEqualTo("provider");
    }

    @Test
    void showsUsage_onlyWhenAsked() throws Exception {
        FunctionStatus busy = SomeFunctions.named("busy");
        gateway.provider.put(
                new FunctionStatus(
                        busy.deployment(), 2, 1, busy.createdAt(), new FunctionStatus.Usage(12.5, 2_367_488)),
                List.of());

        assertThat(json(gateway.get("/system/function/busy?usage=1"))
                        .path("usage")
                        .toString())
                .isEqualTo("{\"cpu\":12.5,\"totalMemoryBytes\":2367488}");
        assertThat(json(gateway.get("/system/function/busy?usage=false")).has("usage"))
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource({"nobody", "NoBody", "no_body", "echo.openfaas-fn"})
    void knowsNoFunction_thatDoesNotExist(String name) {
        RawHttp.Reply reply = gateway.get("/system/function/" + name);

        assertThat(reply.status()).isEqualTo(404);
        assertThat(reply.body()).isEmpty();
    }

    @Test
    void takesASecondPost_asAnUpdate() throws Exception {
        assertThat(deploy("POST", "{\"service\":\"a\",\"image\":\"one\"}")).isEqualTo(202);
        assertThat(deploy("POST", "{\"service\":\"a\",\"image\":\"two\"}")).isEqualTo(202);

        assertThat(json(gateway.get("/system/function/a")).path("image").textValue())
                .isEqualTo("two");
    }

    @Test
    void answersPutForAnUnknownFunctionWith404_soThatClientsFallBackToPost() {
        RawHttp.Reply reply = gateway.send("PUT", "/system/functions", "{\"service\":\"a\",\"image\":\"i\"}");

        assertThat(reply.status()).isEqualTo(404);
        assertThat(reply.body()).isEqualTo("function: a.openfaas-fn not found\n");
        assertThat(deploy("POST", "{\"service\":\"a\",\"image\":\"i\"}")).isEqualTo(202);
        assertThat(deploy("PUT", "{\"service\":\"a\",\"image\":\"j\"}")).isEqualTo(202);
    }

    @Test
    void readsKeysInAnyCase_andTreatsNullAsUnset() throws Exception {
        assertThat(
                        deploy(
                                "POST",
                                "{\"SERVICE\":\"a\",\"Image\":\"i\",\"labels\":null,\"envvars\":{\"A\":null},\"limits\":{\"Memory\":\"1Gi\"}}"))
                .isEqualTo(202);

        JsonNode function = json(gateway.get("/system/function/a"));
        assertThat(function.path("envVars").toString()).isEqualTo("{\"A\":\"\"}");
        assertThat(function.path("limits").toString()).isEqualTo("{\"memory\":\"1Gi\"}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{} | validation failed: service: is required",
                "{\"service\":\"a\"} | validation failed: image: is required",
                "{\"service\":\"A_b\",\"image\":\"i\"} | validation failed: service: (A_b) is invalid, must be a valid DNS entry",
                "{\"service\":\"a\",\"image\":\"i\",\"namespace\":\"No\"} | validation failed: namespace: (No) is invalid",
                "{\"service\":\"a\",\"image\":\"i\",\"namespace\":\"nowhere\"} | namespace not valid: nowhere",
                "{\"service\":\"a\",\"image\":\"i\",\"secrets\":[\"none\"]} | unable to find secret: none",
                "{\"service\":\"a\",\"image\":\"i\",\"limits\":{\"memory\":\"lots\"}} | validation failed: limits.memory: (lots) is invalid",
                "{\"service\":\"a\",\"image\":\"i\",\"requests\":{\"cpu\":\"-1\"}} | validation failed: requests.cpu: (-1) is invalid",
                "{\"service\":\"a\",\"image\":\"i\",\"labels\":{\"com.openfaas.scale.min\":\"-1\"}} | validation failed: labels.com.openfaas.scale.min: (-1) must not be negative",
                "{\"service\":\"a\",\"image\":\"i\",\"annotations\":{\"sluice_upstream_timeout\":\"soon\"}} | validation failed: annotations.sluice_upstream_timeout: (soon)"
            })
    void refusesADeployment_namingTheField(String body, String complaint) {
        RawHttp.Reply reply = gateway.send("POST", "/system/functions", body);

        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.body()).startsWith(complaint);
        assertThat(gateway.get("/system/functions").body()).isEqualTo("[]");
    }

    @Test
    void refusesAnUpdateThatItCannotRead_inItsOwnWords() {
        RawHttp.Reply reply = gateway.send("PUT", "/system/functions", "{");

        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.body()).startsWith("unable to unmarshal request: malformed JSON");
    }

    @Test
    void removes_whereverTheNamespaceIsNamed() {
        gateway.provider.put(SomeFunctions.named("a"), List.of());
        gateway.provider.put(SomeFunctions.in("staging", "b", Map.of()), List.of());
        gateway.provider.put(SomeFunctions.in("staging", "c", Map.of()), List.of());

        assertThat(remove("/system/functions", "{\"functionName\":\"a\"}")).isEqualTo(202);
        assertThat(remove("/system/functions?namespace=staging", "{\"functionName\":\"b\"}"))
                .isEqualTo(202);
        assertThat(remove("/system/functions", "{\"functionName\":\"c\",\"namespace\":\"staging\"}"))
                .isEqualTo(202);
        assertThat(remove("/system/functions", "{\"functionName\":\"a\"}")).isEqualTo(404);
        assertThat(remove("/system/functions", "{\"functionName\":\"\"}")).isEqualTo(400);
        assertThat(remove("/system/functions", "{}")).isEqualTo(400);
        assertThat(remove("/system/functions", "")).isEqualTo(400);
        assertThat(remove("/system/functions", "{\"functionName\":\"Not_One\"}"))
                .isEqualTo(404);
    }

    @Test
    void scales_withinTheFunctionsOwnLimit() {
        gateway.provider.put(SomeFunctions.in("openfaas-fn", "a", Map.of("com.openfaas.scale.max", "8")), List.of());

        assertThat(scale("/system/scale-function/a", "{\"serviceName\":\"a\",\"replicas\":0}"))
                .isEqualTo(202);
        assertThat(replicas("a")).isZero();
        assertThat(scale("/system/scale-function/a?namespace=openfaas-fn", "{\"replicas\":3}"))
                .isEqualTo(202);
        assertThat(replicas("a")).isEqualTo(3);
        assertThat(scale("/system/scale-function/a", "{\"replicas\":50}")).isEqualTo(202);
        assertThat(replicas("a")).isEqualTo(8);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a | {\"replicas\":-1} | 400 | Error unmarshalling request body: replicas",
                "a | {\"replicas\":1.5} | 400 | Error unmarshalling request body: replicas: wrong type",
                "a | {\"replicas\":\"1\"} | 400 | Error unmarshalling request body: replicas: wrong type",
                "a | {} | 400 | Error unmarshalling request body: replicas",
                "a | {\"replicas\":99999999999999999999} | 400 | Error unmarshalling request body: replicas",
                "a | nonsense | 400 | Error unmarshalling request body: malformed JSON",
                "a | {\"serviceName\":\"b\",\"replicas\":1} | 400 | serviceName: the body names another function",
                "a | {\"replicas\":101} | 400 | replicas: (101) must be at most 100",
                "none | {\"replicas\":1} | 404 | function: none.openfaas-fn not found"
            })
    void refusesToScale(String name, String body, int status, String complaint) {
        gateway.provider.put(SomeFunctions.named("a"), List.of());

        RawHttp.Reply reply = gateway.send("POST", "/system/scale-function/" + name, body);

        assertThat(reply.status()).isEqualTo(status);
        assertThat(reply.body()).startsWith(complaint);
        assertThat(replicas("a")).isEqualTo(1);
    }

    @Test
    void deploysIntoANamespace() {
        Eventually.done(gateway.provider.createNamespace(new FunctionNamespace("staging", Map.of(), Map.of())));

        assertThat(deploy("POST", "{\"service\":\"a\",\"image\":\"i\",\"namespace\":\"staging\"}"))
                .isEqualTo(202);
        assertThat(gateway.get("/system/function/a?namespace=staging").status()).isEqualTo(200);
        assertThat(gateway.get("/system/function/a").status()).isEqualTo(404);
    }

    private int deploy(String method, String body) {
        return gateway.send(method, "/system/functions", body).status();
    }

    private int remove(String target, String body) {
        return gateway.send("DELETE", target, body).status();
    }

    private int scale(String target, String body) {
        return gateway.send("POST", target, body).status();
    }

    private int replicas(String name) {
        return Eventually.value(
                        gateway.provider.describe(new FunctionName(name, InMemoryProvider.DEFAULT_NAMESPACE), false))
                .replicas();
    }

    private static JsonNode json(RawHttp.Reply reply) throws Exception {
        return new ObjectMapper().readTree(reply.body());
    }
}
