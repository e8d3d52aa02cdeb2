package sluice.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sluice.access.privacy.PrivacyConfig;
import sluice.access.revocation.RevocationConfig;
import sluice.access.revocation.RevocationConfig.WhenStale;
import sluice.access.token.IssuerKeys.KeyTimes;
import sluice.access.token.TokenRules;
import sluice.core.Settings;

class AccessConfigTest {
    private static final Path DATA = Path.of("data");

    @Test
    void hasDefaults() {
        AccessConfig config = config(Map.of());
        assertThat(config)
                .isEqualTo(new AccessConfig(
                        true,
                        DATA.resolve("credentials"),
                        true,
                        false,
                        false,
                        Set.of("PUT", "POST", "DELETE"),
                        DATA.resolve("audit.json"),
                        config.iam(),
                        new PrivacyConfig(
                                DATA.resolve("access/access.db"),
                                "",
                                false,
                                2_048,
                                Duration.ofDays(30),
                                Duration.ofDays(366),
                                100_000,
                                Duration.ofMinutes(1)),
                        new RevocationConfig(
                                100_000, Duration.ofHours(24), Duration.ofSeconds(30), WhenStale.DENY, WhenStale.ALLOW),
                        new ClusterConfig(
                                false, Set.of(), Set.of(), false, ClusterConfig.Authorizer.SAR, Duration.ofMinutes(1)),
                        new CertificateConfig(false, false)));
        assertThat(config.iam())
                .isEqualTo(new IamConfig(
                        "",
                        false,
                        "openfaas",
                        "",
                        DATA.resolve("access/issuer.key"),
                        true,
                        false,
                        16_384,
                        TokenRules.FEDERATED,
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(5),
                        Duration.ofHours(24),
                        Duration.ofMinutes(30),
                        Duration.ofHours(24),
                        new KeyTimes(Duration.ofMinutes(5), Duration.ofSeconds(30), Duration.ofHours(24)),
                        "",
                        20_000,
                        Duration.ofSeconds(60),
                        1_024));
        assertThat(config.iam().isOn()).isFalse();
    }

