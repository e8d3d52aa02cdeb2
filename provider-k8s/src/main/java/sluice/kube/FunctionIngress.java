package sluice.kube;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import sluice.core.FailureException;
import sluice.core.FunctionName;
import sluice.core.HostRoute;
import sluice.core.Text;

/**
 * A FunctionIngress (openfaas.com/v1): a host and a path that shall lead to a function.
 *
 * @param object as it is in the cluster
 * @param functionNamespace empty for the default one
 * @param pattern such as {@code /v1/ocr/(.*)}
 * @param type see {@link IngressType}
 * @param issuer of certificates (cert-manager); null for none
 * @param bypasses whether it asks for the function's Service instead of the gateway's
 */
record FunctionIngress(
        GenericKubernetesResource object,
        String domain,
        String function,
        String functionNamespace,
        String pattern,
        String type,
        boolean isTls,
        @Nullable Issuer issuer,
        boolean bypasses) {
    static final String KIND = "FunctionIngress";

    /** Who signs certificates. */
    record Issuer(String name, boolean isOfCluster) {}

    /**
     * Reads one.
     *
     * @throws FailureException {@link sluice.core.Failure#INVALID_REQUEST} naming the field that says nothing usable
     */
    static FunctionIngress parse(GenericKubernetesResource object, String defaultType) {
        Map<String, Object> spec = Trees.map(object.getAdditionalProperties().get("spec"));
        String pattern = Trees.text(spec, "path");
        boolean bypasses = Boolean.TRUE.equals(spec.get("bypassGateway"));
        Map<String, Object> tls = Trees.map(spec.get("tls"));
        String type = Trees.text(spec, "ingressType");
        FunctionIngress parsed = new FunctionIngress(
                object,
                Trees.text(spec, "domain"),
                Trees.text(spec, "function"),
                Trees.text(spec, "functionNamespace"),
                pattern.isEmpty() ? (bypasses ? "/" : "/(.*)") : pattern,
                type.isEmpty() ? defaultType : type,
                Boolean.TRUE.equals(tls.get("enabled")),
                issuer(Trees.map(tls.get("issuerRef"))),
                bypasses);
        if (parsed.domain.isEmpty()) {
            throw Marks.invalid("validation failed: domain: is required");
        }
        requireLabel("function", parsed.function);
        if (!parsed.functionNamespace.isEmpty()) {
            requireLabel("functionNamespace", parsed.functionNamespace);
        }
        return parsed;
    }

    private static void requireLabel(String field, String value) {
        if (!FunctionName.isLabel(value)) {
            throw Marks.invalid("validation failed: " + field + ": (" + Text.printable(value)
                    + ") must be a DNS label of at most 63 characters");
        }
    }

    private static @Nullable Issuer issuer(Map<String, Object> reference) {
        String name = Trees.text(reference, "name");
        return name.isEmpty() ? null : new Issuer(name, "ClusterIssuer".equals(reference.get("kind")));
    }

    String name() {
        return object.getMetadata().getName();
    }

    String namespace() {
        return object.getMetadata().getNamespace();
    }

    FunctionName functionName(String defaultNamespace) {
        return new FunctionName(function, functionNamespace.isEmpty() ? defaultNamespace : functionNamespace);
    }

    /** Where the gateway has the function, as a rewritten path says it. */
    String rewritten() {
        return "/function/" + function + (functionNamespace.isEmpty() ? "" : "." + functionNamespace);
    }

    /**
     * What it asks of the gateway itself.
     *
     * @throws FailureException {@link sluice.core.Failure#INVALID_REQUEST} when the gateway does not understand it
     */
    HostRoute route(String defaultNamespace) {
        return HostRoute.parse(domain, pattern, functionName(defaultNamespace));
    }

    /** Whether requests go around the gateway: an Ingress can only do that within one namespace. */
    boolean goesAround() {
        return bypasses && functionNamespace.equals(namespace());
    }

    /** The path before what a regular expression adds to its end. */
    String pathWithoutTail() {
        int end = pattern.length();
        while (end > 0 && "/(.*)".indexOf(pattern.charAt(end - 1)) >= 0) {
            end--;
        }
        return end == 0 ? "/" : pattern.substring(0, end);
    }

    long generation() {
        return Objects.requireNonNullElse(object.getMetadata().getGeneration(), 0L);
    }

    Map<String, Object> status() {
        return Trees.map(object.getAdditionalProperties().get("status"));
    }
}
