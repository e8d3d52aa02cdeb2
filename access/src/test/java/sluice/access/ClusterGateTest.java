package sluice.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static sluice.access.cluster.StubCluster.functions;
import static sluice.access.cluster.StubCluster.jwt;
import static sluice.access.cluster.StubCluster.robot;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.access.cluster.StubCluster;
import sluice.access.token.TestIssuer;
import sluice.core.AccessGate;
import sluice.core.AccessGate.Decision;
import sluice.core.AccessObject;
import sluice.core.AccessObjects;
import sluice.core.Action;
import sluice.core.ClusterIdentity.AccessStatus;
import sluice.core.ClusterIdentity.Attributes;
import sluice.core.Component;
import sluice.core.ConnectionFacts;
import sluice.core.Failure;
import sluice.core.FunctionName;
import sluice.core.Guard;
import sluice.core.MetricFamily;
import sluice.core.Settings;
import sluice.http.ErrorResponses;

/** Callers whom a cluster vouches for, over a stub of the cluster. */
class ClusterGateTest {
    private static final String GATEWAY = "https://gw.example.net";
    private static final String TOKEN =
            jwt("{\"iss\":\"https://kubernetes.default.svc\",\"aud\":[\"" + GATEWAY + "\"]}");

    @TempDir
    Path home;

    private final StubCluster cluster = new StubCluster();
    private final AtomicInteger addresses = new AtomicInteger();
    private @Nullable AccessControl access;
    private List<AccessObject> objects = List.of();

    @CanIgnoreReturnValue
    private AccessControl open(String... settings) throws IOException {
        return open(() -> Flux.just(objects).concatWith(Flux.never()), settings);
    }

    @CanIgnoreReturnValue
    private AccessControl open(AccessObjects kept, String... settings) throws IOException {
        Map<String, String> environment =
                new HashMap<>(Map.of("SLUICE_AUTH_K8S_TOKEN_REVIEW", "true", "system_issuer", GATEWAY));
        for (String setting : settings) {
            environment.put(setting.split("=", 2)[0], setting.split("=", 2)[1]);
        }
        Settings read = new Settings(environment);
        AccessConfig config = AccessConfig.from(read, home);
        assertThat(read.problems()).isEmpty();
        assertThat(config.problems(true)).isEmpty();
        cluster.knows(TOKEN, robot(), GATEWAY);
        AccessControl opened = AccessControl.open(
                config, "http://unused", null, new ClusterAccess(cluster, kept, Mono.just(List.of("dev", "staging"))));
        access = opened;
        return opened;
    }

    private AccessControl access() {
        return Objects.requireNonNull(access);
    }

    @AfterEach
    void close() {
        if (access != null) {
            access.close();
        }
    }

    private InetSocketAddress peer() {
        return new InetSocketAddress("10.0.0." + addresses.incrementAndGet(), 50_000);
    }

    private Decision ask(Action action, String namespace, String name, InetSocketAddress peer, String... values) {
        return IamFixture.settled(access().check(new AccessGate.Question(
                IamFixture.headers(values), new ConnectionFacts(peer, false, null), action, namespace, name)));
    }

    @CanIgnoreReturnValue
    private Decision bearer(Action action, String namespace, String name) {
        return ask(action, namespace, name, peer(), "Bearer " + TOKEN);
    }

    private Decision invoke(String function, Guard guard, String... lines) {
        return IamFixture.settled(access().admit(Fields.of(lines), peer(), new FunctionName(function, "dev"), guard));
    }

    @CanIgnoreReturnValue
    private static Decision.Deny expect(int status, String text, Decision decision) {
        assertThat(decision).isInstanceOf(Decision.Deny.class);
        Decision.Deny deny = (Decision.Deny) decision;
        assertThat(deny.reason().text()).contains(text);
        assertThat(ErrorResponses.statusOf(deny.reason().failure())).isEqualTo(status);
        return deny;
    }

    @Test
    void letsThoseInWhomTheClusterLets_andNoOthers() throws IOException {
        open();
        cluster.allows(functions("list", "dev", ""));
        Decision decision = bearer(Action.FUNCTION_LIST, "dev", "");
        assertThat(decision).isInstanceOf(Decision.Allow.class);
        Decision.Allow allow = (Decision.Allow) decision;
        assertThat(allow.identity().mechanism()).isEqualTo("k8s");
        assertThat(allow.identity().subject()).isEqualTo("system:serviceaccount:ci:robot");
        assertThat(allow.grant()).isEqualTo("SubjectAccessReview");

        Decision.Deny deny = expect(
                403,
                "functions.openfaas.com \"ocr\" is forbidden: User \"system:serviceaccount:ci:robot\" cannot delete"
                        + " resource \"functions\" in API group \"openfaas.com\" in the namespace \"staging\"",
                bearer(Action.FUNCTION_DELETE, "staging", "ocr"));
        assertThat(deny.identity().subject()).isEqualTo("system:serviceaccount:ci:robot");
        assertThat(cluster.reviewed).as("who it is was known").hasSize(1);
    }

