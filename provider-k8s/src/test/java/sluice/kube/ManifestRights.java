package sluice.kube;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A service account with exactly the Roles of the manifests that people apply. */
final class ManifestRights {
    private static final Duration PATIENCE = Duration.ofSeconds(25);
    private static final String ACCOUNT = "gateway";

    private ManifestRights() {}

    /** A token of such an account; all the Roles of {@code manifest} are in {@code namespace}. */
    static String token(KubernetesClient admin, String namespace, Path manifest) throws IOException {
        admin.resource(new ServiceAccountBuilder()
                        .withNewMetadata()
                        .withName(ACCOUNT)
                        .withNamespace(namespace)
                        .endMetadata()
                        .build())
                .create();
        List<Role> roles = admin.load(Files.newInputStream(manifest)).items().stream()
                .filter(Role.class::isInstance)
                .map(Role.class::cast)
                .toList();
        assertThat(roles).isNotEmpty();
        for (Role role : roles) {
            admin.resource(new RoleBuilder(role)
                            .editMetadata()
                            .withNamespace(namespace)
                            .endMetadata()
                            .build())
                    .create();
            admin.resource(new RoleBindingBuilder()
                            .withNewMetadata()
                            .withName(role.getMetadata().getName())
                            .withNamespace(namespace)
                            .endMetadata()
                            .withNewRoleRef(
                                    "rbac.authorization.k8s.io",
                                    "Role",
                                    role.getMetadata().getName())
                            .addNewSubject("", "ServiceAccount", ACCOUNT, namespace)
                            .build())
                    .create();
        }
        return admin.serviceAccounts()
                .inNamespace(namespace)
                .withName(ACCOUNT)
                .tokenRequest(new TokenRequestBuilder()
                        .withNewSpec()
                        .withExpirationSeconds(3_600L)
                        .endSpec()
                        .build())
                .getStatus()
                .getToken();
    }

    /** Whatever the provider has asked of the API, it was allowed to. */
    static void assertNothingWasForbidden(KubeProvider provider) {
        assertThat(provider.collect().block(PATIENCE))
                .filteredOn(family -> family.name().equals("sluice_kube_requests_total"))
                .flatMap(family -> family.samples())
                .isNotEmpty()
                .noneMatch(sample -> "403".equals(sample.labels().get("code")));
    }
}