    @Test
    void readsEverySetting() {
        Map<String, String> environment = new HashMap<>(Map.of(
                "basic_auth", "false",
                "secret_mount_path", "/run/secrets",
                "SLUICE_AUTH_ALLOW_ANONYMOUS", "true",
                "auditing", "true",
                "auditing_http_verbs", "GET, DELETE",
                "SLUICE_AUTH_AUDIT_FILE", "/var/log/audit.json"));
        environment.putAll(Map.of(
                "SLUICE_AUTH_IAM_DIR", "/etc/access",
                "system_issuer", "https://gw.example.net",
                "issuer_key_path", "/etc/issuer.key",
                "SLUICE_AUTH_IAM_ACCEPT_FEDERATED_BEARER", "true",
                "SLUICE_AUTH_MAX_TOKEN_BYTES", "2048",
                "SLUICE_AUTH_JWT_ALGORITHMS", "ES256, EdDSA",
                "SLUICE_AUTH_JWT_SKEW", "10s",
                "SLUICE_AUTH_JWT_OWN_SKEW", "10m",
                "SLUICE_AUTH_IAM_MAX_SUBJECT_LIFETIME", "1h",
                "SLUICE_AUTH_IAM_DEFAULT_TOKEN_EXPIRY", "2h"));
        environment.putAll(Map.of(
                "SLUICE_AUTH_IAM_MAX_TOKEN_EXPIRY", "3h",
                "SLUICE_AUTH_JWKS_REFRESH", "4m",
                "SLUICE_AUTH_JWKS_UNKNOWN_KID_COOLDOWN", "5s",
                "SLUICE_AUTH_JWKS_MAX_STALE", "6h",
                "ca_bundle_path", "/etc/ca.pem",
                "SLUICE_AUTH_CACHE_ENTRIES", "7",
                "SLUICE_AUTH_CACHE_TTL", "8s",
                "SLUICE_AUTH_VERIFY_QUEUE", "9"));
        environment.putAll(Map.of(
                "SLUICE_AUTH_MASTER_KEY_FILE", "/etc/master.key",
                "SLUICE_AUTH_PRIVATE_HIDE_EXISTENCE", "true",
                "SLUICE_AUTH_PRIVATE_KEY_BITS", "4096",
                "SLUICE_AUTH_PRIVATE_DEFAULT_LIFETIME", "5h",
                "SLUICE_AUTH_PRIVATE_MAX_LIFETIME", "6h",
                "SLUICE_AUTH_PRIVATE_MAX_TOKENS", "7",
                "SLUICE_AUTH_PRIVATE_LAST_USE_EVERY", "0s"));
        environment.putAll(Map.of(
                "SLUICE_AUTH_REVOCATION_MAX_RECORDS", "8",
                "SLUICE_AUTH_REVOCATION_KEEP", "1h",
                "SLUICE_AUTH_REVOCATION_MAX_STALENESS", "1s",
                "SLUICE_AUTH_REVOCATION_ON_STALE_CONTROL", "allow",
                "SLUICE_AUTH_REVOCATION_ON_STALE_INVOKE", "deny"));
        environment.putAll(Map.of(
                "SLUICE_AUTH_IAM_ENABLED", "true",
                "SLUICE_AUTH_IAM_NAMESPACE", "gateways",
                "SLUICE_AUTH_K8S_TOKEN_REVIEW", "true",
                "SLUICE_AUTH_K8S_ISSUERS", "https://kubernetes.example.net, kubernetes/serviceaccount",
                "SLUICE_AUTH_K8S_AUDIENCES", "https://gw.example.net",
                "SLUICE_AUTH_K8S_ACCEPT_APISERVER_AUDIENCE", "true",
                "SLUICE_AUTH_K8S_AUTHORIZER", "iam",
                "SLUICE_AUTH_K8S_CACHE_TTL", "10s",
                "SLUICE_AUTH_X509_ENABLED", "true",
                "SLUICE_AUTH_X509_ALLOW_SYSTEM_IDENTITIES", "true"));
        Settings settings = new Settings(environment);
        IamConfig iam = new IamConfig(
                "/etc/access",
                true,
                "gateways",
                "https://gw.example.net",
                Path.of("/etc/issuer.key"),
                false,
                true,
                2_048,
                Set.of("ES256", "EdDSA"),
                Duration.ofSeconds(10),
                Duration.ofMinutes(5),
                Duration.ofHours(1),
                Duration.ofHours(2),
                Duration.ofHours(3),
                new KeyTimes(Duration.ofMinutes(4), Duration.ofSeconds(5), Duration.ofHours(6)),
                "/etc/ca.pem",
                7,
                Duration.ofSeconds(8),
                9);
        assertThat(AccessConfig.from(settings, DATA))
                .isEqualTo(new AccessConfig(
                        false,
                        Path.of("/run/secrets"),
                        false,
                        true,
                        true,
                        Set.of("GET", "DELETE"),
                        Path.of("/var/log/audit.json"),
                        iam,
                        new PrivacyConfig(
                                DATA.resolve("access/access.db"),
                                "/etc/master.key",
                                true,
                                4_096,
                                Duration.ofHours(5),
                                Duration.ofHours(6),
                                7,
                                Duration.ofSeconds(1)),
                        new RevocationConfig(
                                8, Duration.ofHours(1), Duration.ofSeconds(5), WhenStale.ALLOW, WhenStale.DENY),
                        new ClusterConfig(
                                true,
                                Set.of("https://kubernetes.example.net", "kubernetes/serviceaccount"),
                                Set.of("https://gw.example.net"),
                                true,
                                ClusterConfig.Authorizer.IAM,
                                Duration.ofSeconds(10)),
                        new CertificateConfig(true, true)));
        assertThat(settings.problems()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "https://gw.example.net, 10.0.0.1, true",
        "https://gw.example.net/base, 10.0.0.1, true",
        "http://127.0.0.1:8080, 127.0.0.1, true",
        "'', 127.0.0.1, true",
        "'', 10.0.0.1, false",
        "http://gw.example.net, 10.0.0.1, false",
        "https://gw.example.net/, 10.0.0.1, false",
        "gw.example.net, 10.0.0.1, false",
        "https://gw.example.net?x, 10.0.0.1, false"
    })
    void wantsAnAddressThatAnIssuerCanHave(String issuer, String bind, boolean isRight) throws UnknownHostException {
        IamConfig iam = config(Map.of("SLUICE_AUTH_IAM_DIR", "d", "system_issuer", issuer))
                .iam();
        assertThat(iam.problems(InetAddress.getByName(bind), 8080).isEmpty()).isEqualTo(isRight);
    }

