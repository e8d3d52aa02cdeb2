package sluice.queue.jetstream;

import io.nats.client.Message;
import io.nats.client.impl.Headers;
import java.util.Optional;

/**
 * A request's head as a submit carries it, beside the record.
 *
 * @param fields as {@link sluice.queue.store.KeptHead}
 * @param body where the body lies
 */
@SuppressWarnings("ArrayRecordComponent") // is written and read, never compared
record KeptRequest(String method, String target, String host, byte[] fields, KeptBody body) {
    private static final String FIELD = "Sluice-Request";

    void addTo(Headers headers) {
        headers.put(FIELD, Kept.text(this));
    }

    static Optional<KeptRequest> of(Message message) {
        Headers headers = message.getHeaders();
        String text = headers == null ? null : headers.getFirst(FIELD);
        return text == null ? Optional.empty() : Kept.read(text, KeptRequest.class);
    }
}
