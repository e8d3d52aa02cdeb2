package sluice.http;

import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The parameters of a list or a watch (Kubernetes API concepts, "Efficient detection of changes").
 *
 * @param since the version to go on from, or a negative number for the state that is
 * @param life when a watch ends
 */
record WatchQuery(long since, Duration life, boolean withBookmarks, String fields, LabelSelector labels) {
    private static final long LONGEST_SECONDS = 86_400;

    /** Whether a watch is asked for, instead of a list. */
    static boolean isWatch(Query query) {
        return switch (query.text("watch").toLowerCase(Locale.ROOT)) {
            case "1", "t", "true" -> true;
            case "" -> query.has("watch");
            default -> false;
        };
    }

    /** @throws sluice.core.FailureException naming the parameter that cannot be read */
    static WatchQuery of(Query query) {
        return new WatchQuery(
                version(query.text("resourceVersion")),
                life(query),
                query.flag("allowWatchBookmarks"),
                query.text("fieldSelector"),
                LabelSelector.parse(query.text("labelSelector")));
    }

    private static long version(String text) {
        if (text.isEmpty()) {
            return -1;
        }
        if (!text.matches("[0-9]{1,18}")) {
            throw Query.invalid("resourceVersion", text, "must be a version that was told here");
        }
        long version = Long.parseLong(text);
        return version == 0 ? -1 : version;
    }

    /** As long as the client asks for; otherwise half an hour to an hour, so that not all come back at once. */
    private static Duration life(Query query) {
        Long asked = query.number("timeoutSeconds");
        long seconds = asked == null || asked <= 0
                ? ThreadLocalRandom.current().nextLong(1_800, 3_600)
                : Math.min(asked, LONGEST_SECONDS);
        return Duration.ofSeconds(seconds);
    }
}
