package sluice.access;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Keeps a guesser from filling the audit: of each source, the first ten refusals of strangers in a minute are written down
 * one by one, the rest as a number when the minute is over. Sources are those of {@link FailureBudget}; at most 10,000 are
 * counted at a time, beyond which refusals of further ones are not told one by one either. Thread-safe.
 */
final class AuditFlood {
    private static final int MOST_EACH = 10;
    private static final int MOST_SOURCES = 10_000;
    private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

    private final LongSupplier nanoTime;
    private final Map<Long, Window> windows = new LinkedHashMap<>(); // in the order in which they end
    private long ofOthers;

    AuditFlood(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    private static final class Window {
        final InetSocketAddress peer;
        final long end;
        long count;

        Window(InetSocketAddress peer, long end) {
            this.peer = peer;
            this.end = end;
        }
    }

    /**
     * What was not written down one by one.
     *
     * @param peer one address of the source, or null for all that were too many to be told apart
     */
    record Rest(@org.jspecify.annotations.Nullable InetSocketAddress peer, long count) {}

    /** Whether this refusal is to be written down by itself; else it is counted. */
    synchronized boolean admits(InetSocketAddress peer) {
        long source = FailureBudget.source(peer);
        Window window = windows.get(source);
        if (window == null) {
            if (windows.size() >= MOST_SOURCES) {
                ofOthers++;
                return false;
            }
            window = new Window(peer, nanoTime.getAsLong() + MINUTE);
            windows.put(source, window);
        }
        return ++window.count <= MOST_EACH;
    }

    /** What minutes that are over have left; each is told once. */
    synchronized List<Rest> rests() {
        List<Rest> rests = new ArrayList<>();
        long now = nanoTime.getAsLong();
        windows.values().removeIf(window -> {
            boolean isOver = window.end - now <= 0;
            if (isOver && window.count > MOST_EACH) {
                rests.add(new Rest(window.peer, window.count - MOST_EACH));
            }
            return isOver;
        });
        if (ofOthers > 0) {
            rests.add(new Rest(null, ofOthers));
            ofOthers = 0;
        }
        return rests;
    }
}
