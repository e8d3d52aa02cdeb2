package sluice.http;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a {@code Prefer} field asks of the gateway (RFC 7240). Of a preference that is there twice the first counts;
 * what cannot be read is passed over, as a preference never fails a request.
 *
 * @param respondsAsync {@code respond-async}
 * @param waitSeconds {@code wait}, or -1
 * @param others what is meant for somebody else, as one field value, or empty
 */
record Preferences(boolean respondsAsync, int waitSeconds, String others) {
    static final String FIELD = "Prefer";
    static final String APPLIED = "Preference-Applied";

    private static final Preferences NONE = new Preferences(false, -1, "");

    static Preferences of(HttpHeaders headers) {
        if (!headers.contains(FIELD)) {
            return NONE;
        }
        boolean respondsAsync = false;
        int waitSeconds = -1;
        List<String> others = new ArrayList<>();
        for (String field : headers.getAll(FIELD)) {
            for (String preference : split(field)) {
                String plain = preference.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
                if (plain.equals("respond-async")) {
                    respondsAsync = true;
                } else if (plain.startsWith("wait") && seconds(plain) >= 0) {
                    waitSeconds = waitSeconds < 0 ? seconds(plain) : waitSeconds;
                } else if (!preference.isBlank()) {
                    others.add(preference.strip());
                }
            }
        }
        return new Preferences(respondsAsync, waitSeconds, String.join(", ", others));
    }

    /** {@code Preference-Applied} of an answer that came without waiting for the function, or in vain. */
    String appliedWithoutAnswer() {
        String async = respondsAsync ? "respond-async" : "";
        return waitSeconds < 0 ? async : async.isEmpty() ? applied() : async + ", " + applied();
    }

    /** {@code Preference-Applied} of the function's own answer. */
    String applied() {
        return "wait=" + waitSeconds;
    }

    /** The seconds of {@code wait=N}, or -1. */
    private static int seconds(String preference) {
        int equals = preference.indexOf('=');
        if (equals < 0 || !preference.substring(0, equals).strip().equals("wait")) {
            return -1;
        }
        String value = preference.substring(equals + 1).strip().replace("\"", "");
        return value.matches("[0-9]{1,9}") ? Integer.parseInt(value) : -1;
    }

    /** At commas outside of quoted strings. */
    private static List<String> split(String field) {
        List<String> parts = new ArrayList<>();
        int start = 0;
        boolean isQuoted = false;
        for (int i = 0; i < field.length(); i++) {
            char c = field.charAt(i);
            if (c == '"') {
                isQuoted = !isQuoted;
            } else if (c == '\\' && isQuoted) {
                i++;
            } else if (c == ',' && !isQuoted) {
                parts.add(field.substring(start, i));
                start = i + 1;
            }
        }
        parts.add(field.substring(start));
        return parts;
    }
}
