package sluice.access.revocation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import sluice.core.Revocations.Entry;
import sluice.core.Revocations.Kind;

/**
 * One thing that does not count any more, as it is kept.
 *
 * @param until for a subject: last second of which tokens do not count; else 0
 */
record Denial(
        Kind kind,
        String issuer,
        String value,
        long until,
        String reason,
        String by,
        Instant created,
        Instant expires) {
    private static final ObjectMapper JSON = new ObjectMapper();

    String id() {
        return Fingerprint.of(kind, issuer, value);
    }

    Entry told() {
        return new Entry(
                id(),
                kind,
                issuer,
                value,
                kind == Kind.SUBJECT ? Instant.ofEpochSecond(until) : null,
                reason,
                by,
                created,
                expires);
    }

    byte[] stored() {
        ObjectNode json = JSON.createObjectNode();
        json.put("kind", kind.word());
        json.put("issuer", issuer);
        json.put("value", value);
        json.put("until", until);
        json.put("reason", reason);
        json.put("by", by);
        json.put("created", created.getEpochSecond());
        json.put("expires", expires.getEpochSecond());
        return json.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** @throws IOException when it is not what {@link #stored} writes */
    static Denial read(byte[] stored) throws IOException {
        JsonNode json = JSON.readTree(stored);
        if (!json.path("expires").isIntegralNumber()) {
            throw new IOException("it is no revocation");
        }
        Kind kind = Kind.named(json.path("kind").asText(""))
                .orElseThrow(() -> new IOException("it is a revocation of another kind"));
        return new Denial(
                kind,
                json.path("issuer").asText(""),
                json.path("value").asText(""),
                json.path("until").asLong(),
                json.path("reason").asText(""),
                json.path("by").asText(""),
                Instant.ofEpochSecond(json.path("created").asLong()),
                Instant.ofEpochSecond(json.path("expires").asLong()));
    }
}