    @Test
    void permitsTheNameThatIsAskedAbout_andNoOther() throws IOException {
        assertThat(open().decidesByName()).isTrue();
        cluster.allows(functions("update", "dev", "mine"));
        assertThat(bearer(Action.FUNCTION_UPDATE, "dev", "mine")).isInstanceOf(Decision.Allow.class);
        expect(403, "\"yours\"", bearer(Action.FUNCTION_UPDATE, "dev", "yours"));
        expect(403, "", bearer(Action.FUNCTION_UPDATE, "dev", ""));
    }

    @Test
    void answersAtOnce_whatWasAskedAMomentAgo() throws IOException {
        open();
        bearer(Action.FUNCTION_LIST, "dev", "");
        assertThat(access().check(IamFixture.headers("Bearer " + TOKEN), peer(), Action.FUNCTION_LIST, "dev"))
                .isInstanceOf(Decision.Deny.class);
        assertThat(cluster.asked).hasSize(1);
    }

    @Test
    void refusesWhomTheClusterDoesNotKnow_andSoonStopsAsking() throws IOException {
        open();
        InetSocketAddress guesser = peer();
        for (int i = 0; i < 20; i++) {
            Decision.Deny deny = expect(
                    401,
                    "not a valid token of the cluster",
                    ask(Action.FUNCTION_LIST, "dev", "", guesser, "Bearer sha256~guess" + i));
            assertThat(deny.challenges()).singleElement().asString().contains("error=\"invalid_token\"");
        }
        expect(429, "", ask(Action.FUNCTION_LIST, "dev", "", guesser, "Bearer sha256~another"));
        assertThat(cluster.reviewed).hasSize(20);
    }

    @Test
    void showsTheClusterNoTokensOfOthers() throws IOException {
        try (TestIssuer issuer = new TestIssuer()) {
            objects = List.of(new AccessObject(
                    "JwtIssuer", "other", Map.of("iss", issuer.url(), "aud", List.of(TestIssuer.AUDIENCE)), "test"));
            open("SLUICE_AUTH_IAM_ENABLED=true", "issuer_key_path=" + key());
            expect(401, "exchange it", ask(Action.FUNCTION_LIST, "dev", "", peer(), "Bearer " + issuer.token()));
        }
        expect(401, "", ask(Action.FUNCTION_LIST, "dev", "", peer(), "Bearer " + jwt("{\"iss\":\"https://nobody\"}")));
        assertThat(cluster.reviewed).isEmpty();
    }

    private Path key() throws IOException {
        try (AccessControl first = AccessControl.open(
                AccessConfig.from(
                        new Settings(Map.of(
                                "SLUICE_AUTH_IAM_DIR",
                                Files.createDirectories(home.resolve("none")).toString())),
                        home),
                "http://127.0.0.1:1")) {
            assertThat(first.desks().desk()).isNotNull();
        }
        return home.resolve("access/issuer.key");
    }

    @Test
    void isUnavailable_whenTheClusterIs() throws IOException {
        open();
        cluster.trouble = Mono.error(Failure.UNAVAILABLE.in(Component.PROVIDER, "no right to ask"));
        Decision.Deny deny =
                expect(503, "authentication unavailable: the Kubernetes API", bearer(Action.FUNCTION_LIST, "dev", ""));
        assertThat(deny.retryAfterSeconds()).isPositive();
        cluster.trouble = Mono.empty();
        bearer(Action.FUNCTION_LIST, "dev", "");
        cluster.trouble = Mono.error(Failure.UNAVAILABLE.in(Component.PROVIDER, "no right to ask"));
        expect(503, "", bearer(Action.FUNCTION_LIST, "staging", ""));
    }

    @Test
    void takesAContradictionForANo() throws IOException {
        open();
        cluster.rights.put(functions("list", "dev", ""), new AccessStatus(true, true, ""));
        expect(403, "", bearer(Action.FUNCTION_LIST, "dev", ""));
    }

    @Test
    void listsTheNamespacesInWhichTheCallerMay() throws IOException {
        open();
        expect(403, "at the cluster scope", bearer(Action.NAMESPACE_LIST, AccessGate.ANYWHERE, ""));
        close();
        cluster.allows(new Attributes.Resource("", "namespaces", "", "list", "staging", "staging"));
        open();
        Decision.Allow allow = (Decision.Allow) bearer(Action.NAMESPACE_LIST, AccessGate.ANYWHERE, "");
        assertThat(allow.rights()
                        .among(List.of("dev", "staging"), Action.NAMESPACE_LIST)
                        .block(Duration.ofSeconds(5)))
                .containsExactly("staging");
    }

