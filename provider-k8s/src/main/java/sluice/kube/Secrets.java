package sluice.kube;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.Secret;

/** Secrets that were made through the API: Opaque, with one key of the secret's own name. Others are not ours to touch. Blocks. */
final class Secrets {
    private static final int CONFLICTS = 5;

    private final KubernetesClient client;

    Secrets(KubernetesClient client) {
        this.client = client;
    }

    List<Secret.Id> list(String namespace) {
        return client
                .secrets()
                .inNamespace(namespace)
                .withLabel(Marks.MANAGED_BY, Marks.OPENFAAS)
                .list()
                .getItems()
                .stream()
                .map(secret -> new Secret.Id(secret.getMetadata().getName(), namespace))
                .sorted(Comparator.comparing(Secret.Id::name))
                .toList();
    }

    void create(Secret secret) {
        try {
            client.resource(new SecretBuilder()
                            .withNewMetadata()
                            .withName(secret.id().name())
                            .withNamespace(secret.id().namespace())
                            .withLabels(Map.of(Marks.MANAGED_BY, Marks.OPENFAAS))
                            .endMetadata()
                            .withType("Opaque")
                            .withData(data(secret))
                            .build())
                    .create();
        } catch (KubernetesClientException e) {
            throw e.getCode() == 409
                    ? Failure.CONFLICT.in(
                            Component.PROVIDER, "secret " + secret.id().name() + " already exists")
                    : ApiFailures.translate(e);
        }
    }

    /** Replaces the whole value; tries again when somebody else was quicker. */
    void update(Secret secret) {
        for (int attempt = 1; ; attempt++) {
            io.fabric8.kubernetes.api.model.Secret existing = require(secret.id());
            try {
                client.resource(new SecretBuilder(existing)
                                .withData(data(secret))
                                .withStringData(null)
                                .build())
                        .lockResourceVersion(existing.getMetadata().getResourceVersion())
                        .update();
                return;
            } catch (KubernetesClientException e) {
                if (e.getCode() != 409 || attempt == CONFLICTS) {
                    throw ApiFailures.translate(e);
                }
            }
        }
    }

    void remove(Secret.Id id) {
        io.fabric8.kubernetes.api.model.Secret unused = require(id);
        resource(id).delete();
    }

    private io.fabric8.kubernetes.api.model.Secret require(Secret.Id id) {
        io.fabric8.kubernetes.api.model.Secret secret = resource(id).get();
        if (secret == null || !isOurs(secret.getMetadata())) {
            throw notFound(id);
        }
        return secret;
    }

    private static boolean isOurs(ObjectMeta meta) {
        return meta.getLabels() != null
                && Marks.OPENFAAS.equals(meta.getLabels().get(Marks.MANAGED_BY));
    }

    private static FailureException notFound(Secret.Id id) {
        return Failure.NOT_FOUND.in(Component.PROVIDER, "secret " + id.name() + " not found");
    }

    private static Map<String, String> data(Secret secret) {
        return Map.of(secret.id().name(), Base64.getEncoder().encodeToString(secret.value()));
    }

    private Resource<io.fabric8.kubernetes.api.model.Secret> resource(Secret.Id id) {
        return client.secrets().inNamespace(id.namespace()).withName(id.name());
    }
}
