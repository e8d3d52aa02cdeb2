package sluice.local.logs;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import sluice.core.FunctionName;
import sluice.core.LogLine;
import sluice.core.LogQuery;

/** The logs of a function's replicas, bounded per replica and gone with it. Thread-safe; waits for nobody. */
public final class FunctionLog {
    private final FunctionName function;
    private final int maxLines;
    private final long maxBytes;
    private final Map<String, LogRing> rings = new TreeMap<>();
    private final List<LogFollower> followers = new CopyOnWriteArrayList<>();
    private boolean isClosed;

    /** Keeps {@code maxLines} and {@code maxBytes} per replica. */
    public FunctionLog(FunctionName function, int maxLines, long maxBytes) {
        this.function = function;
        this.maxLines = maxLines;
        this.maxBytes = maxBytes;
    }

    /** Adds a line of {@code replica}, without its line feed. */
    public synchronized void add(String replica, String text) {
        LogLine line = new LogLine(function.name(), function.namespace(), replica, Instant.now(), text);
        rings.computeIfAbsent(replica, r -> new LogRing(maxLines, maxBytes)).add(line);
        followers.forEach(follower -> follower.offer(line));
    }

    /** Forgets a replica that is gone. */
    public synchronized void forget(String replica) {
        rings.remove(replica);
    }

    /** What was written, and what will be if the query follows; ends when the function is removed. */
    public Flux<LogLine> read(LogQuery query) {
        return query.follow()
                ? Flux.create(sink -> follow(query, sink), FluxSink.OverflowStrategy.ERROR) // never: sent on demand
                : Flux.defer(() -> Flux.fromIterable(select(query)));
    }

    /** The function is removed. */
    public synchronized void close() {
        isClosed = true;
        followers.forEach(LogFollower::end);
    }

    private synchronized void follow(LogQuery query, FluxSink<LogLine> sink) {
        LogFollower follower = new LogFollower(query, sink);
        follower.begin(select(query));
        followers.add(follower);
        sink.onRequest(n -> follower.drain());
        sink.onDispose(() -> followers.remove(follower));
        if (isClosed) {
            follower.end();
        }
    }

    private synchronized List<LogLine> select(LogQuery query) {
        List<LogLine> lines = new ArrayList<>();
        rings.forEach((replica, ring) -> {
            if (query.instance() == null || query.instance().equals(replica)) {
                lines.addAll(ring.select(query));
            }
        });
        lines.sort(Comparator.comparing(LogLine::timestamp)); // stable: the order within a replica stays
        return lines;
    }
}
