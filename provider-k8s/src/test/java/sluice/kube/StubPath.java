package sluice.kube;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a path of the Kubernetes API names.
 *
 * @param namespace empty for what has none, or for all of them
 * @param name empty for the whole collection
 * @param part such as {@code log} or {@code status}; empty for the object itself
 */
record StubPath(String group, String version, String namespace, String resource, String name, String part) {
    /** Null for a path that names no object. */
    static @Nullable StubPath parse(String path) {
        List<String> parts = Arrays.asList(path.substring(1).split("/", -1));
        boolean isCore = parts.get(0).equals("api");
        int at = isCore ? 2 : 3;
        if (parts.size() <= at) {
            return null;
        }
        String group = isCore ? "" : parts.get(1);
        List<String> rest = parts.subList(at, parts.size());
        boolean isWithin = rest.size() > 2 && rest.get(0).equals("namespaces") && !isPart(rest.get(2));
        List<String> own = isWithin ? rest.subList(2, rest.size()) : rest;
        return new StubPath(
                group, parts.get(at - 1), isWithin ? rest.get(1) : "", own.get(0), get(own, 1), get(own, 2));
    }

    /** Collections of the same kind have the same one. */
    String kind() {
        return group + "/" + resource;
    }

    String apiVersion() {
        return group.isEmpty() ? version : group + "/" + version;
    }

    /** What an object of it says of itself. */
    String objectKind() {
        return switch (resource) {
            case "endpointslices" -> "EndpointSlice";
            case "functioningresses" -> "FunctionIngress";
            case "httproutes" -> "HTTPRoute";
            case "ingresses" -> "Ingress";
            case "jwtissuers" -> "JwtIssuer";
            case "policies" -> "Policy";
            case "pods" -> group.isEmpty() ? "Pod" : "PodMetrics";
            default -> Character.toUpperCase(resource.charAt(0)) + resource.substring(1, resource.length() - 1);
        };
    }

    private static boolean isPart(String text) {
        return text.equals("finalize") || text.equals("status");
    }

    private static String get(List<String> parts, int index) {
        return index < parts.size() ? parts.get(index) : "";
    }
}
