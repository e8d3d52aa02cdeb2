package sluice.local.logs;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.FluxSink;
import sluice.core.LogLine;
import sluice.core.LogQuery;

/**
 * One reader of a log that is still written. Lines wait here until they are asked for; a reader that falls behind loses
 * lines, and a line tells it how many. Guarded by its own lock, under which the reader is called.
 */
final class LogFollower {
    private static final int MOST_WAITING = 1_000;

    private final LogQuery query;
    private final FluxSink<LogLine> sink;
    private final Deque<LogLine> waiting = new ArrayDeque<>();
    private long lost;
    private @Nullable LogLine lastLost;
    private boolean isEnded;

    LogFollower(LogQuery query, FluxSink<LogLine> sink) {
        this.query = query;
        this.sink = sink;
    }

    /** Lines from before; they may be more than wait otherwise. */
    synchronized void begin(Collection<LogLine> earlier) {
        waiting.addAll(earlier);
        drain();
    }

    synchronized void offer(LogLine line) {
        if (query.instance() != null && !query.instance().equals(line.instance())) {
            return;
        }
        if (waiting.size() >= MOST_WAITING) {
            lost++;
            lastLost = line;
        } else {
            if (lastLost != null) {
                waiting.addLast(loss(lastLost));
            }
            waiting.addLast(line);
        }
        drain();
    }

    /** Nothing will be added. */
    synchronized void end() {
        isEnded = true;
        drain();
    }

    synchronized void drain() {
        while (sink.requestedFromDownstream() > 0 && !waiting.isEmpty()) {
            sink.next(waiting.removeFirst());
        }
        if (lastLost != null && waiting.isEmpty() && sink.requestedFromDownstream() > 0) {
            sink.next(loss(lastLost));
        }
        if (isEnded && waiting.isEmpty() && lastLost == null) {
            sink.complete();
        }
    }

    /** The line that stands for all that were lost up to {@code last}. */
    private LogLine loss(LogLine last) {
        String text = lost + " lines were dropped: the reader is too slow";
        lost = 0;
        lastLost = null;
        return new LogLine(last.name(), last.namespace(), last.instance(), last.timestamp(), text);
    }
}
