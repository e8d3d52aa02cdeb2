package sluice.access.privacy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/**
 * What is kept of a token that was given out; never the token.
 *
 * @param function the only one that may be called with it, or empty for all of the namespace
 * @param by who asked for it
 */
record IssuedToken(
        String id,
        String function,
        String description,
        String by,
        Instant created,
        Instant expires,
        boolean isRevoked) {
    private static final ObjectMapper JSON = new ObjectMapper();

    IssuedToken revoked() {
        return new IssuedToken(id, function, description, by, created, expires, true);
    }

    byte[] stored() {
        ObjectNode json = JSON.createObjectNode();
        json.put("function", function);
        json.put("description", description);
        json.put("by", by);
        json.put("created", created.getEpochSecond());
        json.put("expires", expires.getEpochSecond());
        json.put("revoked", isRevoked);
        return json.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** @throws IOException when it is not what {@link #stored} writes */
    static IssuedToken read(String id, byte[] stored) throws IOException {
        JsonNode json = JSON.readTree(stored);
        if (!json.path("expires").isIntegralNumber()) {
            throw new IOException("it is no token");
        }
        return new IssuedToken(
                id,
                json.path("function").asText(""),
                json.path("description").asText(""),
                json.path("by").asText(""),
                Instant.ofEpochSecond(json.path("created").asLong()),
                Instant.ofEpochSecond(json.path("expires").asLong()),
                json.path("revoked").asBoolean());
    }
}
