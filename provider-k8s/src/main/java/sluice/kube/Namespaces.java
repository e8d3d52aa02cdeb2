package sluice.kube;

import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.FunctionName;
import sluice.core.FunctionNamespace;
import sluice.core.Text;

/** Namespaces of the cluster that are marked as ours. Blocks. */
final class Namespaces {
    private static final int CONFLICTS = 5;
    private static final long POLL_MILLIS = 20;

    private final KubernetesClient client;
    private final KubeConfig config;
    private final KnownNamespaces known;

    Namespaces(KubernetesClient client, KubeConfig config, KnownNamespaces known) {
        this.client = client;
        this.config = config;
        this.known = known;
    }

    /** The default one is there even before somebody has made it; one that we may not look at has no labels. */
    FunctionNamespace get(String name) {
        Namespace namespace = readable(name);
        if (namespace == null && (known.isDefault(name) || (!config.allNamespaces() && known.isOurs(name)))) {
            return new FunctionNamespace(name, Map.of(), Map.of());
        }
        if (namespace == null || !isUsable(namespace)) {
            throw notFound(name);
        }
        return new FunctionNamespace(
                name,
                orEmpty(namespace.getMetadata().getLabels()),
                orEmpty(namespace.getMetadata().getAnnotations()));
    }

    /** Marks it in both ways; waits for one of this name that is going to be gone. */
    void create(FunctionNamespace namespace) throws InterruptedException {
        String name = namespace.name();
        if (!FunctionName.isLabel(name)) {
            throw Marks.invalid("validation failed: name: (" + Text.printable(name)
                    + ") must be a DNS label of at most 63 characters");
        }
        requireManaged();
        known.requireUnprotected(name);
        boolean isFree = await(
                () -> {
                    Namespace existing = existing(name);
                    return existing == null || !KnownNamespaces.isTerminating(existing);
                },
                config.changeWait());
        try {
            client.resource(new NamespaceBuilder()
                            .withNewMetadata()
                            .withName(name)
                            .withLabels(marked(namespace.labels()))
                            .withAnnotations(marked(namespace.annotations()))
                            .endMetadata()
                            .build())
                    .create();
        } catch (KubernetesClientException e) {
            throw e.getCode() == 409
                    ? Failure.CONFLICT.in(
                            Component.PROVIDER,
                            "namespace " + name + (isFree ? " already exists" : " is still being deleted"))
                    : ApiFailures.translate(e);
        }
        requireSeen(await(() -> known.isOurs(name), config.changeWait()), name);
    }

    /** Replaces labels and annotations, except those that belong to Kubernetes and OpenShift. */
    void update(FunctionNamespace namespace) {
        for (int attempt = 1; ; attempt++) {
            Namespace existing = requireMarked(namespace.name());
            Namespace changed = new NamespaceBuilder(existing)
                    .editMetadata()
                    .withLabels(replaced(existing.getMetadata().getLabels(), namespace.labels()))
                    .withAnnotations(replaced(existing.getMetadata().getAnnotations(), namespace.annotations()))
                    .endMetadata()
                    .build();
            try {
                client.resource(changed)
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

    /** Everything in it goes too, in its own time; it is no longer one of ours when this returns. */
    void remove(String name) throws InterruptedException {
        if (known.isDefault(name)) {
            throw Marks.invalid("namespace " + name + " is the default namespace and cannot be removed");
        }
        known.requireUnprotected(name);
        Namespace unused = requireMarked(name);
        requireManaged();
        client.namespaces().withName(name).delete();
        requireSeen(await(() -> !known.isOurs(name), config.changeWait()), name);
    }

    /** With rights on named namespaces only there is nothing that could be made. */
    private void requireManaged() {
        if (!config.allNamespaces()) {
            throw Marks.invalid("namespaces are fixed by the settings of this gateway (cluster_role=false)");
        }
    }

    private Namespace requireMarked(String name) {
        Namespace namespace = existing(name);
        if (namespace == null) {
            throw notFound(name);
        }
        if (!isUsable(namespace)) {
            throw Marks.invalid("namespace " + name + " is not an openfaas namespace");
        }
        return namespace;
    }

    private boolean isUsable(Namespace namespace) {
        String name = namespace.getMetadata().getName();
        return !KnownNamespaces.isTerminating(namespace) && (KnownNamespaces.isMarked(namespace) || known.isOurs(name));
    }

    /** Null also when this gateway has rights within namespaces only. */
    private @Nullable Namespace readable(String name) {
        try {
            return existing(name);
        } catch (KubernetesClientException e) {
            if (e.getCode() == 403 && !config.allNamespaces()) {
                return null;
            }
            throw e;
        }
    }

    private @Nullable Namespace existing(String name) {
        return FunctionName.isLabel(name) ? client.namespaces().withName(name).get() : null;
    }

    private static Map<String, String> replaced(@Nullable Map<String, String> before, Map<String, String> wanted) {
        Map<String, String> all = marked(wanted);
        all.keySet().removeIf(Namespaces::isForeign);
        orEmpty(before).forEach((key, value) -> {
            if (isForeign(key)) {
                all.put(key, value);
            }
        });
        return all;
    }

    /** Pod Security labels among them: a user of functions must not loosen those. */
    private static boolean isForeign(String key) {
        int slash = key.indexOf('/');
        String prefix = slash < 0 ? "" : key.substring(0, slash);
        return prefix.endsWith("kubernetes.io") || prefix.endsWith("k8s.io") || prefix.endsWith("openshift.io");
    }

    private static Map<String, String> marked(Map<String, String> values) {
        Map<String, String> all = new TreeMap<>(values);
        all.put(FunctionNamespace.MARKER, "1");
        return all;
    }

    private static Map<String, String> orEmpty(@Nullable Map<String, String> values) {
        return values == null ? Map.of() : values;
    }

    private static boolean await(BooleanSupplier condition, Duration patience) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
        return true;
    }

    private static void requireSeen(boolean isSeen, String name) {
        if (!isSeen) {
            throw Failure.UNAVAILABLE.in(
                    Component.PROVIDER,
                    "the change of namespace " + name + " is stored, but this gateway does not hear of changes now");
        }
    }

    private static FailureException notFound(String name) {
        return Failure.NOT_FOUND.in(Component.PROVIDER, "namespace " + Text.printable(name) + " not found");
    }
}
