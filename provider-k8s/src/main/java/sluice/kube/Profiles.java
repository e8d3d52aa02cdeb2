package sluice.kube;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import sluice.core.FunctionDeployment;
import sluice.core.Text;

/** Profiles (openfaas.com/v1) of the one namespace in which they are looked up. Blocks. */
final class Profiles {
    private final KubernetesClient client;
    private final String namespace;

    Profiles(KubernetesClient client, String namespace) {
        this.client = client;
        this.namespace = namespace;
    }

    /** One that exists, in its generation. */
    record Found(String name, String namespace, long generation, Profile profile) {}

    /** The names in the function's annotation, from left to right. */
    static List<String> namesIn(FunctionDeployment function) {
        String names = function.annotations().getOrDefault(Marks.PROFILE, "");
        return Arrays.stream(names.split(",", -1))
                .map(String::trim)
                .filter(name -> !name.isEmpty())
                .toList();
    }

    /** Those that the function names; one that does not exist is refused. */
    List<Found> of(FunctionDeployment function) {
        return namesIn(function).stream().map(this::find).toList();
    }

    private Found find(String name) {
        GenericKubernetesResource found = client.genericKubernetesResources(CustomKinds.PROFILE)
                .inNamespace(namespace)
                .withName(name)
                .get();
        if (found == null) {
            throw Marks.invalid(
                    "failed create Deployment spec: profiles.openfaas.com \"" + Text.printable(name) + "\" not found");
        }
        Object spec = found.getAdditionalProperties().getOrDefault("spec", Map.of());
        try {
            return new Found(
                    name,
                    namespace,
                    Objects.requireNonNullElse(found.getMetadata().getGeneration(), 0L),
                    Merging.read(spec, Profile.class));
        } catch (IllegalArgumentException e) { // no CRD checks what Profiles look like
            throw Marks.invalid("failed create Deployment spec: profiles.openfaas.com \"" + name + "\" cannot be read: "
                    + e.getMessage());
        }
    }
}
