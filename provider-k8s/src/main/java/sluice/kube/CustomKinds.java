package sluice.kube;

import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.util.List;

/** The custom resources we read, spelled out so that no discovery is needed; those of a cluster without them are not found. */
final class CustomKinds {
    static final ResourceDefinitionContext FUNCTION = kind("openfaas.com", "Function", "functions");
    static final ResourceDefinitionContext PROFILE = kind("openfaas.com", "Profile", "profiles");
    static final ResourceDefinitionContext FUNCTION_INGRESS =
            kind("openfaas.com", "FunctionIngress", "functioningresses");
    /** What says who may do what. */
    static final List<ResourceDefinitionContext> ACCESS = List.of(
            kind("iam.openfaas.com", "JwtIssuer", "jwtissuers"),
            kind("iam.openfaas.com", "Policy", "policies"),
            kind("iam.openfaas.com", "Role", "roles"));

    private CustomKinds() {}

    /** Version v1 of it, which lives in namespaces. */
    static ResourceDefinitionContext kind(String group, String kind, String plural) {
        return new ResourceDefinitionContext.Builder()
                .withGroup(group)
                .withVersion("v1")
                .withKind(kind)
                .withPlural(plural)
                .withNamespaced(true)
                .build();
    }
}
