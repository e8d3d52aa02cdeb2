package sluice.kube;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The objects of the stub and what happened to them. Like the real thing: versions that grow with each change, one apply per
 * field manager, conflicts, a log of events that can be compacted. Unlike it: no schema, no defaults but a few, lists are
 * replaced as a whole, deletions end at once and take along what is owned. One lock.
 */
final class StubObjects {
    static final ObjectMapper JSON = new ObjectMapper();

    private final Map<String, Map<String, Kept>> kinds = new HashMap<>();
    private final List<Event> events = new ArrayList<>();
    private long version = 100;
    private long oldest = 100;
    private int address = 10;

    StubObjects() {
        create(
                new StubPath("", "v1", "", "namespaces", "", ""),
                JSON.createObjectNode().set("metadata", JSON.createObjectNode().put("name", "default")));
    }

    /** What happened to one object. */
    record Event(String kind, long version, String type, ObjectNode object) {}

    /** An answer other than an object. */
    static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1;
        final int code;
        final String reason;

        Refused(int code, String reason, String message) {
            super(message);
            this.code = code;
            this.reason = reason;
        }
    }

    private static final class Kept {
        private ObjectNode object;
        private final Map<String, ObjectNode> applied = new HashMap<>();

        Kept(ObjectNode object) {
            this.object = object;
        }
    }

    synchronized long version() {
        return version;
    }

    synchronized ObjectNode get(StubPath path) {
        return kept(path).object;
    }

    synchronized List<ObjectNode> list(StubPath path) {
        return kind(path).values().stream()
                .map(kept -> kept.object)
                .filter(object -> path.namespace().isEmpty() || path.namespace().equals(namespace(object)))
                .toList();
    }

    @CanIgnoreReturnValue
    synchronized ObjectNode create(StubPath path, ObjectNode object) {
        String name = object.path("metadata").path("name").asText();
        if (kind(path).containsKey(path.namespace() + "/" + name)) {
            throw new Refused(409, "AlreadyExists", path.resource() + " \"" + name + "\" already exists");
        }
        if (!path.namespace().isEmpty()
                && !kind(new StubPath("", "v1", "", "namespaces", "", "")).containsKey("/" + path.namespace())) {
            throw new Refused(404, "NotFound", "namespaces \"" + path.namespace() + "\" not found");
        }
        ObjectNode metadata = (ObjectNode) object.path("metadata");
        metadata.put("uid", UUID.randomUUID().toString()).put("generation", 1);
        metadata.put(
                "creationTimestamp",
                Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        if (!path.namespace().isEmpty()) {
            metadata.put("namespace", path.namespace());
        }
        object.put("kind", path.objectKind()).put("apiVersion", path.apiVersion());
        setDefaults(path, object);
        kind(path).put(path.namespace() + "/" + name, new Kept(object));
        ObjectNode added = changed(path, "ADDED", object);
        if (isOrphan(object)) {
            delete(new StubPath(path.group(), path.version(), path.namespace(), path.resource(), name, ""));
        }
        return added;
    }

    /** Whether the garbage collector would delete it: whoever owned it is gone. */
    private boolean isOrphan(ObjectNode object) {
        JsonNode owners = object.path("metadata").path("ownerReferences");
        for (JsonNode owner : owners) {
            String uid = owner.path("uid").asText();
            if (kinds.values().stream()
                    .flatMap(kind -> kind.values().stream())
                    .anyMatch(each ->
                            each.object.path("metadata").path("uid").asText().equals(uid))) {
                return false;
            }
        }
        return !owners.isEmpty();
    }

    synchronized ObjectNode replace(StubPath path, ObjectNode object) {
        Kept kept = kept(path);
        String wanted = object.path("metadata").path("resourceVersion").asText();
        if (!wanted.isEmpty()
                && !wanted.equals(
                        kept.object.path("metadata").path("resourceVersion").asText())) {
            throw new Refused(409, "Conflict", "the object has been modified");
        }
        return modified(path, kept, object);
    }

    /** JSON merge patch (RFC 7386). */
    synchronized ObjectNode merge(StubPath path, ObjectNode patch) {
        Kept kept = kept(path);
        ObjectNode object = kept.object.deepCopy();
        merge(object, patch);
        return modified(path, kept, object);
    }

    /** Server-side apply with force: what this manager applied before and does not any more goes. */
    synchronized ObjectNode apply(StubPath path, ObjectNode wanted, String manager) {
        Kept kept = kind(path).get(path.namespace() + "/" + path.name());
        if (kept == null) {
            ObjectNode made = create(path, wanted.deepCopy());
            Kept now = kind(path).get(path.namespace() + "/" + path.name());
            if (now != null) {
                now.applied.put(manager, wanted);
            }
            return made;
        }
        ObjectNode object = kept.object.deepCopy();
        ObjectNode before = kept.applied.put(manager, wanted);
        if (before != null) {
            remove(object, before, wanted);
        }
        merge(object, wanted);
        return modified(path, kept, object);
    }

    /** What changes nothing is no event; another spec is another generation. */
    private ObjectNode modified(StubPath path, Kept kept, ObjectNode object) {
        if (object.equals(kept.object)) {
            return object;
        }
        JsonNode before = kept.object.path("metadata");
        ObjectNode metadata = (ObjectNode) object.path("metadata");
        long generation = before.path("generation").asLong();
        boolean isOtherSpec = !object.path("spec").equals(kept.object.path("spec"));
        metadata.put("generation", isOtherSpec ? generation + 1 : generation);
        kept.object = object;
        return changed(path, "MODIFIED", object);
    }

    @CanIgnoreReturnValue
    synchronized ObjectNode delete(StubPath path) {
        ObjectNode object = kept(path).object;
        kind(path).remove(path.namespace() + "/" + path.name());
        String uid = object.path("metadata").path("uid").asText();
        ObjectNode last = changed(path, "DELETED", object.deepCopy());
        for (Map.Entry<String, Map<String, Kept>> kind : List.copyOf(kinds.entrySet())) {
            for (Kept each : List.copyOf(kind.getValue().values())) {
                boolean isWithin =
                        path.resource().equals("namespaces") && path.name().equals(namespace(each.object));
                if (isWithin || isOwned(each.object, uid)) {
                    String[] names = kind.getKey().split("/", -1);
                    delete(new StubPath(
                            names[0],
                            "",
                            namespace(each.object),
                            names[1],
                            each.object.path("metadata").path("name").asText(),
                            ""));
                }
            }
        }
        return last;
    }

    /** Events after {@code since}, waiting a little for the first; null when they are no longer known. */
    synchronized @Nullable List<Event> after(String kind, long since, long waitMillis) throws InterruptedException {
        long deadline = System.nanoTime() + waitMillis * 1_000_000;
        while (true) {
            if (since < oldest) {
                return null;
            }
            List<Event> later = events.stream()
                    .filter(event -> event.version() > since && event.kind().equals(kind))
                    .toList();
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (!later.isEmpty() || left <= 0) {
                return later;
            }
            wait(left);
        }
    }

    /** Forgets all events, so that whoever has an older version has to list again. */
    synchronized void compact() {
        version++;
        oldest = version;
        events.clear();
        notifyAll();
    }

    private ObjectNode changed(StubPath path, String type, ObjectNode object) {
        version++;
        ((ObjectNode) object.path("metadata")).put("resourceVersion", Long.toString(version));
        events.add(new Event(path.kind(), version, type, object));
        notifyAll();
        return object;
    }

    private void setDefaults(StubPath path, ObjectNode object) {
        if (path.resource().equals("deployments") && !object.path("spec").has("replicas")) {
            ((ObjectNode) object.path("spec")).put("replicas", 1);
        } else if (path.resource().equals("services")) {
            ((ObjectNode) object.path("spec")).put("clusterIP", "10.96.0." + address++);
        }
    }

    private Kept kept(StubPath path) {
        Kept kept = kind(path).get(path.namespace() + "/" + path.name());
        if (kept == null) {
            throw new Refused(404, "NotFound", path.resource() + " \"" + path.name() + "\" not found");
        }
        return kept;
    }

    private Map<String, Kept> kind(StubPath path) {
        return kinds.computeIfAbsent(path.kind(), any -> new TreeMap<>());
    }

    private static boolean isOwned(ObjectNode object, String uid) {
        for (JsonNode owner : object.path("metadata").path("ownerReferences")) {
            if (owner.path("uid").asText().equals(uid)) {
                return true;
            }
        }
        return false;
    }

    private static String namespace(ObjectNode object) {
        return object.path("metadata").path("namespace").asText();
    }

    static void merge(ObjectNode target, ObjectNode patch) {
        for (Map.Entry<String, JsonNode> field : patch.properties()) {
            if (field.getValue().isNull()) {
                target.remove(field.getKey());
            } else if (field.getValue() instanceof ObjectNode inner
                    && target.get(field.getKey()) instanceof ObjectNode existing) {
                merge(existing, inner);
            } else {
                target.set(field.getKey(), field.getValue().deepCopy());
            }
        }
    }

    private static void remove(ObjectNode object, ObjectNode before, ObjectNode now) {
        for (Map.Entry<String, JsonNode> field : before.properties()) {
            JsonNode kept = now.get(field.getKey());
            if (kept == null) {
                object.remove(field.getKey());
            } else if (kept instanceof ObjectNode inner
                    && field.getValue() instanceof ObjectNode old
                    && object.get(field.getKey()) instanceof ObjectNode existing) {
                remove(existing, old, inner);
            }
        }
    }
}
