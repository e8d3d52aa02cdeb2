package sluice.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.core.FunctionName;
import sluice.core.Secret;

/** Secrets, namespaces, info, alerts and files on the wire. */
class SmallApisTest {
    private final TestGateway gateway = new TestGateway(Map.of());

    @AfterEach
    void stop() {
        gateway.close();
    }

    @Test
    void keepsSecrets_andNeverShowsThem() {
        assertThat(gateway.get("/system/secrets").body()).isEqualTo("[]");
        assertThat(secret("POST", "{\"name\":\"s3-key\",\"value\":\"hidden-1\"}"))
                .isEqualTo(202);
        assertThat(secret("POST", "{\"name\":\"s3-key\",\"value\":\"hidden-1\"}"))
                .isEqualTo(409);
        assertThat(secret("PUT", "{\"name\":\"s3-key\",\"value\":\"x\",\"rawValue\":\"aGlkZGVuLTI=\"}"))
                .isEqualTo(202);

        assertThat(gateway.get("/system/secrets").body())
                .isEqualTo("[{\"name\":\"s3-key\",\"namespace\":\"openfaas-fn\"}]");
        assertThat(secret("DELETE", "{\"name\":\"s3-key\"}")).isEqualTo(202);
        assertThat(secret("DELETE", "{\"name\":\"s3-key\"}")).isEqualTo(404);
        assertThat(secret("PUT", "{\"name\":\"s3-key\",\"value\":\"x\"}")).isEqualTo(404);
    }

    @Test
    void prefersTheRawValueOfASecret() {
        SecretsApi.SecretBody both = new SecretsApi.SecretBody("trimmed", "IHRyaW1tZWQK");

        assertThat(both.bytes()).isEqualTo(" trimmed\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        assertThat(both).hasToString("SecretBody[REDACTED]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"value\":\"x\"}",
                "{\"name\":\"../etc\",\"value\":\"x\"}",
                "{\"name\":\"a/b\",\"value\":\"x\"}",
                "{\"name\":\"Upper\",\"value\":\"x\"}",
                "{\"name\":\"a\",\"rawValue\":\"***\"}",
                "{\"name\":\"a\",\"value\":1}",
                "not json"
            })
    void refusesASecretThatIsNone(String body) {
        assertThat(secret("POST", body)).isEqualTo(400);
        assertThat(gateway.get("/system/secrets").body()).isEqualTo("[]");
    }

    @Test
    void keepsSecretsPerNamespace() {
        assertThat(gateway.send("POST", "/system/namespace/", "{\"name\":\"staging\",\"labels\":{\"openfaas\":\"1\"}}")
                        .status())
                .isEqualTo(201);
        assertThat(secret("POST", "{\"name\":\"k\",\"namespace\":\"staging\",\"value\":\"x\"}"))
                .isEqualTo(202);

        assertThat(gateway.get("/system/secrets").body()).isEqualTo("[]");
        assertThat(gateway.get("/system/secrets?namespace=staging").body())
                .isEqualTo("[{\"name\":\"k\",\"namespace\":\"staging\"}]");
        assertThat(gateway.get("/system/secrets?namespace=nowhere").status()).isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/system/namespace/", "/system/namespace", "/system/namespaces", "/system/namespaces/"})
    void createsNamespaces_underEveryFormOfThePath(String path) {
        RawHttp.Reply created =
                gateway.send("POST", path, "{\"name\":\"n1\",\"annotations\":{\"openfaas\":\"1\",\"team\":\"blue\"}}");

        assertThat(created.status()).isEqualTo(201);
        assertThat(gateway.get("/system/namespaces").body()).isEqualTo("[\"n1\",\"openfaas-fn\"]");
        assertThat(gateway.get("/system/namespace/n1").body())
                .isEqualTo("{\"name\":\"n1\",\"annotations\":{\"openfaas\":\"1\",\"team\":\"blue\"},"
                        + "\"labels\":{\"openfaas\":\"1\"}}");
        assertThat(gateway.send("POST", path, "{\"name\":\"n1\",\"labels\":{\"openfaas\":\"1\"}}")
                        .body())
                .isEqualTo("namespace n1 already exists\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/system/namespace/", "/system/namespaces/"})
    void changesAndRemovesNamespaces_underBothForms(String path) {
        assertThat(gateway.send(
                                "POST",
                                "/system/namespace/",
                                "{\"name\":\"n1\",\"labels\":{\"openfaas\":\"1\",\"a\":\"1\"}}")
                        .status())
                .isEqualTo(201);

        assertThat(gateway.send("PUT", path + "n1", "{\"labels\":{\"openfaas\":\"1\",\"b\":\"2\"}}")
                        .status())
                .isEqualTo(202);
        assertThat(gateway.get(path + "n1").body())
                .contains("\"labels\":{\"b\":\"2\",\"openfaas\":\"1\"}")
                .doesNotContain("\"a\"");
        assertThat(gateway.send("DELETE", path + "n1", "{\"name\":\"n2\"}").status())
                .isEqualTo(400);
        assertThat(gateway.send("DELETE", path + "n1", "").status()).isEqualTo(202);
        assertThat(gateway.get(path + "n1").status()).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET | /system/namespace/none | | 404 | namespace none not found",
                "GET | /system/namespace/No_Label | | 404 | namespace No_Label not found",
                "GET | /system/namespace/ | | 400 | namespace not specified in URL",
                "PUT | /system/namespace/ | {} | 400 | namespace not specified in URL",
                "PUT | /system/namespace/none | {\"labels\":{\"openfaas\":\"1\"}} | 404 | namespace none not found",
                "PUT | /system/namespace/a | {\"name\":\"b\"} | 400 | namespace in request body does not match namespace in URL",
                "PUT | /system/namespace/openfaas-fn | {} | 400 | request does not have openfaas=1 label",
                "POST | /system/namespace/ | {} | 400 | namespace not specified in request body",
                "POST | /system/namespace/ | {\"name\":\"a\"} | 400 | request does not have openfaas=1 label",
                "POST | /system/namespace/ | {\"name\":\"A B\"} | 400 | validation failed: name: (A B) is invalid",
                "POST | /system/namespace/ | { | 400 | error parsing request body: malformed JSON",
                "POST | /system/namespace/ | {\"name\":\"kube-system\"} | 400 | namespace kube-system is reserved",
                "DELETE | /system/namespace/none | | 404 | namespace none not found",
                "DELETE | /system/namespace/openfaas-fn | | 400 | the default namespace cannot be removed",
                "DELETE | /system/namespace/kube-system | | 400 | namespace kube-system is reserved"
            })
    void refusesNamespaceCalls(String method, String target, String body, int status, String complaint) {
        RawHttp.Reply reply = gateway.send(method, target, body == null ? "" : body);

        assertThat(reply.status()).isEqualTo(status);
        assertThat(reply.body()).startsWith(complaint);
    }

