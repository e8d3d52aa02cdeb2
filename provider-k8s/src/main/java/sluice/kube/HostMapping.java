package sluice.kube;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import sluice.core.FailureException;
import sluice.core.HostRoute;

/**
 * What all FunctionIngresses together have the gateway map. Of two that want the same host and path the older one has it,
 * whichever gateway looks.
 *
 * @param refusals by the name of the FunctionIngress, why the gateway does not map what it says
 */
record HostMapping(List<HostRoute> routes, Map<String, Refusal> refusals) {
    static final HostMapping NONE = new HostMapping(List.of(), Map.of());

    /** Reason and text of a condition. */
    record Refusal(String reason, String text) {
        /** Two FunctionIngresses are about the same requests. */
        static final String PATH_TAKEN = "PathTaken";
        /** A field says nothing usable. */
        static final String INVALID = "InvalidSpec";
    }

    HostMapping {
        routes = List.copyOf(routes);
        refusals = Map.copyOf(refusals);
    }

    static HostMapping of(Collection<GenericKubernetesResource> ingresses, KubeConfig config) {
        List<HostRoute> routes = new ArrayList<>();
        Map<String, Refusal> refusals = new HashMap<>();
        Map<String, String> owners = new HashMap<>();
        ingresses.stream()
                .filter(each -> each.getMetadata().getDeletionTimestamp() == null)
                .sorted(Comparator.comparing(HostMapping::created)
                        .thenComparing(each -> each.getMetadata().getName()))
                .forEach(each -> {
                    String name = each.getMetadata().getName();
                    HostRoute route = route(each, config, refusals);
                    if (route == null) {
                        return;
                    }
                    String owner = owners.putIfAbsent(route.host() + route.path() + route.isPrefix(), name);
                    if (owner != null) {
                        refusals.put(
                                name,
                                new Refusal(
                                        Refusal.PATH_TAKEN, "FunctionIngress " + owner + " has this domain and path"));
                    } else if (routes.size() >= config.ingress().most()) {
                        refusals.put(
                                name,
                                new Refusal(
                                        "TooMany",
                                        "the gateway maps " + config.ingress().most()
                                                + " domains with paths and no more (SLUICE_KUBE_MAX_HOST_ROUTES)"));
                    } else {
                        routes.add(route);
                    }
                });
        return new HostMapping(routes, refusals);
    }

    @Nullable Refusal refusal(String name) {
        return refusals.get(name);
    }

    private static @Nullable HostRoute route(
            GenericKubernetesResource object, KubeConfig config, Map<String, Refusal> refusals) {
        String name = object.getMetadata().getName();
        FunctionIngress ingress;
        try {
            ingress = FunctionIngress.parse(object, config.ingress().defaultType());
        } catch (FailureException e) {
            refusals.put(name, new Refusal(Refusal.INVALID, e.text()));
            return null;
        }
        HostRoute route;
        try {
            route = ingress.route(config.defaultNamespace());
        } catch (FailureException e) {
            refusals.put(name, new Refusal("NotUnderstood", e.text()));
            return null;
        }
        if (isOwn(route.host(), config.ingress().namespace())) {
            refusals.put(
                    name, new Refusal("DomainRefused", route.host() + " is the gateway's own name in the cluster"));
            return null;
        }
        return route;
    }

    /** Inside of the cluster the gateway is itself under this name, and its clients send it credentials. */
    private static boolean isOwn(String host, String namespace) {
        String own = "gateway." + namespace;
        return host.equals(own) || host.startsWith(own + ".svc.") || host.equals(own + ".svc");
    }

    private static String created(GenericKubernetesResource object) {
        return Objects.requireNonNullElse(object.getMetadata().getCreationTimestamp(), "");
    }
}
