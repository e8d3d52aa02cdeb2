package sluice.queue.callback;

import java.time.Duration;
import sluice.core.Settings;

/**
 * Settings of callbacks; where they may go is in {@link sluice.core.calls.CallbackRules}.
 *
 * @param attempts deliveries after which a callback is given up
 * @param firstWait before the second delivery; doubled each time
 * @param longestWait between two deliveries
 * @param timeout of one delivery, from the look-up of the name to the head of the answer
 * @param maxInFlight deliveries at once
 * @param keyFile secrets that sign callbacks, or empty
 * @param caFile certificates of authorities that receivers may have theirs from, or empty for the platform's
 */
public record CallbackConfig(
        int attempts,
        Duration firstWait,
        Duration longestWait,
        Duration timeout,
        int maxInFlight,
        String keyFile,
        String caFile) {
    /** Reads the settings. */
    public static CallbackConfig from(Settings settings) {
        return new CallbackConfig(
                settings.integer("SLUICE_CALLBACK_ATTEMPTS", 5, 1, 1_000, "deliveries until a callback is given up"),
                settings.duration(
                        "SLUICE_CALLBACK_FIRST_WAIT",
                        Duration.ofSeconds(10),
                        "before the second delivery of a callback; doubled each time, half of it left to chance"),
                settings.duration(
                        "SLUICE_CALLBACK_LONGEST_WAIT", Duration.ofMinutes(10), "longest wait between two deliveries"),
                settings.duration(
                        "SLUICE_CALLBACK_TIMEOUT",
                        Duration.ofSeconds(30),
                        "of one delivery, from the look-up of the name to the head of the receiver's answer"),
                settings.integer("SLUICE_CALLBACK_INFLIGHT", 64, 1, 10_000, "callbacks that are delivered at once"),
                settings.text(
                        "SLUICE_CALLBACK_KEY_FILE",
                        "",
                        "file with secrets (whsec_ and base64, one a line) that sign callbacks; read anew when it changes"),
                settings.text(
                        "SLUICE_CALLBACK_CA_FILE",
                        "",
                        "PEM file of certificate authorities that receivers are checked against; empty: the platform's"));
    }
}
