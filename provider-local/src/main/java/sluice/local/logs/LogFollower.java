package sluice.local.logs;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
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
        } else {
            tellLoss(line);
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
        if (isEnded && waiting.isEmpty()) {
            sink.complete();
        }
    }

    private void tellLoss(LogLine next) {
        if (lost > 0) {
            String text = lost + " lines were dropped: the reader is too slow";
            waiting.addLast(new LogLine(next.name(), next.namespace(), next.instance(), Instant.now(), text));
            lost = 0;
        }
    }
}
