package sluice.kube;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * What objects of the Kubernetes API look like: the schemas that a real API server publishes ({@code deploy/dev/schemas}), and
 * those of our own definitions. Stricter than the server in one thing, as {@code kubectl --validate=strict} is: a field that
 * it does not know is wrong.
 */
final class ApiSchema {
    private final JsonNode schemas;
    private final Map<String, JsonNode> kinds = new HashMap<>();

    private ApiSchema(JsonNode published) {
        this.schemas = published.path("schemas");
        published
                .path("kinds")
                .properties()
                .forEach(kind ->
                        kinds.put(kind.getKey(), schemas.path(kind.getValue().asText())));
    }

    /** @param definitions directory of CustomResourceDefinitions */
    static ApiSchema read(Path definitions) throws IOException {
        ApiSchema schema;
        try (InputStream published = ApiSchema.class.getResourceAsStream("/kubernetes-schemas.json")) {
            schema = new ApiSchema(new ObjectMapper().readTree(Objects.requireNonNull(published)));
        }
        try (Stream<Path> files = Files.list(definitions)) {
            for (Path file : files.toList()) {
                schema.add(new YAMLMapper().readTree(file.toFile()).path("spec"));
            }
        }
        return schema;
    }

    private void add(JsonNode definition) {
        for (JsonNode version : definition.path("versions")) {
            kinds.put(
                    definition.path("group").asText() + "/"
                            + version.path("name").asText() + " "
                            + definition.path("names").path("kind").asText(),
                    version.path("schema").path("openAPIV3Schema"));
        }
    }

    /** What is wrong with {@code object}, each with the path of the field. */
    List<String> problems(JsonNode object) {
        List<String> problems = new ArrayList<>();
        String kind =
                object.path("apiVersion").asText() + " " + object.path("kind").asText();
        JsonNode schema = kinds.get(kind);
        if (schema == null) {
            return List.of(kind + ": no such kind");
        }
        if (object.path("metadata").path("name").asText().isEmpty()) {
            problems.add("metadata.name: is required");
        }
        check("", object, schema, problems);
        return problems;
    }

    private void check(String path, JsonNode value, JsonNode reference, List<String> problems) {
        JsonNode schema = resolved(reference);
        if (value.isNull() || isIntOrString(schema)) {
            return; // null is as if it were not there
        }
        String type = schema.path("type").asText();
        boolean isOfType = switch (type) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isTextual();
            case "integer" -> value.isIntegralNumber();
            case "number" -> value.isNumber();
            case "boolean" -> value.isBoolean();
            default -> true;
        };
        if (!isOfType) {
            problems.add(path + ": is no " + type);
        } else if (value.isObject()) {
            checkFields(path, value, schema, problems);
        } else if (value.isArray()) {
            for (int i = 0; i < value.size(); i++) {
                check(path + "[" + i + "]", value.get(i), schema.path("items"), problems);
            }
        } else if (schema.has("enum") && !contains(schema.get("enum"), value)) {
            problems.add(path + ": is none of " + schema.get("enum"));
        }
    }

    private void checkFields(String path, JsonNode value, JsonNode schema, List<String> problems) {
        JsonNode properties = schema.path("properties");
        JsonNode others = schema.path("additionalProperties");
        // An ObjectMeta of ours says no more than that it is an object; the server knows what is in it.
        boolean isOpen = schema.path("x-kubernetes-preserve-unknown-fields").asBoolean()
                || (properties.isMissingNode() && others.isMissingNode());
        value.properties().forEach(field -> {
            String at = path.isEmpty() ? field.getKey() : path + "." + field.getKey();
            if (properties.has(field.getKey())) {
                check(at, field.getValue(), properties.get(field.getKey()), problems);
            } else if (others.isObject()) {
                check(at, field.getValue(), others, problems);
            } else if (!isOpen) {
                problems.add(at + ": no such field");
            }
        });
        for (JsonNode required : schema.path("required")) {
            if (value.path(required.asText()).isMissingNode()
                    || value.path(required.asText()).isNull()) {
                problems.add((path.isEmpty() ? "" : path + ".") + required.asText() + ": is required");
            }
        }
    }

    private JsonNode resolved(JsonNode schema) {
        if (schema.has("$ref")) {
            String name = schema.get("$ref").asText();
            return resolved(schemas.path(name.substring(name.lastIndexOf('/') + 1)));
        }
        return schema.path("allOf").size() == 1 ? resolved(schema.get("allOf").get(0)) : schema;
    }

    /** Ports, percentages, amounts. */
    private static boolean isIntOrString(JsonNode schema) {
        return schema.path("x-kubernetes-int-or-string").asBoolean()
                || schema.path("format").asText().equals("int-or-string")
                || schema.has("oneOf");
    }

    private static boolean contains(JsonNode all, JsonNode value) {
        for (JsonNode each : all) {
            if (each.equals(value)) {
                return true;
            }
        }
        return false;
    }
}
