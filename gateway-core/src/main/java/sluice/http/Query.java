package sluice.http;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.Text;

/** The parameters behind {@code ?}; of a repeated one the last counts. */
final class Query {
    private final Map<String, String> parameters = new HashMap<>();
    private final Map<String, List<String>> repeated = new HashMap<>();

    private Query() {}

    /**
     * Reads a raw query, without its question mark.
     *
     * @throws FailureException {@link Failure#INVALID_REQUEST} for a broken percent escape
     */
    static Query parse(String raw) {
        Query query = new Query();
        for (String pair : raw.split("&", -1)) {
            int equals = pair.indexOf('=');
            if (!pair.isEmpty()) {
                query.add(
                        decode(equals < 0 ? pair : pair.substring(0, equals)),
                        equals < 0 ? "" : decode(pair.substring(equals + 1)));
            }
        }
        return query;
    }

    /** The same parameters with this namespace. */
    Query in(String namespace) {
        Query query = new Query();
        query.parameters.putAll(parameters);
        query.repeated.putAll(repeated);
        query.repeated.remove("namespace");
        query.parameters.put("namespace", namespace);
        return query;
    }

    /** Whether there is no parameter at all. */
    boolean isEmpty() {
        return parameters.isEmpty();
    }

    /** Whether the parameter is there, with or without a value. */
    boolean has(String name) {
        return parameters.containsKey(name);
    }

    /** Its value, or empty when it is absent or has none. */
    String text(String name) {
        return parameters.getOrDefault(name, "");
    }

    /** All its values that are not empty, in order. */
    List<String> all(String name) {
        List<String> several = repeated.get(name);
        String one = text(name);
        return several != null ? several : one.isEmpty() ? List.of() : List.of(one);
    }

    /** True for {@code 1 t T TRUE true True} (Go, strconv.ParseBool); anything else is false. */
    boolean flag(String name) {
        return switch (text(name)) {
            case "1", "t", "T", "TRUE", "true", "True" -> true;
            default -> false;
        };
    }

    /** A whole number, or null when it is absent; refused under its name when it is neither. */
    @Nullable Long number(String name) {
        String text = text(name);
        if (text.isEmpty()) {
            return null;
        }
        if (!text.matches("[-+]?[0-9]{1,18}")) {
            throw invalid(name, text, "must be a whole number");
        }
        return Long.valueOf(text);
    }

    static FailureException invalid(String name, String value, String rule) {
        return Failure.INVALID_REQUEST.in(
                Component.GATEWAY, "validation failed: " + name + ": (" + Text.printable(value) + ") " + rule);
    }

    private void add(String name, String value) {
        String before = parameters.put(name, value);
        if (before != null) {
            List<String> all = repeated.computeIfAbsent(name, n -> new ArrayList<>(nonEmpty(before)));
            all.addAll(nonEmpty(value));
        }
    }

    private static List<String> nonEmpty(String value) {
        return value.isEmpty() ? List.of() : List.of(value);
    }

    static String decode(String text) {
        byte[] bytes = Percent.decode(text.replace('+', ' '));
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
