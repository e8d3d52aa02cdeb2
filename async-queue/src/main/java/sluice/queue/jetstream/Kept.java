package sluice.queue.jetstream;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.nats.client.Message;
import io.nats.client.impl.Headers;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import sluice.core.calls.CallRecord.CallbackLog;
import sluice.queue.store.CallRow;

/**
 * A call's record as messages carry it: in a header field, so that a view can be made without reading bodies.
 *
 * @param callback null when none was asked for
 */
record Kept(CallRow row, @Nullable KeptCallback callback) {
    private static final String FIELD = "Sluice-Call";
    private static final int KEPT_ATTEMPTS = 10;
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII) // header fields are ASCII
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    /**
     * Where a callback stands.
     *
     * @param url with its user-info
     * @param state 0 before the call's end, 1 due, 2 delivered, 3 given up; as in the view's table
     * @param number deliveries tried
     * @param next when the next is due, milliseconds since 1970
     */
    record KeptCallback(String url, int state, int number, long next, List<Tried> log) {
        static final int IDLE = 0;
        static final int DUE = 1;
        static final int DELIVERED = 2;
        static final int GIVEN_UP = 3;

        static KeptCallback idle(String url) {
            return new KeptCallback(url, IDLE, 0, 0, List.of());
        }

        KeptCallback due(long now) {
            return state == IDLE ? new KeptCallback(url, DUE, number, now, log) : this;
        }

        KeptCallback givenUp() {
            return state == DELIVERED ? this : new KeptCallback(url, GIVEN_UP, number, 0, log);
        }

        /** As if nothing had been tried; the log stays. */
        KeptCallback reset() {
            return new KeptCallback(url, IDLE, 0, 0, log);
        }

        KeptCallback tried(Tried attempt, long nextMillis) {
            List<Tried> all = new ArrayList<>(log);
            all.add(attempt);
            int then = attempt.problem().isEmpty() ? DELIVERED : nextMillis < 0 ? GIVEN_UP : DUE;
            return new KeptCallback(
                    url,
                    then,
                    number + 1,
                    Math.max(nextMillis, 0),
                    List.copyOf(all.subList(Math.max(0, all.size() - KEPT_ATTEMPTS), all.size())));
        }

        /** Without the URL, which may hold a password. */
        @Override
        public String toString() {
            return "callback[" + number + " tried]";
        }
    }

    /** One delivery. */
    record Tried(long at, int httpStatus, String problem) {
        CallbackLog.Attempt asAttempt() {
            return new CallbackLog.Attempt(Instant.ofEpochMilli(at), httpStatus, problem);
        }
    }

    Headers asHeaders() {
        return new Headers().put(FIELD, text(this));
    }

    static Optional<Kept> of(Message message) {
        Headers headers = message.getHeaders();
        String text = headers == null ? null : headers.getFirst(FIELD);
        return text == null ? Optional.empty() : read(text, Kept.class);
    }

    /** As one line of ASCII. */
    static String text(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot be written as JSON: " + value.getClass(), e);
        }
    }

    /** Empty when it is nothing of ours. */
    static <T> Optional<T> read(String text, Class<T> type) {
        try {
            return Optional.ofNullable(JSON.readValue(text, type));
        } catch (JsonProcessingException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
