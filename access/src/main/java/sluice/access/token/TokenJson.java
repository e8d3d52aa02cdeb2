package sluice.access.token;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * JSON of strangers' tokens and key sets, read with its own types: nothing is turned into a date or a number on the
 * way. Names must not repeat, depth and members are bounded.
 */
final class TokenJson {
    private static final int DEEPEST = 32;
    private static final int MOST_MEMBERS = 512;
    private static final ObjectMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(DEEPEST)
                            .maxNumberLength(40)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private TokenJson() {}

    /** The object that {@code utf8} is, or null when it is none or breaks a bound. */
    static @Nullable ObjectNode object(byte[] utf8) {
        try {
            return MAPPER.readTree(utf8) instanceof ObjectNode object && members(object) <= MOST_MEMBERS
                    ? object
                    : null;
        } catch (IOException e) { // malformed, too deep, repeated
            return null;
        }
    }

    /** As {@link #object}, for documents of an issuer, which may be longer. */
    static @Nullable ObjectNode document(byte[] utf8) {
        try {
            return MAPPER.readTree(utf8) instanceof ObjectNode object ? object : null;
        } catch (IOException e) {
            return null;
        }
    }

    private static int members(JsonNode node) {
        int count = node.isObject() ? node.size() : 0;
        for (JsonNode child : node) {
            count += members(child);
        }
        return count;
    }
}
