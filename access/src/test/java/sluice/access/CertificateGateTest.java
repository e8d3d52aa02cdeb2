package sluice.access;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.access.cluster.StubCluster.functions;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import sluice.access.cluster.StubCluster;
import sluice.core.AccessGate;
import sluice.core.AccessGate.Decision;
import sluice.core.Action;
import sluice.core.ClusterIdentity.Attributes;
import sluice.core.ConnectionFacts;
import sluice.core.FunctionName;
import sluice.core.Guard;
import sluice.core.Revocations;
import sluice.core.Settings;
import sluice.http.ErrorResponses;
import sluice.http.TestAuthority;

/** Callers who show a client certificate: who they are, and who says what they may. */
class CertificateGateTest {
    private static final String ROLES = """
            apiVersion: iam.openfaas.com/v1
            kind: Policy
            metadata: {name: reader}
            spec:
              statement:
              - {sid: read, effect: Allow, action: ["Function:List"], resource: ["dev:*"]}
              - {sid: call, effect: Allow, action: ["Function:Invoke"], resource: ["dev:env"]}
            ---
            apiVersion: iam.openfaas.com/v1
            kind: Role
            metadata: {name: devs}
            spec:
              policy: [reader]
              condition:
                StringEqual: {"jwt:iss": ["x509:Clients CA"]}
                ForAnyValue:StringEqual: {"jwt:groups": [devs]}
            """;

    @TempDir
    static Path shared;

    @TempDir
    Path home;

    private static TestAuthority authority;
    private static X509Certificate alice;
    private static X509Certificate mallory;
    private final StubCluster cluster = new StubCluster();
    private @Nullable AccessControl access;

    @BeforeAll
    @Timeout(value = 2, unit = TimeUnit.MINUTES)
    static void makeKeys() throws Exception {
        authority = TestAuthority.in(shared, "Clients CA");
        alice = authority.client("CN=alice,O=devs,O=ops").certificate();
        mallory = authority.client("CN=mallory,O=system:masters").certificate();
    }

    @AfterEach
    void close() {
        if (access != null) {
            access.close();
        }
    }

    private AccessControl byRoles(String... more) throws IOException {
        Path objects = Files.createDirectories(home.resolve("access.d"));
        Files.writeString(objects.resolve("all.yaml"), ROLES);
        Map<String, String> settings = new HashMap<>(Map.of(
                "SLUICE_AUTH_X509_ENABLED", "true",
                "SLUICE_AUTH_K8S_AUTHORIZER", "iam",
                "SLUICE_AUTH_IAM_DIR", objects.toString(),
                "system_issuer", "https://gw.example.net"));
        for (String setting : more) {
            settings.put(setting.split("=", 2)[0], setting.split("=", 2)[1]);
        }
        return open(settings, null);
    }

    private AccessControl open(Map<String, String> settings, @Nullable ClusterAccess ofCluster) throws IOException {
        AccessConfig config = AccessConfig.from(new Settings(settings), home);
        assertThat(config.problems(ofCluster != null)).isEmpty();
        AccessControl opened = AccessControl.open(config, "http://unused", null, ofCluster);
        access = opened;
        return opened;
    }

    private static ConnectionFacts with(@Nullable X509Certificate certificate) {
        return new ConnectionFacts(new InetSocketAddress(InetAddress.getLoopbackAddress(), 50_000), true, certificate);
    }

    private static Decision ask(
            AccessControl access, X509Certificate certificate, Action action, String namespace, String... credentials) {
        return IamFixture.settled(access.check(
                new AccessGate.Question(IamFixture.headers(credentials), with(certificate), action, namespace, "")));
    }

    private static void expect(int status, String text, Decision decision) {
        assertThat(decision).isInstanceOf(Decision.Deny.class);
        Decision.Deny deny = (Decision.Deny) decision;
        assertThat(deny.reason().text()).contains(text);
        assertThat(ErrorResponses.statusOf(deny.reason().failure())).isEqualTo(status);
    }

