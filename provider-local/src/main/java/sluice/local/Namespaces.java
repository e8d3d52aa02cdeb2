package sluice.local;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FunctionName;
import sluice.core.FunctionNamespace;
import sluice.core.Text;
import sluice.local.store.NamespaceStore;

/** The namespaces of this machine; the default one is always there. Control thread only; blocks. */
final class Namespaces {
    private static final String KUBE_SYSTEM = "kube-system";

    private final String defaultName;
    private final NamespaceStore store;
    private final Map<String, FunctionNamespace> byName = new TreeMap<>();

    Namespaces(String defaultName, NamespaceStore store) {
        this.defaultName = defaultName;
        this.store = store;
    }

    void load() throws IOException {
        byName.put(defaultName, marked(new FunctionNamespace(defaultName, Map.of(), Map.of())));
        store.load().forEach(namespace -> byName.put(namespace.name(), namespace));
    }

    List<String> names() {
        return List.copyOf(byName.keySet());
    }

    FunctionNamespace require(String name) {
        FunctionNamespace namespace = byName.get(name);
        if (namespace == null) {
            throw Failure.NOT_FOUND.in(Component.PROVIDER, "namespace " + Text.printable(name) + " not found");
        }
        return namespace;
    }

    /** For requests that name a namespace beside what they are about. */
    void requireValid(String name) {
        if (!byName.containsKey(name)) {
            throw Failure.INVALID_REQUEST.in(
                    Component.PROVIDER, "validation failed: namespace: (" + Text.printable(name) + ") does not exist");
        }
    }

    void create(FunctionNamespace namespace) throws IOException {
        if (!FunctionName.isLabel(namespace.name()) || namespace.name().equals(KUBE_SYSTEM)) {
            throw Failure.INVALID_REQUEST.in(
                    Component.PROVIDER,
                    "validation failed: name: (" + Text.printable(namespace.name())
                            + ") must be a DNS label of at most 63 characters other than " + KUBE_SYSTEM);
        }
        if (byName.containsKey(namespace.name())) {
            throw Failure.CONFLICT.in(Component.PROVIDER, "namespace " + namespace.name() + " already exists");
        }
        put(namespace);
    }

    void update(FunctionNamespace namespace) throws IOException {
        FunctionNamespace unused = require(namespace.name());
        put(namespace);
    }

    /** Whether it may be removed; what is in it must go first. */
    void requireRemovable(String name) {
        FunctionNamespace unused = require(name);
        if (name.equals(defaultName)) {
            throw Failure.INVALID_REQUEST.in(
                    Component.PROVIDER, "namespace " + name + " is the default namespace and cannot be removed");
        }
    }

    void remove(String name) throws IOException {
        store.delete(name);
        byName.remove(name);
    }

    private void put(FunctionNamespace namespace) throws IOException {
        FunctionNamespace marked = marked(namespace);
        store.write(marked);
        byName.put(marked.name(), marked);
    }

    private static FunctionNamespace marked(FunctionNamespace namespace) {
        return new FunctionNamespace(
                namespace.name(), withMarker(namespace.labels()), withMarker(namespace.annotations()));
    }

    private static Map<String, String> withMarker(Map<String, String> values) {
        Map<String, String> all = new HashMap<>(values);
        all.put(FunctionNamespace.MARKER, "1");
        return all;
    }
}
