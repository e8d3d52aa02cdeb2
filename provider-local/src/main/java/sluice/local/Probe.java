package sluice.local;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.Text;

/**
 * An HTTP check of a replica, from annotations {@code com.openfaas.{health,ready}.http.*}.
 *
 * @param failures in a row that make it count as failed
 */
record Probe(String path, Duration initialDelay, Duration period, Duration timeout, int failures) {
    /** The check called {@code kind}, {@code health} or {@code ready}, or null when it is not asked for. */
    static @Nullable Probe from(Map<String, String> annotations, String kind) {
        String prefix = "com.openfaas." + kind + ".http.";
        String path = annotations.get(prefix + "path");
        if (path == null) {
            return null;
        }
        if (!path.startsWith("/") || path.chars().anyMatch(c -> c <= ' ' || c > '~')) {
            throw Failure.INVALID_REQUEST.in(
                    Component.PROVIDER,
                    "validation failed: annotations." + prefix + "path: (" + Text.printable(path)
                            + ") must begin with / and be printable");
        }
        return new Probe(
                path,
                Duration.ofSeconds(number(annotations, prefix + "initialDelaySeconds", 0, 0)),
                Duration.ofSeconds(number(annotations, prefix + "periodSeconds", 10, 1)),
                Duration.ofSeconds(number(annotations, prefix + "timeoutSeconds", 1, 1)),
                number(annotations, prefix + "failureThreshold", 3, 1));
    }

    private static int number(Map<String, String> annotations, String key, int standard, int least) {
        String text = annotations.getOrDefault(key, Integer.toString(standard));
        if (!text.matches("[0-9]{1,5}") || Integer.parseInt(text) < least) {
            throw Failure.INVALID_REQUEST.in(
                    Component.PROVIDER,
                    "validation failed: annotations." + key + ": (" + Text.printable(text)
                            + ") must be a whole number from " + least + " to 99999");
        }
        return Integer.parseInt(text);
    }
}
