package sluice.kube;

import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import org.jspecify.annotations.Nullable;

/** Kinds of objects that are made for FunctionIngresses. */
enum MadeKind {
    INGRESS("networking.k8s.io", "Ingress", "ingresses"),
    /** Of OpenShift. */
    ROUTE("route.openshift.io", "Route", "routes"),
    /** Of the Gateway API. */
    HTTP_ROUTE("gateway.networking.k8s.io", "HTTPRoute", "httproutes");

    final String kind;
    private final String group;
    private final String plural;

    MadeKind(String group, String kind, String plural) {
        this.group = group;
        this.kind = kind;
        this.plural = plural;
    }

    ResourceDefinitionContext context() {
        return CustomKinds.kind(group, kind, plural);
    }

    String apiVersion() {
        return group + "/v1";
    }

    /** As in {@code kubectl get}. */
    String fullName() {
        return plural + "." + group;
    }

    /** What an {@code ingressType} asks for; null for nothing. */
    static @Nullable MadeKind of(String type) {
        return switch (type) {
            case IngressType.GATEWAY -> null;
            case IngressType.OPENSHIFT -> ROUTE;
            case IngressType.HTTP_ROUTE -> HTTP_ROUTE;
            default -> INGRESS;
        };
    }
}
