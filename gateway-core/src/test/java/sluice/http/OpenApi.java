package sluice.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.oas.OpenApi30;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/** The document {@code openapi.yaml}, and whether an answer of a running gateway is one it describes. */
public final class OpenApi {
    private static final Set<String> METHODS = Set.of("get", "head", "post", "put", "patch", "delete", "options");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final JsonNode document;
    private final JsonSchemaFactory schemas = JsonSchemaFactory.getInstance(
            SpecVersion.VersionFlag.V4,
            builder -> builder.metaSchema(OpenApi30.getInstance())
                    .defaultMetaSchemaIri(OpenApi30.getInstance().getIri()));
    private final SchemaValidatorsConfig strict =
            SchemaValidatorsConfig.builder().formatAssertionsEnabled(true).build();

    private OpenApi(JsonNode document) {
        this.document = document;
    }

    /**
     * One answer that the document promises.
     *
     * @param path with its parameters in braces
     * @param pointer where the answer is described
     */
    public record Documented(String method, String path, int status, String tag, String pointer) {
        @Override
        public String toString() {
            return method + " " + path + " " + status;
        }
    }

    /** Reads the document from the class path. */
    public static OpenApi read() throws IOException {
        try (InputStream in = OpenApi.class.getResourceAsStream("/sluice/openapi.yaml")) {
            return new OpenApi(new YAMLMapper().readTree(Objects.requireNonNull(in)));
        }
    }

    /** Every answer to every method of every path. */
    public List<Documented> answers() {
        List<Documented> answers = new ArrayList<>();
        for (Map.Entry<String, JsonNode> path : document.path("paths").properties()) {
            for (Map.Entry<String, JsonNode> operation : path.getValue().properties()) {
                if (METHODS.contains(operation.getKey())) {
                    answers.addAll(answers(path.getKey(), operation.getKey(), operation.getValue()));
                }
            }
        }
        return answers;
    }

    private static List<Documented> answers(String path, String method, JsonNode operation) {
        String responses = "/paths/" + escaped(path) + "/" + method + "/responses/";
        return names(operation.path("responses")).stream()
                .map(status -> new Documented(
                        method.toUpperCase(Locale.ROOT),
                        path,
                        Integer.parseInt(status),
                        operation.path("tags").path(0).asText(),
                        responses + status))
                .toList();
    }

    /** Fails unless {@code response} is {@code answer}: its status, headers, media type and each member of its body. */
    public void verify(Documented answer, HttpResponse<String> response) {
        assertThat(response.statusCode())
                .as("status; body <%s>", response.body())
                .isEqualTo(answer.status());
        String pointer = resolved(answer.pointer());
        JsonNode description = document.at(pointer);
        assertThat(description.isObject()).as("%s is described", pointer).isTrue();
        verifyHeaders(pointer + "/headers", response.headers());
        Set<String> types = names(description.path("content"));
        if (types.isEmpty()) {
            assertThat(response.body()).as("body of an answer that has none").isEmpty();
        } else if (!response.body().isEmpty() && !types.contains("*/*")) {
            String type = mediaType(response.headers());
            assertThat(types).as("media types").contains(type);
            verifyBody(pointer + "/content/" + escaped(type) + "/schema", type, response.body());
        }
    }

    /** Whether the document promises this answer as JSON too. */
    public boolean promisesJson(Documented answer) {
        return document.at(resolved(answer.pointer())).path("content").has("application/json");
    }

    /** Fails unless {@code json} is what the schema of this name says, and no more. */
    public void verify(String schema, String json) {
        verifyJson("/components/schemas/" + schema, json);
    }

    private void verifyHeaders(String pointer, HttpHeaders actual) {
        for (String name : names(document.at(pointer))) {
            JsonNode header = document.at(resolved(pointer + "/" + escaped(name)));
            JsonNode schema = header.path("schema");
            List<String> values = actual.allValues(name);
            if (header.path("required").asBoolean()) {
                assertThat(values).as("header %s", name).hasSize(1);
            }
            for (String value : values) {
                assertThat(value)
                        .as("header %s", name)
                        .matches(schema.path("pattern").asText(".*"));
                if (schema.has("enum")) {
                    assertThat(schema.path("enum"))
                            .as("values of header %s", name)
                            .contains(new TextNode(value));
                }
            }
        }
    }

    private void verifyBody(String schema, String type, String body) {
        switch (type) {
            case "application/json" -> verifyJson(schema, body);
            case "application/x-ndjson" -> body.lines().forEach(line -> verifyJson(schema, line));
            default -> assertThat(document.at(schema).path("type").asText()).isEqualTo("string");
        }
    }

    private void verifyJson(String schema, String json) {
        JsonNode value = parsed(json);
        ObjectNode root = document.deepCopy();
        root.put("$ref", "#" + schema.replace("{", "%7B").replace("}", "%7D"));
        assertThat(schemas.getSchema(root, strict).validate(value))
                .as("%s against %s", json, schema)
                .isEmpty();
        assertThat(undocumented(document.at(resolved(schema)), value))
                .as("members beside the schema")
                .isEmpty();
    }

    /** The names of members, at any depth, that the schema does not know. */
    private Set<String> undocumented(JsonNode schema, JsonNode value) {
        Set<String> names = new TreeSet<>();
        if (value.isArray()) {
            JsonNode items = dereferenced(schema.path("items"));
            value.forEach(item -> names.addAll(undocumented(items, item)));
        } else if (value.isObject() && schema.has("properties")) {
            for (String name : names(value)) {
                JsonNode property = dereferenced(schema.path("properties").path(name));
                if (property.isMissingNode()) {
                    names.add(name);
                }
                names.addAll(undocumented(property, value.path(name)));
            }
        }
        return names;
    }

    private JsonNode dereferenced(JsonNode node) {
        return node.has("$ref") ? document.at(node.path("$ref").asText().substring(1)) : node;
    }

    private String resolved(String pointer) {
        JsonNode reference = document.at(pointer).path("$ref");
        return reference.isTextual() ? reference.asText().substring(1) : pointer;
    }

    private static Set<String> names(JsonNode object) {
        Set<String> names = new TreeSet<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    private static String mediaType(HttpHeaders headers) {
        String type = headers.firstValue("content-type").orElse("none");
        int parameters = type.indexOf(';');
        return (parameters < 0 ? type : type.substring(0, parameters)).strip();
    }

    /** A member's name within a JSON pointer (RFC 6901). */
    private static String escaped(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }

    private static JsonNode parsed(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new AssertionError("no JSON: " + json, e);
        }
    }
}
