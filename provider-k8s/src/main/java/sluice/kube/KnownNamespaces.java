package sluice.kube;

import io.fabric8.kubernetes.api.model.Namespace;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FunctionNamespace;
import sluice.core.Text;

/**
 * In which namespaces functions may live: the default one, and either those that are named in the settings or all that carry
 * the mark. Thread-safe.
 */
final class KnownNamespaces {
    private static final Set<String> ALWAYS_PROTECTED =
            Set.of("kube-system", "kube-public", "kube-node-lease", "default", "openfaas", "openshift");
    private static final String OPENSHIFT = "openshift-";

    private final KubeConfig config;
    private final Set<String> marked = ConcurrentHashMap.newKeySet();

    KnownNamespaces(KubeConfig config) {
        this.config = config;
        if (!config.allNamespaces()) {
            marked.addAll(config.furtherNamespaces());
        }
    }

    /** The namespaces to watch; one empty name for all of them. */
    Set<String> watched() {
        Set<String> named = new TreeSet<>(config.furtherNamespaces());
        named.add(config.defaultNamespace());
        return config.allNamespaces() ? Set.of("") : Collections.unmodifiableSet(named);
    }

    /** By name. */
    List<String> names() {
        Set<String> names = new TreeSet<>(marked);
        names.add(config.defaultNamespace());
        return List.copyOf(names);
    }

    boolean isOurs(String namespace) {
        return namespace.equals(config.defaultNamespace()) || marked.contains(namespace);
    }

    /** For requests that name a namespace beside what they are about. */
    void requireOurs(String namespace) {
        if (!isOurs(namespace)) {
            requireUnprotected(namespace);
            throw Marks.invalid("validation failed: namespace: (" + Text.printable(namespace)
                    + ") does not exist or is not an openfaas namespace");
        }
    }

    void requireUnprotected(String namespace) {
        if (isProtected(namespace)) {
            throw Failure.NOT_PERMITTED.in(
                    Component.PROVIDER,
                    namespace.equals("kube-system")
                            ? "unable to list within the kube-system namespace"
                            : "namespace " + namespace + " is protected: functions cannot live in it");
        }
    }

    /** Only what is watched is known of; the default one needs no mark. */
    void exists(Namespace namespace) {
        String name = namespace.getMetadata().getName();
        boolean isUsable = isMarked(namespace) && !isTerminating(namespace) && !isProtected(name);
        if (isUsable) {
            marked.add(name);
        } else {
            marked.remove(name);
        }
    }

    void isGone(String namespace) {
        marked.remove(namespace);
    }

    boolean isDefault(String namespace) {
        return namespace.equals(config.defaultNamespace());
    }

    static boolean isMarked(Namespace namespace) {
        return has(namespace.getMetadata().getAnnotations())
                || has(namespace.getMetadata().getLabels());
    }

    static boolean isTerminating(Namespace namespace) {
        return namespace.getMetadata().getDeletionTimestamp() != null;
    }

    /** The default namespace is used whatever it is called: who sets it means it. */
    private boolean isProtected(String name) {
        return !isDefault(name)
                && (ALWAYS_PROTECTED.contains(name)
                        || name.startsWith(OPENSHIFT)
                        || config.protectedNamespaces().contains(name));
    }

    private static boolean has(@Nullable Map<String, String> map) {
        return map != null && map.containsKey(FunctionNamespace.MARKER);
    }
}
