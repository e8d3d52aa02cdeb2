package sluice.http;

import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import sluice.core.Settings;

/**
 * Settings of watches of functions. How many there may be is bounded with all other streams, by {@link HttpConfig}.
 *
 * @param history changes of each namespace that are kept, so that a watch can go on from an older version
 * @param historyBytes that all kept changes may take together
 * @param queue changes that one watch may lie behind, before it is ended
 * @param recheck how often a watch's caller must still be permitted to watch
 * @param bookmarks how often a watch that wants it is told its version
 * @param ping how often a WebSocket is pinged
 * @param origins of web pages that may open WebSockets with the password that a browser remembers
 */
public record WatchConfig(
        int history,
        long historyBytes,
        int queue,
        Duration recheck,
        Duration bookmarks,
        Duration ping,
        Set<String> origins) {
    public WatchConfig {
        origins = Set.copyOf(origins);
    }

    /** Reads the settings. */
    public static WatchConfig from(Settings settings) {
        return new WatchConfig(
                settings.integer(
                        "SLUICE_WATCH_HISTORY",
                        1_024,
                        1,
                        100_000,
                        "Changes of each namespace that are kept for watches from an older version."),
                settings.bytes(
                        "SLUICE_WATCH_HISTORY_BYTES",
                        16L << 20,
                        1L << 16,
                        1L << 32,
                        "That all kept changes may take together."),
                settings.integer(
                        "SLUICE_WATCH_QUEUE",
                        256,
                        8,
                        65_536,
                        "Changes that one watch may lie behind before it is ended."),
                positive(
                        settings,
                        "SLUICE_WATCH_RECHECK",
                        Duration.ofSeconds(60),
                        "How often the caller of a watch or of a log that goes on must still be permitted to read it."),
                positive(
                        settings,
                        "SLUICE_WATCH_BOOKMARKS",
                        Duration.ofSeconds(60),
                        "How often a watch that wants bookmarks is told its version."),
                positive(settings, "SLUICE_WATCH_PING", Duration.ofSeconds(30), "How often a WebSocket is pinged."),
                settings.parsed(
                                "SLUICE_WATCH_ORIGINS",
                                "origins with commas",
                                Origins.NONE,
                                "Origins of web pages, beside the gateway's own, that may open WebSockets with the"
                                        + " password a browser remembers, such as https://ui.example.com.",
                                Origins::parse)
                        .all());
    }

    private static Duration positive(Settings settings, String name, Duration standard, String meaning) {
        Duration read = settings.duration(name, standard, meaning);
        if (read.isZero()) {
            throw new IllegalArgumentException(name + ": must be more than 0");
        }
        return read;
    }

    /** Prints as one would write it. */
    private record Origins(Set<String> all) {
        private static final Origins NONE = new Origins(Set.of());

        static Optional<Origins> parse(String text) {
            Set<String> origins = new TreeSet<>();
            Arrays.stream(text.split(",", -1))
                    .map(origin -> origin.trim().toLowerCase(Locale.ROOT))
                    .filter(origin -> !origin.isEmpty())
                    .forEach(origins::add);
            return origins.stream().allMatch(Origins::isOrigin) ? Optional.of(new Origins(origins)) : Optional.empty();
        }

        /** Scheme, host and perhaps a port, and nothing behind it (RFC 6454, 6.2). */
        private static boolean isOrigin(String text) {
            try {
                URI uri = URI.create(text);
                return uri.getScheme() != null && uri.getHost() != null && text.endsWith(uri.getAuthority());
            } catch (IllegalArgumentException e) {
                return false;
            }
        }

        @Override
        public String toString() {
            return String.join(",", all);
        }
    }
}
