package sluice.kube;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionName;
import sluice.core.Resources;

/** A function as the {@code spec} of a Function (openfaas.com/v1), which is also kept in an annotation as JSON. */
final class SubmittedSpec {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final TypeReference<Map<String, Object>> MAP = new TypeReference<>() {};

    private SubmittedSpec() {}

    /** Keys in the order of the reference; what is empty is left out. */
    static Map<String, Object> toMap(FunctionDeployment function) {
        Map<String, Object> spec = new LinkedHashMap<>();
        spec.put("name", function.name().name());
        spec.put("image", function.image());
        putUnlessEmpty(spec, "handler", Objects.requireNonNullElse(function.envProcess(), ""));
        putUnlessEmpty(spec, "labels", function.labels());
        putUnlessEmpty(spec, "annotations", function.annotations());
        putUnlessEmpty(spec, "environment", function.envVars());
        if (!function.constraints().isEmpty()) {
            spec.put("constraints", function.constraints());
        }
        if (!function.secrets().isEmpty()) {
            spec.put("secrets", function.secrets());
        }
        put(spec, "limits", function.limits());
        put(spec, "requests", function.requests());
        spec.put("readOnlyRootFilesystem", function.readOnlyRootFilesystem());
        return spec;
    }

    static String toJson(FunctionDeployment function) {
        try {
            return JSON.writeValueAsString(toMap(function));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("maps of text are always JSON", e);
        }
    }

    /** Empty when {@code json} is no such spec, since anybody can edit an annotation. */
    static Optional<FunctionDeployment> read(@Nullable String json, FunctionName name) {
        if (json == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(fromMap(JSON.readValue(json, MAP), name));
        } catch (JsonProcessingException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /**
     * Reads a spec.
     *
     * @throws IllegalArgumentException when a field has the wrong type
     */
    static FunctionDeployment fromMap(Map<String, Object> spec, FunctionName name) {
        return new FunctionDeployment(
                name,
                Objects.requireNonNullElse(text(spec, "image"), ""),
                text(spec, "handler"),
                texts(spec, "environment"),
                list(spec, "constraints"),
                list(spec, "secrets"),
                texts(spec, "labels"),
                texts(spec, "annotations"),
                resources(spec, "limits"),
                resources(spec, "requests"),
                Boolean.TRUE.equals(spec.get("readOnlyRootFilesystem")));
    }

    private static @Nullable String text(Map<String, Object> spec, String field) {
        Object value = spec.get(field);
        if (value == null || value instanceof String) {
            return (String) value;
        }
        throw new IllegalArgumentException(field + " must be a text");
    }

    private static Map<String, String> texts(Map<String, Object> spec, String field) {
        Object value = spec.get(field);
        if (value == null) {
            return Map.of();
        }
        if (value instanceof Map<?, ?> map) {
            return map.entrySet().stream()
                    .collect(Collectors.toMap(e -> String.valueOf(e.getKey()), e -> String.valueOf(e.getValue())));
        }
        throw new IllegalArgumentException(field + " must be a map");
    }

    private static List<String> list(Map<String, Object> spec, String field) {
        Object value = spec.get(field);
        if (value == null) {
            return List.of();
        }
        if (value instanceof List<?> list) {
            return list.stream().map(String::valueOf).toList();
        }
        throw new IllegalArgumentException(field + " must be a list");
    }

    private static @Nullable Resources resources(Map<String, Object> spec, String field) {
        return spec.get(field) == null ? null : JSON.convertValue(spec.get(field), Resources.class);
    }

    private static void putUnlessEmpty(Map<String, Object> spec, String field, String value) {
        if (!value.isEmpty()) {
            spec.put(field, value);
        }
    }

    private static void putUnlessEmpty(Map<String, Object> spec, String field, Map<String, String> values) {
        if (!values.isEmpty()) {
            spec.put(field, new TreeMap<>(values)); // the same function is always the same text
        }
    }

    private static void put(Map<String, Object> spec, String field, @Nullable Resources resources) {
        if (resources != null) {
            spec.put(field, JSON.convertValue(resources, MAP));
        }
    }
}
