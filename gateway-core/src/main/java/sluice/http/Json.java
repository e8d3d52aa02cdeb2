package sluice.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.type.LogicalType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.Text;

/**
 * JSON as Go's decoder reads it, which is what every client of this API was written against: keys in any case, unknown
 * ones ignored, null as if absent, wrong types and anything behind the value refused (OpenFaaS gateway, system API). Beyond
 * it, a key that is there twice is refused: whoever reads the body next could take the other one.
 */
final class Json {
    /** Deepest nesting that can be allowed. */
    static final int DEEPEST = 500;

    private static final int LONGEST_NUMBER = 100;
    private static final String DUPLICATE = "Duplicate field "; // how the library begins to tell of one

    private static final ObjectMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(DEEPEST)
                            .maxStringLength(Integer.MAX_VALUE) // the body has a bound
                            .maxNumberLength(LONGEST_NUMBER)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_PROPERTIES)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS) // the same answer looks the same twice
            .withCoercionConfig(
                    LogicalType.Textual,
                    text -> text.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
            .build();

    private Json() {}

    /**
     * Reads one JSON object.
     *
     * @param complaint the words before what is wrong, as the API has them for this call
     * @param mostNesting deepest nesting, at most {@link #DEEPEST}
     */
    static JsonNode object(byte[] bytes, String complaint, int mostNesting) {
        try {
            JsonNode value = MAPPER.readTree(bytes);
            if (value instanceof MissingNode) {
                throw refuse(complaint, "unexpected end of JSON input");
            }
            if (!value.isObject()) {
                throw refuse(complaint, "the body must be a JSON object");
            }
            if (isDeeper(value, mostNesting)) {
                throw refuse(complaint, "nested deeper than " + mostNesting + " (SLUICE_MAX_JSON_NESTING)");
            }
            return value;
        } catch (JsonProcessingException e) {
            String what = e.getOriginalMessage().startsWith(DUPLICATE) ? e.getOriginalMessage() : "malformed JSON";
            throw refuse(complaint, what + at(e.getLocation()));
        } catch (IOException e) {
            throw new UncheckedIOException(e); // reading from an array
        }
    }

    /** Reads a model record out of an object; a wrong type is refused under the name of its field. */
    static <T> T as(JsonNode object, Class<T> model, String complaint) {
        try {
            return MAPPER.treeToValue(object, model);
        } catch (JsonMappingException e) {
            throw refuse(complaint, path(e) + ": wrong type");
        } catch (JsonProcessingException e) {
            throw refuse(complaint, "malformed JSON");
        }
    }

    private static boolean isDeeper(JsonNode value, int most) {
        if (!value.isContainerNode()) {
            return false;
        }
        if (most == 0) {
            return true;
        }
        for (JsonNode part : value) {
            if (isDeeper(part, most - 1)) {
                return true;
            }
        }
        return false;
    }

    static byte[] write(Object value) {
        try {
            return MAPPER.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A complaint that is a whole sentence already is left alone. */
    private static FailureException refuse(String complaint, String what) {
        String text = complaint.endsWith(".") ? complaint : complaint + ": " + what;
        return Failure.INVALID_REQUEST.in(Component.GATEWAY, text);
    }

    private static String at(@Nullable JsonLocation location) {
        return location == null ? "" : " at line " + location.getLineNr() + ", column " + location.getColumnNr();
    }

    private static String path(JsonMappingException e) {
        return e.getPath().stream()
                .map(step -> step.getFieldName() == null ? "[" + step.getIndex() + "]" : step.getFieldName())
                .map(Text::printable)
                .collect(Collectors.joining("."));
    }
}
