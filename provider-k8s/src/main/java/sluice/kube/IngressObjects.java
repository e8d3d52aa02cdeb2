package sluice.kube;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import sluice.core.FailureException;
import sluice.core.HostRoute;

/** What FunctionIngresses are in the cluster: an Ingress, a Route or an HTTPRoute to the Service of the gateway. */
final class IngressObjects {
    /** The gateway's Service, in the namespace of FunctionIngresses. */
    private static final String GATEWAY = "gateway";

    private static final String CLASS = "kubernetes.io/ingress.class";
    private static final String LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
    /** Label and value of all of them. */
    static final Map<String, String> LABELS = Map.of(Marks.MANAGED_BY, Marks.FIELD_MANAGER);

    private final KubeConfig config;

    IngressObjects(KubeConfig config) {
        this.config = config;
    }

    /**
     * The object that {@code ingress} asks for.
     *
     * @throws FailureException {@link sluice.core.Failure#INVALID_REQUEST} when it cannot be made
     */
    GenericKubernetesResource of(FunctionIngress ingress, MadeKind kind) {
        Map<String, String> annotations = new TreeMap<>();
        annotations.put("com.openfaas.spec", spec(ingress));
        Map<String, Object> spec = switch (kind) {
            case INGRESS -> ingress(ingress, annotations);
            case ROUTE -> route(ingress, annotations);
            case HTTP_ROUTE -> httpRoute(ingress);
        };
        annotations.putAll(ownAnnotations(ingress));
        return new GenericKubernetesResourceBuilder()
                .withApiVersion(kind.apiVersion())
                .withKind(kind.kind)
                .withNewMetadata()
                .withName(ingress.name())
                .withNamespace(ingress.namespace())
                .withLabels(LABELS)
                .withAnnotations(annotations)
                .withOwnerReferences(CustomFunctions.owner(ingress.object(), FunctionIngress.KIND))
                .endMetadata()
                .addToAdditionalProperties("spec", spec)
                .build();
    }

    private Map<String, Object> ingress(FunctionIngress ingress, Map<String, String> annotations) {
        Map<String, Object> spec = new LinkedHashMap<>();
        if (!ownAnnotations(ingress).containsKey(CLASS)) { // the API takes one of the two
            spec.put("ingressClassName", ingress.type());
        }
        Map<String, Object> path = new LinkedHashMap<>();
        path.put("pathType", "ImplementationSpecific");
        path.put("backend", Map.of("service", Map.of("name", backend(ingress), "port", Map.of("number", Marks.PORT))));
        if (ingress.goesAround()) {
            path.put("path", ingress.pathWithoutTail());
        } else {
            path.putAll(rewriting(ingress, annotations));
        }
        spec.put("rules", List.of(Map.of("host", ingress.domain(), "http", Map.of("paths", List.of(path)))));
        if (ingress.isTls()) {
            spec.put(
                    "tls",
                    List.of(Map.of("hosts", List.of(ingress.domain()), "secretName", ingress.domain() + "-cert")));
            FunctionIngress.Issuer issuer = ingress.issuer();
            if (issuer != null) {
                annotations.put(
                        "cert-manager.io/" + (issuer.isOfCluster() ? "cluster-issuer" : "issuer"), issuer.name());
            }
        }
        return spec;
    }

    /** Path and kind of path, and the annotations by which a controller of that class sends the path of the function. */
    private Map<String, Object> rewriting(FunctionIngress ingress, Map<String, String> annotations) {
        switch (ingress.type()) {
            case IngressType.NGINX -> {
                annotations.put("nginx.ingress.kubernetes.io/rewrite-target", ingress.rewritten() + "/$1");
                return Map.of("path", ingress.pattern());
            }
            case IngressType.TRAEFIK -> {
                annotations.put("traefik.ingress.kubernetes.io/rewrite-target", ingress.rewritten());
                annotations.put("traefik.ingress.kubernetes.io/rule-type", "PathPrefix");
                return Map.of("path", ingress.pathWithoutTail());
            }
            case IngressType.SKIPPER -> {
                annotations.put("zalando.org/skipper-filter", "setPath(\"" + ingress.rewritten() + "\")");
                return Map.of("path", ingress.pattern());
            }
            default -> { // it comes as the client sent it, and the gateway maps it
                HostRoute route = ingress.route(config.defaultNamespace());
                return Map.of("path", route.path(), "pathType", route.isPrefix() ? "Prefix" : "Exact");
            }
        }
    }

    private static Map<String, Object> route(FunctionIngress ingress, Map<String, String> annotations) {
        String path = ingress.pathWithoutTail();
        if (!ingress.goesAround() && !path.equals("/")) { // below the root the gateway maps it
            annotations.put("haproxy.router.openshift.io/rewrite-target", ingress.rewritten());
        }
        Map<String, Object> spec = new LinkedHashMap<>();
        spec.put("host", ingress.domain());
        spec.put("path", path);
        spec.put("to", Map.of("kind", "Service", "name", backend(ingress), "weight", 100));
        spec.put("port", Map.of("targetPort", Marks.PORT_NAME));
        spec.put(
                "tls",
                Map.of("termination", "edge", "insecureEdgeTerminationPolicy", ingress.isTls() ? "Redirect" : "Allow"));
        spec.put("wildcardPolicy", "None");
        return spec;
    }

    private Map<String, Object> httpRoute(FunctionIngress ingress) {
        String parent = config.ingress().parent();
        if (parent.isEmpty()) {
            throw Marks.invalid("ingressType httproute needs a Gateway: SLUICE_KUBE_HTTP_GATEWAY of the gateway");
        }
        int slash = parent.indexOf('/');
        Map<String, Object> reference = new LinkedHashMap<>();
        reference.put("name", parent.substring(slash + 1));
        if (slash > 0) {
            reference.put("namespace", parent.substring(0, slash));
        }
        HostRoute route = ingress.route(config.defaultNamespace());
        Map<String, Object> path = Map.of(
                "type",
                route.isPrefix() ? "PathPrefix" : "Exact",
                "value",
                route.isPrefix() ? ingress.pathWithoutTail() : route.path());
        return Map.of(
                "parentRefs",
                List.of(reference),
                "hostnames",
                List.of(route.host()),
                "rules",
                List.of(Map.of(
                        "matches",
                        List.of(Map.of("path", path)),
                        "backendRefs",
                        List.of(Map.of("name", backend(ingress), "port", Marks.PORT)))));
    }

    private static String backend(FunctionIngress ingress) {
        return ingress.goesAround() ? ingress.function() : GATEWAY;
    }

    /** Those that its author has written, without what kubectl keeps there for itself. */
    private static Map<String, String> ownAnnotations(FunctionIngress ingress) {
        Map<String, String> own = new TreeMap<>(
                Objects.requireNonNullElse(ingress.object().getMetadata().getAnnotations(), Map.of()));
        own.remove(LAST_APPLIED);
        return own;
    }

    /** The FunctionIngress itself, as OpenFaaS's operator keeps it there. */
    private static String spec(FunctionIngress ingress) {
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("name", ingress.name());
        metadata.put("namespace", ingress.namespace());
        metadata.put("annotations", ownAnnotations(ingress));
        Map<String, Object> whole = new LinkedHashMap<>();
        whole.put("apiVersion", CustomFunctions.API_VERSION);
        whole.put("kind", FunctionIngress.KIND);
        whole.put("metadata", metadata);
        whole.put("spec", Trees.map(ingress.object().getAdditionalProperties().get("spec")));
        return Serialization.asJson(whole);
    }
}