    @ParameterizedTest
    @CsvSource({
        "SLUICE_AUTH_K8S_TOKEN_REVIEW=true system_issuer=https://gw, true, ''",
        "SLUICE_AUTH_K8S_TOKEN_REVIEW=true SLUICE_AUTH_K8S_AUDIENCES=gw, true, ''",
        "SLUICE_AUTH_K8S_TOKEN_REVIEW=true, true, system_issuer",
        "SLUICE_AUTH_K8S_TOKEN_REVIEW=true, false, SLUICE_PROVIDER=k8s",
        "SLUICE_AUTH_K8S_TOKEN_REVIEW=true SLUICE_AUTH_K8S_AUTHORIZER=iam, true, needs Roles",
        "SLUICE_AUTH_K8S_TOKEN_REVIEW=true SLUICE_AUTH_K8S_AUTHORIZER=iam SLUICE_AUTH_IAM_ENABLED=true system_issuer=https://gw, true, ''",
        "SLUICE_AUTH_IAM_ENABLED=true, false, SLUICE_AUTH_IAM_DIR",
        "SLUICE_AUTH_IAM_ENABLED=true SLUICE_AUTH_IAM_DIR=d, false, ''",
        "SLUICE_AUTH_X509_ENABLED=true, false, SLUICE_AUTH_K8S_AUTHORIZER=iam",
        "SLUICE_AUTH_X509_ENABLED=true, true, ''",
        "SLUICE_AUTH_X509_ENABLED=true SLUICE_AUTH_K8S_AUTHORIZER=iam, false, needs Roles",
        "SLUICE_AUTH_X509_ENABLED=true SLUICE_AUTH_K8S_AUTHORIZER=iam SLUICE_AUTH_IAM_DIR=d, false, ''",
        "basic_auth=true, false, ''"
    })
    void wantsAClusterWhereOneIsAsked(String settings, boolean hasCluster, String problem) {
        Map<String, String> environment = new HashMap<>();
        for (String setting : settings.split(" ", -1)) {
            environment.put(setting.split("=", 2)[0], setting.split("=", 2)[1]);
        }
        assertThat(String.join(" ", config(environment).problems(hasCluster))).contains(problem);
        if (problem.isEmpty()) {
            assertThat(config(environment).problems(hasCluster)).isEmpty();
        }
    }

    @Test
    void refusesAnOpenControlPlane_onMoreThanTheLoopbackAddress() throws UnknownHostException {
        InetAddress everywhere = InetAddress.getByAddress(new byte[4]);
        AccessConfig open = config(Map.of("basic_auth", "false"));
        assertThat(open.problems(everywhere)).singleElement().asString().contains("SLUICE_AUTH_ALLOW_ANONYMOUS");
        assertThat(open.problems(InetAddress.getLoopbackAddress())).isEmpty();
        assertThat(config(Map.of()).problems(everywhere)).isEmpty();
        assertThat(config(Map.of("basic_auth", "false", "SLUICE_AUTH_ALLOW_ANONYMOUS", "true"))
                        .problems(everywhere))
                .isEmpty();
    }

    private static AccessConfig config(Map<String, String> environment) {
        return AccessConfig.from(new Settings(environment), DATA);
    }
}
