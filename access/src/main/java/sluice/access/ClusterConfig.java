package sluice.access;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import sluice.core.Settings;

/**
 * Settings of callers whom a Kubernetes cluster vouches for.
 *
 * @param reviewsTokens whether the cluster is asked whose a bearer token is
 * @param issuers whose JWTs it is asked about; empty for the cluster's own
 * @param audiences one of which such a JWT must be for; empty for the gateway's name as an issuer
 * @param takesApiServerTokens whether JWTs for the API server itself are taken, too
 * @param authorizer who says what such callers, and those with client certificates, may
 * @param ttl how long it is remembered whose a token is
 */
public record ClusterConfig(
        boolean reviewsTokens,
        Set<String> issuers,
        Set<String> audiences,
        boolean takesApiServerTokens,
        Authorizer authorizer,
        Duration ttl) {
    /** Who says what somebody may. */
    public enum Authorizer {
        /** The cluster: SubjectAccessReview. */
        SAR,
        /** Roles, which match {@code jwt:iss}, {@code jwt:sub} and {@code jwt:groups}. */
        IAM;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Reads the settings. */
    public static ClusterConfig from(Settings settings) {
        return new ClusterConfig(
                settings.flag(
                        "SLUICE_AUTH_K8S_TOKEN_REVIEW",
                        false,
                        "take the cluster's tokens, and ask it whose they are; needs the provider k8s"),
                names(settings.text(
                        "SLUICE_AUTH_K8S_ISSUERS",
                        "",
                        "iss of tokens that the cluster is asked about, comma between them; unset: its own and"
                                + " kubernetes/serviceaccount")),
                names(settings.text(
                        "SLUICE_AUTH_K8S_AUDIENCES",
                        "",
                        "audiences one of which such a token must be for, comma between them; unset: system_issuer")),
                settings.flag(
                        "SLUICE_AUTH_K8S_ACCEPT_APISERVER_AUDIENCE",
                        false,
                        "take service-account tokens for the API server, and old ones for nobody in particular"),
                settings.choice(
                        "SLUICE_AUTH_K8S_AUTHORIZER",
                        Authorizer.SAR,
                        "who says what they and holders of client certificates may: the cluster (SubjectAccessReview),"
                                + " or Roles"),
                settings.duration(
                        "SLUICE_AUTH_K8S_CACHE_TTL",
                        Duration.ofSeconds(60),
                        "how long it is remembered whose a token is; as long a revoked one may count"));
    }

    /**
     * What speaks against these settings.
     *
     * @param iam whether Roles count
     * @param isNamed whether the gateway has a name as an issuer, which tokens can be for
     * @param certificates whether client certificates count, whose holders somebody has to judge
     */
    List<String> problems(boolean hasCluster, boolean iam, boolean isNamed, boolean certificates) {
        List<String> problems = new ArrayList<>();
        if (reviewsTokens && audiences.isEmpty() && !isNamed) {
            problems.add(
                    "SLUICE_AUTH_K8S_TOKEN_REVIEW: (true) needs whom tokens are for: set system_issuer to the public URL"
                            + " of the gateway, or SLUICE_AUTH_K8S_AUDIENCES");
        }
        if (reviewsTokens && !hasCluster) {
            problems.add("SLUICE_AUTH_K8S_TOKEN_REVIEW: (true) needs SLUICE_PROVIDER=k8s, a cluster that can be asked");
        }
        if (certificates && !hasCluster && authorizer == Authorizer.SAR) {
            problems.add("SLUICE_AUTH_X509_ENABLED: (true) needs somebody who says what holders of certificates may:"
                    + " SLUICE_AUTH_K8S_AUTHORIZER=iam and Roles (SLUICE_AUTH_IAM_DIR), or SLUICE_PROVIDER=k8s");
        }
        if ((reviewsTokens || certificates) && authorizer == Authorizer.IAM && !iam) {
            problems.add("SLUICE_AUTH_K8S_AUTHORIZER: (iam) needs Roles: set SLUICE_AUTH_IAM_ENABLED=true or"
                    + " SLUICE_AUTH_IAM_DIR");
        }
        return problems;
    }

    private static Set<String> names(String text) {
        return Names.split(text).stream().filter(name -> !name.isEmpty()).collect(Collectors.toUnmodifiableSet());
    }
}
