package sluice.local;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.Consumer;

/** Cuts what a process writes into lines. */
final class LogPump {
    private static final int LONGEST_LINE_BYTES = 16 * 1024;
    private static final int CHUNK_BYTES = 8 * 1024;

    private final Consumer<String> lines;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    LogPump(Consumer<String> lines) {
        this.lines = lines;
    }

    /** Reads {@code pipe} to its end; a longer line comes in pieces. Blocks. */
    void read(InputStream pipe) {
        byte[] chunk = new byte[CHUNK_BYTES];
        synchronized (pipe) { // as Launcher.use: keeps the JDK from closing it when the process exits
            try {
                for (int n = pipe.read(chunk); n >= 0; n = pipe.read(chunk)) {
                    add(chunk, n);
                }
            } catch (IOException e) {
                lines.accept("(the log broke off: " + e.getMessage() + ")");
            }
        }
        if (line.size() > 0) {
            end();
        }
    }

    private void add(byte[] chunk, int length) {
        for (int i = 0; i < length; i++) {
            if (chunk[i] == '\n') {
                end();
            } else {
                line.write(chunk[i]);
                if (line.size() == LONGEST_LINE_BYTES) {
                    end();
                }
            }
        }
    }

    private void end() {
        lines.accept(line.toString(UTF_8));
        line.reset();
    }
}
