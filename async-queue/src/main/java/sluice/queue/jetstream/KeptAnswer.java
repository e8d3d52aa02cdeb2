package sluice.queue.jetstream;

import io.nats.client.Message;
import io.nats.client.impl.Headers;
import java.util.Optional;

/**
 * An answer's head as its message carries it.
 *
 * @param fields as {@link sluice.queue.store.HeaderBytes}
 * @param body where the body lies
 */
@SuppressWarnings("ArrayRecordComponent") // is written and read, never compared
record KeptAnswer(int status, byte[] fields, KeptBody body) {
    private static final String FIELD = "Sluice-Answer";

    Headers asHeaders() {
        return new Headers().put(FIELD, Kept.text(this));
    }

    static Optional<KeptAnswer> of(Message message) {
        Headers headers = message.getHeaders();
        String text = headers == null ? null : headers.getFirst(FIELD);
        return text == null ? Optional.empty() : Kept.read(text, KeptAnswer.class);
    }
}
