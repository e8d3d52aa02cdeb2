package sluice.http;

import io.netty.handler.codec.http.HttpHeaders;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.FailureException;
import sluice.core.GoDuration;
import sluice.core.calls.CallbackPolicy;

/**
 * The fields with which a client says how its call is to be kept and run. One that breaks a rule is refused by name;
 * its value is not repeated, since a callback may hold a password.
 */
final class SubmitFields {
    static final String CALL_ID = "X-Call-Id";
    static final String CALLBACK_URL = "X-Callback-Url";
    static final String DELAY = "X-Sluice-Delay";
    static final String NOT_BEFORE = "X-Sluice-Not-Before";
    static final String MAX_AGE = "X-Sluice-Max-Age";
    static final String LABEL = "X-Sluice-Label";
    static final String IDEMPOTENCY_KEY = "Idempotency-Key";

    private static final int LONGEST_ID = 128;
    private static final int LONGEST_KEY = 255;
    private static final int MOST_LABELS = 16;
    private static final Duration LONGEST = Duration.ofDays(30);
    private static final Pattern LABEL_NAME = Pattern.compile("[a-zA-Z0-9]([-a-zA-Z0-9_./]{0,61}[a-zA-Z0-9])?");
    private static final Pattern LABEL_VALUE = Pattern.compile("[\\x20-\\x7e]{0,256}");

    private SubmitFields() {}

    /** The first {@code X-Call-Id} that is not empty, or null: at most 128 visible characters (matrix, X5). */
    static @Nullable String callId(HttpHeaders headers) {
        if (!headers.contains(CALL_ID)) {
            return null;
        }
        for (String value : headers.getAll(CALL_ID)) {
            if (!value.isEmpty()) {
                return requireVisible(CALL_ID, value, LONGEST_ID);
            }
        }
        return null;
    }

    /** Where the result goes, with its user-info and without its fragment, or null. */
    static @Nullable URI callback(HttpHeaders headers, CallbackPolicy policy) {
        String text = only(headers, CALLBACK_URL);
        return text == null || text.isEmpty() ? null : policy.parse(text);
    }

    /** When the first attempt is due, or null for at once. */
    static @Nullable Instant notBefore(HttpHeaders headers, Instant now) {
        String delay = only(headers, DELAY);
        String instant = only(headers, NOT_BEFORE);
        if (delay != null && instant != null) {
            throw invalid(NOT_BEFORE, "must not be given together with " + DELAY);
        }
        if (delay != null) {
            Duration wait = GoDuration.parse(delay).orElseThrow(() -> badDuration(DELAY));
            requireShort(DELAY, wait);
            return wait.isZero() ? null : now.plus(wait);
        }
        return instant == null ? null : instant(instant, now);
    }

    /**
     * How old the call may be when an attempt starts, or null for {@code usual}. A call that is put off and says nothing
     * has the usual time from when it is due.
     */
    static @Nullable Duration maxAge(HttpHeaders headers, @Nullable Instant notBefore, Instant now, Duration usual) {
        String text = only(headers, MAX_AGE);
        if (text == null) {
            return notBefore == null || !notBefore.isAfter(now)
                    ? null
                    : Duration.between(now, notBefore).plus(usual);
        }
        Duration age = GoDuration.parse(text).filter(given -> !given.isZero()).orElseThrow(() -> badDuration(MAX_AGE));
        requireShort(MAX_AGE, age);
        if (notBefore != null && !notBefore.isBefore(now.plus(age))) {
            throw invalid(MAX_AGE, "would be over before the first attempt is due");
        }
        return age;
    }

    /** {@code name=value} fields. */
    static Map<String, String> labels(HttpHeaders headers) {
        if (!headers.contains(LABEL)) {
            return Map.of();
        }
        List<String> fields = headers.getAll(LABEL);
        if (fields.size() > MOST_LABELS) {
            throw invalid(LABEL, "may be given " + MOST_LABELS + " times at most");
        }
        Map<String, String> labels = new LinkedHashMap<>();
        for (String field : fields) {
            Map.Entry<String, String> label = label(LABEL, field);
            if (labels.put(label.getKey(), label.getValue()) != null) {
                throw invalid(LABEL, "names the same label twice");
            }
        }
        return labels;
    }

    /** Reads {@code name=value}, refusing it under the name {@code field}. */
    static Map.Entry<String, String> label(String field, String text) {
        int equals = text.indexOf('=');
        String name = equals < 0 ? "" : text.substring(0, equals).strip();
        String value = text.substring(equals + 1).strip();
        if (!LABEL_NAME.matcher(name).matches() || !LABEL_VALUE.matcher(value).matches()) {
            throw invalid(
                    field,
                    "must be name=value: a name of at most 63 letters, digits and inner -_./,"
                            + " a value of at most 256 printable characters");
        }
        return Map.entry(name, value);
    }

    /**
     * The key, or null. A structured string as the draft has it ({@code "…"}), or the bare text most clients send
     * (draft-ietf-httpapi-idempotency-key-header, 2.1).
     */
    static @Nullable String idempotencyKey(HttpHeaders headers) {
        String text = only(headers, IDEMPOTENCY_KEY);
        if (text == null) {
            return null;
        }
        boolean isQuoted = text.length() >= 2 && text.startsWith("\"") && text.endsWith("\"");
        String key = isQuoted
                ? text.substring(1, text.length() - 1).replace("\\\"", "\"").replace("\\\\", "\\")
                : text;
        if (key.isEmpty() || key.length() > LONGEST_KEY || !key.chars().allMatch(c -> c >= 0x20 && c < 0x7f)) {
            throw invalid(IDEMPOTENCY_KEY, "must be 1 to " + LONGEST_KEY + " printable characters");
        }
        return key;
    }

    static FailureException invalid(String field, String rule) {
        return Failure.INVALID_REQUEST.in(Component.GATEWAY, field + " " + rule);
    }

    private static Instant instant(String text, Instant now) {
        Instant instant;
        try {
            instant = OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
            throw invalid(NOT_BEFORE, "must be a time in the form of RFC 3339, such as 2030-01-31T08:00:00Z");
        }
        if (!instant.isAfter(now)) {
            return now;
        }
        requireShort(NOT_BEFORE, Duration.between(now, instant));
        return instant;
    }

    private static void requireShort(String field, Duration duration) {
        if (duration.compareTo(LONGEST) > 0) {
            throw invalid(field, "must be at most " + LONGEST.toDays() + " days ahead");
        }
    }

    private static FailureException badDuration(String field) {
        return invalid(field, "must be a Go duration, such as 90s or 1h30m");
    }

    private static String requireVisible(String field, String value, int longest) {
        if (value.length() > longest || !value.chars().allMatch(c -> c > 0x20 && c < 0x7f)) {
            throw invalid(field, "must be 1 to " + longest + " visible ASCII characters");
        }
        return value;
    }

    private static @Nullable String only(HttpHeaders headers, String field) {
        if (!headers.contains(field)) {
            return null;
        }
        List<String> values = headers.getAll(field);
        if (values.size() > 1) {
            throw invalid(field, "is given more than once");
        }
        return values.get(0).strip();
    }
}
