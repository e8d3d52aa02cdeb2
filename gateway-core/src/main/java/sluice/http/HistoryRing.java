package sluice.http;

import java.util.ArrayDeque;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** The changes of one namespace that are kept, in the order of their versions. Not thread-safe. */
final class HistoryRing {
    private final ArrayDeque<WatchEvent> events = new ArrayDeque<>();
    private long floor;

    /** @param floor the version from which on all changes are kept */
    HistoryRing(long floor) {
        this.floor = floor;
    }

    /** Who has seen this version or a later one has missed nothing that is not kept. */
    long floor() {
        return floor;
    }

    Collection<WatchEvent> events() {
        return events;
    }

    void add(WatchEvent event) {
        events.addLast(event);
    }

    /** Version of the oldest change, or null when there is none. */
    @Nullable Long oldest() {
        WatchEvent first = events.peekFirst();
        return first == null ? null : first.version();
    }

    /** Forgets the oldest change; what that weighed. */
    long drop() {
        WatchEvent first = events.removeFirst();
        floor = first.version();
        return first.weight();
    }
}
