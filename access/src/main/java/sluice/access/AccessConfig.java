package sluice.access;

import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import sluice.access.privacy.PrivacyConfig;
import sluice.access.revocation.RevocationConfig;
import sluice.core.Settings;

/**
 * Settings of access control.
 *
 * @param basicAuth whether the control plane asks for a user and a password
 * @param credentials directory of the files {@code basic-auth-user} and {@code basic-auth-password}
 * @param isGenerated whether missing credentials are made up at the first start; never in a directory the operator
 *     names, where missing files are a mistake
 * @param allowAnonymous whether the control plane may be open to everyone who can reach it
 * @param audit whether it is written down who did what
 * @param auditVerbs methods whose allowed calls are written down; refused ones always are
 * @param auditFile where
 * @param iam tokens, issuers and policies
 * @param privacy private functions
 * @param revocations what does not count any more
 * @param cluster callers whom a Kubernetes cluster vouches for
 * @param certificates callers who show a client certificate
 */
public record AccessConfig(
        boolean basicAuth,
        Path credentials,
        boolean isGenerated,
        boolean allowAnonymous,
        boolean audit,
        Set<String> auditVerbs,
        Path auditFile,
        IamConfig iam,
        PrivacyConfig privacy,
        RevocationConfig revocations,
        ClusterConfig cluster,
        CertificateConfig certificates) {
    private static final Set<String> VERBS = Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE");

    /** Reads the settings; generated credentials live under {@code dataDir}. */
    public static AccessConfig from(Settings settings, Path dataDir) {
        boolean basicAuth = settings.flag("basic_auth", true, "ask for user and password on /system and /ui");
        String directory = settings.text(
                "secret_mount_path",
                "",
                "directory of basic-auth-user and basic-auth-password; when unset they are generated in the data directory");
        boolean allowAnonymous = settings.flag(
                "SLUICE_AUTH_ALLOW_ANONYMOUS", false, "let basic_auth=false listen on more than the loopback address");
        return new AccessConfig(
                basicAuth,
                directory.isEmpty() ? dataDir.resolve("credentials") : Path.of(directory),
                directory.isEmpty(),
                allowAnonymous,
                settings.flag("auditing", false, "write down who did what on /system, and what was refused"),
                Names.split(settings.parsed(
                        "auditing_http_verbs",
                        "names",
                        "PUT,POST,DELETE",
                        "methods whose allowed calls are written down, comma between them; refused ones always are",
                        text -> Names.check(text, VERBS))),
                Path.of(settings.text(
                        "SLUICE_AUTH_AUDIT_FILE",
                        dataDir.resolve("audit.json").toString(),
                        "file of the audit, one JSON object a line")),
                IamConfig.from(settings, dataDir),
                PrivacyConfig.from(settings, dataDir),
                RevocationConfig.from(settings),
                ClusterConfig.from(settings),
                CertificateConfig.from(settings));
    }

    /** What speaks against these settings, with a cluster to ask or without one. */
    public List<String> problems(boolean hasCluster) {
        List<String> problems = new ArrayList<>(
                cluster.problems(hasCluster, iam.isOn(), !iam.systemIssuer().isEmpty(), certificates.isOn()));
        if (iam.isOfCluster() && iam.directory().isEmpty() && !hasCluster) {
            problems.add(
                    "SLUICE_AUTH_IAM_ENABLED: (true) needs SLUICE_PROVIDER=k8s, a cluster that keeps the objects, or"
                            + " files (SLUICE_AUTH_IAM_DIR)");
        }
        return problems;
    }

    /** What speaks against listening on {@code bind}: a control plane without a guard, unless it was asked for. */
    public List<String> problems(InetAddress bind) {
        return basicAuth
                        || iam.isOn()
                        || cluster.reviewsTokens()
                        || certificates.isOn()
                        || allowAnonymous
                        || bind.isLoopbackAddress()
                ? List.of()
                : List.of("basic_auth=false would let anyone who reaches " + bind.getHostAddress()
                        + " deploy functions: listen on 127.0.0.1, or set SLUICE_AUTH_ALLOW_ANONYMOUS=true");
    }
}
