package sluice.kube;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/** Lays one object of the API over another: fields that the upper one has win. */
final class Merging {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ObjectWriter SORTED = JSON.writer(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);

    private Merging() {}

    static <T> T merge(@Nullable T lower, T upper, Class<T> type) {
        if (lower == null) {
            return upper;
        }
        ObjectNode merged = JSON.valueToTree(lower);
        ObjectNode over = JSON.valueToTree(upper);
        merged.setAll(over);
        return JSON.convertValue(merged, type);
    }

    /** The same text for equal trees, whatever the order of their fields and the width of their numbers. */
    static String text(Object tree) {
        try {
            return SORTED.writeValueAsString(tree);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }

    static <T> T read(Object tree, Class<T> type) {
        return JSON.convertValue(tree, type);
    }
}
