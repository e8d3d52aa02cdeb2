package sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.GenericKubernetesResourceBuilder;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.PolicyRuleBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sluice.http.RawHttp;
import sluice.kube.ApiServer;

/**
 * Callers whom a cluster vouches for, through a whole gateway and a real API server: real tokens of service accounts, real
 * rules of RBAC, and access objects that are kept there. The gateway itself has the rights of {@code deploy/manifests} and
 * what the chart adds for this, and no others.
 */
@Tag("cluster")
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class ClusterIdentitiesTest {
    private static final String NAMESPACE = "openfaas-fn";
    private static final String HOME = "openfaas";
    private static final String AUDIENCE = "https://gw.example.net";
    private static final String FUNCTIONS = "openfaas.com";

    @TempDir
    static Path directory;

    private static ApiServer server;
    private static KubernetesClient admin;
    private static TestGateway gateway;

    @BeforeAll
    @Timeout(value = 2, unit = TimeUnit.MINUTES)
    static void start() throws Exception {
        server = ApiServer.startWithoutControllers(directory);
        admin = server.admin();
        namespace(NAMESPACE);
        namespace(HOME);
        namespace("another");
        try (Stream<Path> files = Files.list(Path.of("../deploy/crds"))) {
            for (Path file :
                    files.filter(name -> name.toString().endsWith(".yaml")).toList()) {
                admin.load(Files.newInputStream(file)).serverSideApply();
            }
        }
        Patience.until(
                "the kinds are served", () -> isServed("policies") && isServed("roles") && isServed("jwtissuers"));
        gateway = new TestGateway(directory.resolve("data"), settings());
        deploy("guarded");
    }

    @AfterAll
    static void end() {
        gateway.close();
        admin.close();
        server.close();
    }

    /** Its account may ask who somebody is, and what they may; the functions and the objects it may read as the chart says. */
    private static Map<String, String> settings() throws Exception {
        account(HOME, "gateway");
        admin.resource(new ClusterRoleBindingBuilder()
                        .withNewMetadata()
                        .withName("sluice-auth-delegator")
                        .endMetadata()
                        .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", "system:auth-delegator")
                        .addNewSubject("", "ServiceAccount", "gateway", HOME)
                        .build())
                .create();
        permit(HOME, HOME + ":gateway", rule("iam.openfaas.com", "jwtissuers,policies,roles", "get,list,watch"));
        permit(
                NAMESPACE,
                HOME + ":gateway",
                rule("apps", "deployments,deployments/scale", "get,list,watch,create,update,patch,delete"),
                rule("", "services,secrets,pods", "get,list,watch,create,update,patch,delete"),
                rule("discovery.k8s.io", "endpointslices", "get,list,watch"));
        Map<String, String> settings = new HashMap<>();
        settings.put("SLUICE_PROVIDER", "k8s");
        settings.put("KUBECONFIG", kubeconfig("gateway", token(HOME, "gateway")).toString());
        settings.put("function_namespace", NAMESPACE);
        settings.put("SLUICE_AUTH_K8S_TOKEN_REVIEW", "true");
        settings.put("SLUICE_AUTH_IAM_ENABLED", "true");
        settings.put("system_issuer", AUDIENCE);
        return settings;
    }

    private static Path kubeconfig(String user, String token) throws Exception {
        String admins = Files.readString(server.kubeconfig());
        return Files.writeString(
                directory.resolve(user + ".kubeconfig"),
                admins.replaceAll("token: \"[^\"]*\"", "token: \"" + token + "\""));
    }

    private static void namespace(String name) {
        admin.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .build())
                .create();
    }

    private static boolean isServed(String kind) {
        return admin.getApiResources("iam.openfaas.com/v1").getResources().stream()
                .anyMatch(resource -> resource.getName().equals(kind));
    }

    private static void account(String namespace, String name) {
        admin.resource(new ServiceAccountBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .withNamespace(namespace)
                        .endMetadata()
                        .build())
                .create();
    }

    private static String token(String namespace, String account, String... audiences) {
        return admin.serviceAccounts()
                .inNamespace(namespace)
                .withName(account)
                .tokenRequest(new TokenRequestBuilder()
                        .withNewSpec()
                        .withExpirationSeconds(3_600L)
                        .withAudiences(audiences)
                        .endSpec()
                        .build())
                .getStatus()
                .getToken();
    }

    private static PolicyRule rule(String group, String resources, String verbs, String... names) {
        return new PolicyRuleBuilder()
                .withApiGroups(group)
                .withResources(resources.split(",", -1))
                .withVerbs(verbs.split(",", -1))
                .withResourceNames(names)
                .build();
    }

    /** Binds a service account, {@code NAMESPACE:NAME}, to these rules in {@code namespace}. */
    private static void permit(String namespace, String account, PolicyRule... rules) {
        String name = account.replace(':', '-') + "-" + Arrays.hashCode(rules);
        admin.resource(new RoleBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .withNamespace(namespace)
                        .endMetadata()
                        .withRules(rules)
                        .build())
                .create();
        admin.resource(new RoleBindingBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .withNamespace(namespace)
                        .endMetadata()
                        .withNewRoleRef("rbac.authorization.k8s.io", "Role", name)
                        .addNewSubject("", "ServiceAccount", account.split(":", -1)[1], account.split(":", -1)[0])
                        .build())
                .create();
    }

    private static void deploy(String name) throws Exception {
        RawHttp.Reply reply = RawHttp.exchange(
                gateway.port(),
                "POST",
                "/system/functions",
                "{\"service\":\"" + name + "\",\"image\":\"registry.example.com/a:1\","
                        + "\"annotations\":{\"sluice_jwt_auth\":\"true\"}}",
                "Authorization: " + gateway.authorization());
        assertThat(reply.status()).as(reply.body()).isEqualTo(202);
    }

    private static RawHttp.Reply system(String token, String method, String path, String json) {
        return RawHttp.exchange(gateway.port(), method, path, json, "Authorization: Bearer " + token);
    }

    @Test
    void letsAnAccountDoWhatItsRolePermits() {
        account(NAMESPACE, "reader");
        permit(NAMESPACE, NAMESPACE + ":reader", rule(FUNCTIONS, "functions", "list,get"));
        String token = token(NAMESPACE, "reader", AUDIENCE);

        assertThat(system(token, "GET", "/system/functions", "").status()).isEqualTo(200);
        assertThat(system(token, "GET", "/system/function/guarded", "").status())
                .isEqualTo(200);
        RawHttp.Reply refused = system(token, "DELETE", "/system/functions", "{\"functionName\":\"guarded\"}");
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.body())
                .startsWith("functions.openfaas.com \"guarded\" is forbidden: User"
                        + " \"system:serviceaccount:openfaas-fn:reader\" cannot delete resource \"functions\" in API group"
                        + " \"openfaas.com\" in the namespace \"openfaas-fn\"");
        assertThat(system(token, "GET", "/system/functions?namespace=another", "")
                        .status())
                .isEqualTo(403);
        assertThat(system(token, "GET", "/system/secrets", "").status()).isEqualTo(403);
    }

    @Test
    void knowsRulesAboutSingleNames() {
        account(NAMESPACE, "owner");
        permit(NAMESPACE, NAMESPACE + ":owner", rule(FUNCTIONS, "functions,functions/scale", "get,update", "guarded"));
        String token = token(NAMESPACE, "owner", AUDIENCE);

        assertThat(system(token, "GET", "/system/function/guarded", "").status())
                .isEqualTo(200);
        assertThat(system(token, "GET", "/system/function/other", "").status())
                .as("whether there is one is not for everybody to know")
                .isEqualTo(403);
        assertThat(system(token, "POST", "/system/scale-function/guarded", "{\"replicas\":1}")
                        .status())
                .isEqualTo(202);
        String update =
                "{\"service\":\"%s\",\"image\":\"registry.example.com/a:2\",\"annotations\":{\"sluice_jwt_auth\":\"true\"}}";
        assertThat(system(token, "PUT", "/system/functions", update.formatted("guarded"))
                        .status())
                .isEqualTo(202);
        assertThat(system(token, "PUT", "/system/functions", update.formatted("other"))
                        .status())
                .isEqualTo(403);
    }

    @Test
    void listsTheNamespacesThatTheAccountMaySee() {
        account(NAMESPACE, "visitor");
        String token = token(NAMESPACE, "visitor", AUDIENCE);
        assertThat(system(token, "GET", "/system/namespaces", "").status()).isEqualTo(403);

        account(NAMESPACE, "resident");
        permit(NAMESPACE, NAMESPACE + ":resident", rule("", "namespaces", "list"));
        RawHttp.Reply listed = system(token(NAMESPACE, "resident", AUDIENCE), "GET", "/system/namespaces", "");
        assertThat(listed.status()).isEqualTo(200);
        assertThat(listed.body()).contains("[\"openfaas-fn\"]");
    }

    @Test
    void takesNoTokenThatIsMeantForSomebodyElse_norAMadeUpOne() {
        account(NAMESPACE, "stray");
        permit(NAMESPACE, NAMESPACE + ":stray", rule(FUNCTIONS, "functions", "list"));
        RawHttp.Reply other =
                system(token(NAMESPACE, "stray", "https://other.example.net"), "GET", "/system/functions", "");
        assertThat(other.status()).isEqualTo(401);
        assertThat(other.body()).startsWith("wrong audience");
        assertThat(system(token(NAMESPACE, "stray"), "GET", "/system/functions", "")
                        .status())
                .as("one for the API server")
                .isEqualTo(401);
        String good = token(NAMESPACE, "stray", AUDIENCE);
        String signature = good.substring(good.lastIndexOf('.') + 1);
        RawHttp.Reply forged =
                system(good.replace(signature, new StringBuilder(signature).reverse()), "GET", "/system/functions", "");
        assertThat(forged.status()).isEqualTo(401);
        assertThat(forged.field("WWW-Authenticate")).contains("error=\"invalid_token\"");
        assertThat(system("sha256~nobody", "GET", "/system/functions", "").status())
                .isEqualTo(401);
        assertThat(system(good, "GET", "/system/functions", "").status()).isEqualTo(200);
    }

    @Test
    void opensGuardedFunctionsToThoseWhoMayInvokeThem() {
        account(NAMESPACE, "caller");
        permit(NAMESPACE, NAMESPACE + ":caller", rule(FUNCTIONS, "functions/invoke", "create", "guarded"));
        String token = token(NAMESPACE, "caller", AUDIENCE);
        RawHttp.Reply admitted = RawHttp.exchange(
                gateway.port(), "POST", "/async-function/guarded", "", "Authorization: Bearer " + token);
        assertThat(admitted.status()).as(admitted.body()).isEqualTo(202);
        account(NAMESPACE, "passer-by");
        RawHttp.Reply refused = RawHttp.exchange(
                gateway.port(),
                "POST",
                "/function/guarded",
                "",
                "Authorization: Bearer " + token(NAMESPACE, "passer-by", AUDIENCE));
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.body()).contains("cannot create resource \"functions/invoke\"");
    }

    @Test
    void followsTheObjectsThatAreKeptInTheCluster() throws Exception {
        Patience.until("nothing is there yet", () -> objects("Policy", "true") == 0);
        admin.resource(new GenericKubernetesResourceBuilder()
                        .withApiVersion("iam.openfaas.com/v1")
                        .withKind("Policy")
                        .withNewMetadata()
                        .withName("readers")
                        .withNamespace(HOME)
                        .endMetadata()
                        .addToAdditionalProperties(
                                "spec",
                                Map.of(
                                        "statement",
                                        List.of(Map.of(
                                                "sid",
                                                "read",
                                                "effect",
                                                "Allow",
                                                "action",
                                                List.of("Function:List"),
                                                "resource",
                                                List.of("*")))))
                        .build())
                .create();
        Patience.until("the policy is in force", () -> objects("Policy", "true") == 1);
        admin.genericKubernetesResources("iam.openfaas.com/v1", "Policy")
                .inNamespace(HOME)
                .withName("readers")
                .delete();
        Patience.until("it is no longer", () -> objects("Policy", "true") == 0);
    }

    private static int objects(String kind, String isValid) {
        String metrics =
                RawHttp.exchange(gateway.metricsPort(), "GET", "/metrics", "").body();
        String line = "sluice_iam_objects{kind=\"" + kind + "\",valid=\"" + isValid + "\"} ";
        return metrics.lines()
                .filter(each -> each.startsWith(line))
                .mapToInt(each -> (int) Double.parseDouble(each.substring(line.length())))
                .findFirst()
                .orElse(-1);
    }
}