    @Test
    void saysWhatRuns_withNothingNull() {
        RawHttp.Reply reply = gateway.get("/system/info");

        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.field("content-type")).isEqualTo("application/json");
        assertThat(reply.body())
                .contains("\"provider\":{\"provider\":\"in-memory\"")
                .contains("\"version\":{\"release\":\"9.8.7\",\"sha\":\"cafe123\"}")
                .contains("\"orchestration\":\"none\"")
                .matches(".*\"arch\":\"[a-z0-9_]+\".*")
                .doesNotContain("null");
    }

    @Test
    void scalesOnAlerts_andBackToTheMinimum() {
        gateway.provider.put(
                SomeFunctions.in(
                        "staging",
                        "a",
                        Map.of(
                                "com.openfaas.scale.min",
                                "1",
                                "com.openfaas.scale.max",
                                "10",
                                "com.openfaas.scale.factor",
                                "30")),
                List.of());

        assertThat(alert("firing", "a.staging").status()).isEqualTo(200);
        assertThat(replicas("a")).isEqualTo(4);
        assertThat(alert("firing", "a.staging").body()).isEmpty();
        assertThat(alert("firing", "a.staging").status()).isEqualTo(200);
        assertThat(alert("firing", "a.staging").status()).isEqualTo(200);
        assertThat(replicas("a")).isEqualTo(10);
        assertThat(alert("resolved", "a.staging").status()).isEqualTo(200);
        assertThat(replicas("a")).isEqualTo(1);
    }

    @Test
    void takesAlertsForNobody_asHandled() {
        assertThat(alert("firing", "nobody").status()).isEqualTo(200);
        assertThat(alert("firing", "").status()).isEqualTo(200);
        assertThat(gateway.send("POST", "/system/alert", "{\"alerts\":[]}").status())
                .isEqualTo(200);
        assertThat(gateway.send("POST", "/system/alert", "{}").status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "nonsense", "[]", "{\"alerts\":{}}"})
    void refusesAlertsItCannotRead(String body) {
        RawHttp.Reply reply = gateway.send("POST", "/system/alert", body);

        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.body()).isEqualTo("Unable to parse alert, bad format.");
    }

    @Test
    void tellsWhichAlertFailed() {
        gateway.provider.put(SomeFunctions.in("openfaas-fn", "a", Map.of("com.openfaas.scale.max", "900")), List.of());
        assertThat(alert("firing", "a").status()).isEqualTo(200); // 91 of 100

        RawHttp.Reply reply = alert("firing", "a");

        assertThat(reply.status()).isEqualTo(500);
        assertThat(reply.body()).isEqualTo("[0] error scaling a: replicas: (181) must be at most 100\n");
    }

    @ParameterizedTest
    @CsvSource({
        "true, 1, '', 3", // a tenth of the default maximum of 20
        "true, 19, '', 20",
        "true, 1, 0, 1", // no steps: back to the minimum
        "true, 1, 100, 20",
        "true, 1, 101, 3", // nonsense counts as absent
        "true, 1, x, 3",
        "false, 7, 10, 1"
    })
    void computesReplicas_fromTheFactor(boolean isFiring, int current, String factor, int expected) {
        assertThat(AlertApi.replicas(isFiring, current, Map.of("com.openfaas.scale.factor", factor)))
                .isEqualTo(expected);
    }

    @Test
    void keepsFilesThatDoNotExist_apart() {
        for (String path : List.of("/ui/none.html", "/ui/none", "/ui/sub/", "/ui/x.class")) {
            assertThat(gateway.get(path).status()).isEqualTo(404);
        }
    }

    @Test
    void neverKeepsASecretInText() {
        Secret secret = new Secret(new Secret.Id("a", "b"), new byte[] {'x'});

        assertThat(secret.toString()).contains("REDACTED");
    }

    private RawHttp.Reply alert(String status, String function) {
        return gateway.send(
                "POST",
                "/system/alert",
                "{\"receiver\":\"scale-up\",\"status\":\"" + status + "\",\"alerts\":[{\"status\":\"" + status
                        + "\",\"labels\":{\"alertname\":\"x\",\"function_name\":\"" + function + "\"}}]}");
    }

    private int secret(String method, String body) {
        return gateway.send(method, "/system/secrets", body).status();
    }

    private int replicas(String name) {
        return Eventually.value(gateway.provider.describe(new FunctionName(name, "staging"), false))
                .replicas();
    }
}
