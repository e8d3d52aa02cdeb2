package sluice.queue.jetstream;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.fasterxml.jackson.databind.JsonNode;
import io.nats.client.Message;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import java.util.Base64;

/** A message as the broker's API tells it in JSON (STREAM.MSG.GET): fields and data in base64. */
final class StoredMessage {
    private StoredMessage() {}

    /** As a direct get would bring it, with the sequence in a field of its own. */
    static Message of(JsonNode stored) {
        Headers headers = new Headers();
        String block = new String(bytes(stored, "hdrs"), US_ASCII);
        for (String line : block.split("\r\n", -1)) {
            int colon = line.indexOf(':'); // the first line is the version
            if (colon > 0) {
                headers.add(line.substring(0, colon), line.substring(colon + 1).trim());
            }
        }
        headers.put(Changes.SEQUENCE, Long.toString(stored.path("seq").asLong()));
        return NatsMessage.builder()
                .subject(stored.path("subject").asText())
                .headers(headers)
                .data(bytes(stored, "data"))
                .build();
    }

    private static byte[] bytes(JsonNode stored, String field) {
        return Base64.getDecoder().decode(stored.path(field).asText(""));
    }
}
