package sluice.access.policy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sluice.core.Text;

/**
 * Part of an access object, read strictly: texts are texts, lists are lists of texts that are not empty, and a name
 * that nobody knows is refused, since what it was meant to restrict would otherwise be allowed.
 */
final class Spec {
    private final String path;
    private final Map<?, ?> members;

    Spec(String path, Map<?, ?> members) {
        this.path = path;
        this.members = members;
    }

    /** Refuses members of other names. */
    void only(String... known) throws SpecProblem {
        for (Object name : members.keySet()) {
            if (!Set.of(known).contains(name)) {
                throw new SpecProblem(at(Text.printable(String.valueOf(name))), "is unknown");
            }
        }
    }

    String at(String name) {
        return path + "." + name;
    }

    List<String> names() throws SpecProblem {
        List<String> names = new ArrayList<>();
        for (Object name : members.keySet()) {
            if (!(name instanceof String text)) {
                throw new SpecProblem(path, "has a name that is no text");
            }
            names.add(text);
        }
        return names;
    }

    boolean has(String name) {
        return members.get(name) != null;
    }

    String text(String name) throws SpecProblem {
        if (!(members.get(name) instanceof String text) || text.isEmpty()) {
            throw new SpecProblem(at(name), "must be a text");
        }
        return text;
    }

    @Nullable String optionalText(String name) throws SpecProblem {
        return has(name) ? text(name) : null;
    }

    List<String> texts(String name) throws SpecProblem {
        return texts(at(name), members.get(name));
    }

    Spec object(String name) throws SpecProblem {
        return object(at(name), members.get(name));
    }

    Spec optionalObject(String name) throws SpecProblem {
        return has(name) ? object(name) : new Spec(at(name), Map.of());
    }

    List<Spec> objects(String name) throws SpecProblem {
        if (!(members.get(name) instanceof List<?> list)) {
            throw new SpecProblem(at(name), "must be a list");
        }
        List<Spec> objects = new ArrayList<>();
        for (Object each : list) {
            objects.add(object(at(name) + "[" + objects.size() + "]", each));
        }
        return objects;
    }

    /** Every member, each a list of texts. */
    Map<String, List<String>> textLists() throws SpecProblem {
        Map<String, List<String>> lists = new LinkedHashMap<>();
        for (String name : names()) {
            lists.put(name, texts(name));
        }
        return lists;
    }

    private static Spec object(String path, @Nullable Object value) throws SpecProblem {
        if (!(value instanceof Map<?, ?> map)) {
            throw new SpecProblem(path, "must be an object");
        }
        return new Spec(path, map);
    }

    private static List<String> texts(String path, @Nullable Object value) throws SpecProblem {
        if (!(value instanceof List<?> list) || list.isEmpty()) {
            throw new SpecProblem(path, "must be a list of texts");
        }
        List<String> texts = new ArrayList<>();
        for (Object each : list) {
            if (!(each instanceof String text)) {
                throw new SpecProblem(path + "[" + texts.size() + "]", "must be a text; put it in quotes");
            }
            texts.add(text);
        }
        return List.copyOf(texts);
    }
}
