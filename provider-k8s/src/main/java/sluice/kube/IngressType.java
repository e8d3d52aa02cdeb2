package sluice.kube;

/** What a FunctionIngress's {@code ingressType} can ask for. */
final class IngressType {
    /** Nothing but the gateway's own mapping. */
    static final String GATEWAY = "gateway";
    /** An HTTPRoute (gateway.networking.k8s.io/v1). */
    static final String HTTP_ROUTE = "httproute";
    /** A Route (route.openshift.io/v1). */
    static final String OPENSHIFT = "openshift";
    /** Classes of Ingress whose way to rewrite a path is known; any other one leaves that to the gateway. */
    static final String NGINX = "nginx";

    static final String TRAEFIK = "traefik";
    static final String SKIPPER = "skipper";

    private IngressType() {}

    /** Whether requests come with the path that the client sent, so that the gateway itself has to know it. */
    static boolean needsMapping(String type) {
        return switch (type) {
            case NGINX, TRAEFIK, SKIPPER, OPENSHIFT, HTTP_ROUTE -> false;
            default -> true;
        };
    }
}
