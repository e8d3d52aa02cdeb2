package sluice.local.process;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A small shell process at the other end of a pipe. It signals process groups, for which Java has no call, and when the
 * pipe ends because the gateway was killed it ends every group it holds: SIGTERM, and after a second SIGKILL.
 *
 * <p>Thread-safe; a call writes one line to a pipe and may block for as long as that takes. A tether that died is
 * replaced by the next call.
 */
public final class Tether implements Closeable {
    private static final Logger log = LoggerFactory.getLogger(Tether.class);

    private final Tools tools;
    private final String marker;
    private final Set<Long> held = new HashSet<>();
    private @Nullable Process shell;
    private boolean isClosed;

    /** {@code identity} is how a later run knows the shell to be one of ours. */
    public Tether(Tools tools, String identity) {
        this.tools = tools;
        this.marker = identity;
    }

    /** What can be sent to a group. */
    public enum Signal {
        TERM,
        KILL
    }

    /** Ends {@code group} should the gateway die. */
    public synchronized void hold(long group) throws IOException {
        if (held.add(group)) {
            tell("hold " + group);
        }
    }

    /** The group has ended. */
    public synchronized void free(long group) throws IOException {
        if (held.remove(group)) {
            tell("free " + group);
        }
    }

    /** Sends a signal to all processes of a held group; nothing happens when it is held no longer. */
    public synchronized void signal(Signal signal, long group) throws IOException {
        if (held.contains(group)) {
            tell(signal + " " + group);
        }
    }

    /** Ends what is still held, as if the gateway had died. */
    @Override
    public synchronized void close() throws IOException {
        isClosed = true;
        if (shell != null) {
            shell.getOutputStream().close();
        }
    }

    private void tell(String line) throws IOException {
        if (isClosed) {
            return;
        }
        try {
            write(running().getOutputStream(), line);
        } catch (IOException e) {
            log.warn("the tether broke and is replaced: {}", e.getMessage());
            Process next = start();
            for (long group : held) {
                write(next.getOutputStream(), "hold " + group);
            }
            write(next.getOutputStream(), line);
        }
    }

    private Process running() throws IOException {
        Process now = shell;
        return now == null ? start() : now;
    }

    private Process start() throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(List.of(tools.setsid(), tools.sh(), "-c", Script.TETHER.text(), "sluice-tether"));
        builder.environment().clear();
        builder.environment().putAll(Map.of("PATH", Sandbox.PATH, Sandbox.MARKER, marker));
        builder.redirectOutput(Redirect.DISCARD).redirectError(Redirect.DISCARD);
        Process started = builder.start();
        shell = started;
        return started;
    }

    private static void write(OutputStream pipe, String line) throws IOException {
        pipe.write((line + "\n").getBytes(UTF_8));
        pipe.flush();
    }
}
