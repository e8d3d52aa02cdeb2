package sluice.local.logs;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import sluice.core.LogLine;
import sluice.core.LogQuery;

/** The newest lines of one replica. Not thread-safe. */
final class LogRing {
    private static final int PER_LINE_BYTES = 64; // what a line costs beside its text

    private final int maxLines;
    private final long maxBytes;
    private final ArrayDeque<LogLine> lines = new ArrayDeque<>();
    private long bytes;

    LogRing(int maxLines, long maxBytes) {
        this.maxLines = maxLines;
        this.maxBytes = maxBytes;
    }

    void add(LogLine line) {
        lines.addLast(line);
        bytes += cost(line);
        while (lines.size() > maxLines || (bytes > maxBytes && lines.size() > 1)) {
            bytes -= cost(lines.removeFirst());
        }
    }

    /** What {@code query} asks for, oldest first. */
    List<LogLine> select(LogQuery query) {
        List<LogLine> selected = new ArrayList<>();
        for (LogLine line : lines) {
            if (query.since() == null || !line.timestamp().isBefore(query.since())) {
                selected.add(line);
            }
        }
        boolean isLimited = query.tail() > 0 && query.tail() < selected.size();
        return isLimited ? selected.subList(selected.size() - query.tail(), selected.size()) : selected;
    }

    private static long cost(LogLine line) {
        return (long) PER_LINE_BYTES + line.text().length();
    }
}
