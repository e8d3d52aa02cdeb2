package sluice.kube;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.function.Consumer;
import sluice.core.FunctionName;
import sluice.core.LogLine;

/** Cuts a pod's log, as the API writes it with timestamps, into lines. A longer line comes in pieces. Not thread-safe. */
final class LogLines extends OutputStream {
    private static final int LONGEST_LINE_BYTES = 1 << 16;

    private final FunctionName function;
    private final String pod;
    private final Consumer<LogLine> reader;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    LogLines(FunctionName function, String pod, Consumer<LogLine> reader) {
        this.function = function;
        this.pod = pod;
        this.reader = reader;
    }

    @Override
    public synchronized void write(int b) {
        if (b == '\n') {
            end();
        } else {
            line.write(b);
            if (line.size() == LONGEST_LINE_BYTES) {
                end();
            }
        }
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) {
        for (int i = offset; i < offset + length; i++) {
            write(bytes[i]);
        }
    }

    /** The last line may have no end. */
    @Override
    public synchronized void close() {
        if (line.size() > 0) {
            end();
        }
    }

    private void end() {
        reader.accept(parse(function, pod, line.toString(UTF_8)));
        line.reset();
    }

    /** {@code TIMESTAMP TEXT}; what has no timestamp, such as a piece of a long line, is told as it is. */
    static LogLine parse(FunctionName function, String pod, String text) {
        int blank = text.indexOf(' ');
        if (blank > 0) {
            try {
                Instant time = Instant.parse(text.substring(0, blank));
                return new LogLine(function.name(), function.namespace(), pod, time, text.substring(blank + 1));
            } catch (DateTimeParseException e) {
                // falls through: a text like any other
            }
        }
        return new LogLine(function.name(), function.namespace(), pod, Instant.now(), text);
    }
}