    @Test
    void takesNoCertificateThatIsRevoked_andEveryOther() throws Exception {
        AccessControl access = byRoles();
        Revocations revocations = Objects.requireNonNull(access.desks().revocations());
        String digest = HexFormat.ofDelimiter(":")
                .withUpperCase()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(alice.getEncoded())); // as openssl prints it
        assertThat(ask(access, alice, Action.FUNCTION_LIST, "dev")).isInstanceOf(Decision.Allow.class);
        Revocations.Entry entry = Objects.requireNonNull(revocations
                .add(new Revocations.Asked(Revocations.Kind.CERTIFICATE, "", digest, null, "lost"), "admin")
                .block(Duration.ofSeconds(20)));
        expect(401, "certificate revoked", ask(access, alice, Action.FUNCTION_LIST, "dev"));
        expect(403, "client certificates name nobody", ask(access, mallory, Action.FUNCTION_LIST, "dev"));
        assertThat(entry.value()).isEqualTo(digest.replace(":", "").toLowerCase(Locale.ROOT));
    }

    @Test
    void takesTheCommonNameForTheUser_andOrganizationsForGroups() throws IOException {
        AccessControl access = byRoles();
        Decision.Allow allow = (Decision.Allow) ask(access, alice, Action.FUNCTION_LIST, "dev");
        assertThat(allow.identity().mechanism()).isEqualTo("x509");
        assertThat(allow.identity().subject()).isEqualTo("alice");
        assertThat(allow.identity().issuer()).isEqualTo("x509:Clients CA");
        assertThat(allow.identity().expires()).isEqualTo(alice.getNotAfter().toInstant());
        assertThat(allow.grant()).isEqualTo("reader/read");
        expect(403, "Function:List on live:*", ask(access, alice, Action.FUNCTION_LIST, "live"));
        expect(403, "Function:Delete", ask(access, alice, Action.FUNCTION_DELETE, "dev"));
    }

    @Test
    void opensGuardedFunctions() throws IOException {
        AccessControl access = byRoles();
        FunctionName env = new FunctionName("env", "dev");
        assertThat(IamFixture.settled(access.admit(Fields.of(), with(alice), env, Guard.GATEWAY)))
                .isInstanceOf(Decision.Allow.class);
        expect(
                403,
                "Function:Invoke on dev:other",
                IamFixture.settled(
                        access.admit(Fields.of(), with(alice), new FunctionName("other", "dev"), Guard.GATEWAY)));
        expect(401, "", access.admit(Fields.of(), with(null), env, Guard.GATEWAY));
    }

    @Test
    void looksAtTheCertificateOnlyWithoutAnotherCredential() throws IOException {
        AccessControl access = byRoles();
        expect(401, "", ask(access, alice, Action.FUNCTION_LIST, "dev", "Bearer bad"));
        expect(401, "invalid credentials", ask(access, alice, Action.FUNCTION_LIST, "dev", "Basic YTpi"));
        expect(
                401,
                "authentication required",
                IamFixture.settled(access.check(
                        new AccessGate.Question(IamFixture.headers(), with(null), Action.FUNCTION_LIST, "dev", ""))));
    }

    @Test
    void believesNobodyToBeOfTheSystem_unlessAskedTo() throws IOException {
        expect(403, "begins with system:", ask(byRoles(), mallory, Action.FUNCTION_LIST, "dev"));
        close();
        expect(
                403,
                "insufficient permissions",
                ask(byRoles("SLUICE_AUTH_X509_ALLOW_SYSTEM_IDENTITIES=true"), mallory, Action.FUNCTION_LIST, "dev"));
    }

    @Test
    @Timeout(value = 60, unit = TimeUnit.SECONDS)
    void wantsExactlyOneName() throws Exception {
        AccessControl access = byRoles();
        for (String subject : List.of("O=devs", "CN=a,CN=b,O=devs", "CN=a+CN=b,O=devs")) {
            expect(
                    401,
                    "exactly one common name",
                    ask(access, authority.client(subject).certificate(), Action.FUNCTION_LIST, "dev"));
        }
        expect(
                403,
                "begins with system:",
                ask(access, authority.client("CN=system:admin").certificate(), Action.FUNCTION_LIST, "dev"));
    }

    @Test
    void asksTheCluster_whereThereIsOne() throws IOException {
        AccessControl access = open(
                Map.of("SLUICE_AUTH_X509_ENABLED", "true"),
                new ClusterAccess(cluster, () -> Flux.never(), Mono.just(List.of("dev"))));
        cluster.allows(functions("list", "dev", ""));
        assertThat(ask(access, alice, Action.FUNCTION_LIST, "dev")).isInstanceOf(Decision.Allow.class);
        assertThat(cluster.users).last().satisfies(user -> {
            assertThat(user.name()).isEqualTo("alice");
            assertThat(user.groups()).containsExactlyInAnyOrder("devs", "ops", "system:authenticated");
        });
        expect(403, "User \"alice\" cannot list", ask(access, alice, Action.FUNCTION_LIST, "live"));
        cluster.allows(new Attributes.Resource("openfaas.com", "functions", "invoke", "create", "dev", "env"));
        assertThat(IamFixture.settled(
                        access.admit(Fields.of(), with(alice), new FunctionName("env", "dev"), Guard.GATEWAY)))
                .isInstanceOf(Decision.Allow.class);
    }
}