    @Test
    void letsPasswordsGoOnCounting() throws IOException {
        open();
        String password = Files.readString(home.resolve("credentials/basic-auth-password"));
        String pair = java.util.Base64.getEncoder()
                .encodeToString(("admin:" + password).getBytes(java.nio.charset.StandardCharsets.UTF_8));
        assertThat(ask(Action.FUNCTION_LIST, "dev", "", peer(), "Basic " + pair))
                .isInstanceOf(Decision.Allow.class);
        Decision.Deny deny = expect(401, "authentication required", ask(Action.FUNCTION_LIST, "dev", "", peer()));
        assertThat(deny.challenges()).hasSize(2);
    }

    @Test
    void decidesByRoles_whenAskedTo() throws IOException {
        objects = List.of(
                new AccessObject(
                        "Policy",
                        "reader",
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
                                        List.of("dev:*")))),
                        "test"),
                new AccessObject(
                        "Role",
                        "robots",
                        Map.of(
                                "policy", List.of("reader"),
                                "principal", Map.of("jwt:sub", List.of("system:serviceaccount:ci:robot")),
                                "condition",
                                        Map.of(
                                                "StringEqual", Map.of("jwt:iss", List.of(StubCluster.ISSUER)),
                                                "ForAnyValue:StringEqual",
                                                        Map.of("jwt:groups", List.of("system:serviceaccounts:ci")))),
                        "test"));
        open("SLUICE_AUTH_K8S_AUTHORIZER=iam", "SLUICE_AUTH_IAM_ENABLED=true", "issuer_key_path=" + key());
        Decision.Allow allow = (Decision.Allow) bearer(Action.FUNCTION_LIST, "dev", "");
        assertThat(allow.grant()).isEqualTo("reader/read");
        expect(
                403,
                "insufficient permissions: Function:List on staging:*",
                bearer(Action.FUNCTION_LIST, "staging", ""));
        assertThat(cluster.asked).as("roles alone decide").isEmpty();
        assertThat(access().decidesByName()).isFalse();
    }

    @Test
    void opensGuardedFunctionsToThoseWhoMayInvokeThem() throws IOException {
        open();
        cluster.allows(new Attributes.Resource("openfaas.com", "functions", "invoke", "create", "dev", "env"));
        String line = "Authorization: Bearer " + TOKEN;
        assertThat(invoke("env", Guard.GATEWAY, line)).isInstanceOf(Decision.Allow.class);
        expect(403, "functions/invoke", invoke("other", Guard.GATEWAY, line));
        assertThat(access().admit(Fields.of(line), peer(), new FunctionName("env", "dev"), Guard.GATEWAY))
                .as("known by now")
                .isInstanceOf(Decision.Allow.class);
        expect(401, "", invoke("env", Guard.GATEWAY, "Authorization: Bearer sha256~nobody"));
    }

    /** A watchdog would get a token with which it could do at the API server whatever its holder can. */
    @Test
    void givesNoTokenOfTheClusterToAFunction() throws IOException {
        open();
        cluster.allows(new Attributes.Resource("openfaas.com", "functions", "invoke", "create", "dev", "env"));
        expect(401, "", invoke("env", Guard.GATEWAY_AND_FUNCTION, "Authorization: Bearer " + TOKEN));
        assertThat(cluster.reviewed).isEmpty();
    }

    @Test
    void endsAStreamWithTheToken() throws IOException {
        long end = Instant.now().plusSeconds(600).getEpochSecond();
        String ending = jwt("{\"iss\":\"kubernetes/serviceaccount\",\"aud\":\"" + GATEWAY + "\",\"exp\":" + end + "}");
        open();
        cluster.knows(ending, robot(), GATEWAY);
        cluster.allows(functions("list", "dev", ""));
        Decision.Allow allow = (Decision.Allow) ask(Action.FUNCTION_LIST, "dev", "", peer(), "Bearer " + ending);
        assertThat(allow.identity().expires()).isEqualTo(Instant.ofEpochSecond(end));
    }

    @Test
    void tellsHowOftenItKnewTheAnswer() throws IOException {
        open();
        bearer(Action.FUNCTION_LIST, "dev", "");
        bearer(Action.FUNCTION_LIST, "dev", "");
        List<MetricFamily> families = access().collect().block(Duration.ofSeconds(5));
        assertThat(families)
                .filteredOn(family -> family.name().equals("sluice_auth_cache_total"))
                .singleElement()
                .satisfies(family -> assertThat(family.samples())
                        .extracting(sample -> sample.labels().values() + " " + sample.value())
                        .containsExactly(
                                "[token_review, hit] 1.0",
                                "[token_review, miss] 1.0",
                                "[access_review, hit] 1.0",
                                "[access_review, miss] 1.0"));
    }

    @Test
    void doesNotStart_whenTheObjectsOfTheClusterCannotBeRead() {
        assertThatThrownBy(() -> open(
                        () -> Flux.error(new IllegalStateException("no such kind")),
                        "SLUICE_AUTH_IAM_ENABLED=true",
                        "issuer_key_path=" + key()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("JwtIssuers, Policies and Roles");
    }
}
