package sluice.invoker;

import sluice.core.Settings;

/**
 * Bounds of message heads.
 *
 * @param requestLine bytes; beyond is 414
 * @param requestHead bytes; beyond is 431
 * @param requestFields header fields; beyond is 431
 * @param responseHead bytes of a function's response head; beyond is 502
 * @param responseFields header fields of a function's response; beyond is 502
 */
public record HeadLimits(int requestLine, int requestHead, int requestFields, int responseHead, int responseFields) {
    /** Reads the settings. */
    static HeadLimits from(Settings settings) {
        return new HeadLimits(
                settings.integer("SLUICE_MAX_REQUEST_LINE", 8_192, 256, 65_536, "Longest request line, bytes."),
                settings.integer("SLUICE_MAX_REQUEST_HEAD", 32_768, 1_024, 1_048_576, "Largest request head, bytes."),
                settings.integer("SLUICE_MAX_REQUEST_FIELDS", 100, 10, 10_000, "Most header fields of a request."),
                settings.integer("SLUICE_MAX_RESPONSE_HEAD", 65_536, 1_024, 1_048_576, "Largest response head, bytes."),
                settings.integer("SLUICE_MAX_RESPONSE_FIELDS", 200, 10, 10_000, "Most header fields of a response."));
    }

    int mostBytes() {
        return Math.max(requestHead, responseHead);
    }

    int mostFields() {
        return Math.max(requestFields, responseFields);
    }
}
