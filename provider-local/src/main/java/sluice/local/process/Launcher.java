package sluice.local.process;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts processes in sandboxes, each in a session of its own, recorded and tethered. Thread-safe; blocks. */
public final class Launcher {
    private static final Logger log = LoggerFactory.getLogger(Launcher.class);
    private static final Redirect NOTHING = Redirect.from(Path.of("/dev/null").toFile());

    private final Tether tether;
    private final PidRecords records;

    public Launcher(Tether tether, PidRecords records) {
        this.tether = tether;
        this.records = records;
    }

    /** What is done with a process. */
    public interface Use {
        void of(Session session) throws IOException, InterruptedException;
    }

    /**
     * Starts {@code command} with its standard streams on pipes and lets {@code use} have it, all the time holding the
     * monitor of its output stream: the JDK needs that monitor to close the pipe once the process has exited, although
     * descendants may still be writing to it.
     */
    public void use(Sandbox sandbox, List<String> command, Map<String, String> more, boolean mergesErrors, Use use)
            throws IOException, InterruptedException {
        Process process =
                sandbox.prepare(command, more).redirectErrorStream(mergesErrors).start();
        synchronized (process.getInputStream()) {
            use.of(adopt(process));
        }
    }

    /** Starts {@code command} with nothing to read, and output and errors on one pipe. */
    public Session startServer(Sandbox sandbox, List<String> command, Map<String, String> more) throws IOException {
        return adopt(sandbox.prepare(command, more)
                .redirectInput(NOTHING)
                .redirectErrorStream(true)
                .start());
    }

    /** Kills all processes with this variable in their environment. */
    public void killCarrying(String assignment) {
        ProcessTable.snapshot().carrying(assignment).forEach(ProcessTable.Entry::kill);
    }

    private Session adopt(Process process) throws IOException {
        try {
            tether.hold(process.pid());
            return new Session(process, records.add(process.pid()));
        } catch (IOException e) {
            process.destroyForcibly();
            throw e;
        }
    }

    /** A process that leads its session, and what it started. */
    public final class Session {
        private final Process process;
        private final PidRecords.Leader leader;

        private Session(Process process, PidRecords.Leader leader) {
            this.process = process;
            this.leader = leader;
        }

        public Process process() {
            return process;
        }

        public long pid() {
            return process.pid();
        }

        /** Runs {@code then} when the leader has exited, on a thread that must not be kept. */
        public void onExit(Runnable then) {
            var unused = process.onExit().thenRun(then);
        }

        /** Signals the process group. */
        public void signal(Tether.Signal signal) {
            try {
                signalGroup(signal);
            } catch (IOException e) {
                log.error("cannot signal {}: {}", process.pid(), e.getMessage());
            }
        }

        /** Kills what is left of the group and forgets it. */
        public void end() {
            try {
                signalGroup(Tether.Signal.KILL);
                tether.free(process.pid());
                records.remove(leader);
            } catch (IOException e) {
                log.error("cannot end {}: {}", process.pid(), e.getMessage());
            }
        }

        /** No pid is given away while a group bears it: another process of this pid means that the group is over. */
        private void signalGroup(Tether.Signal signal) throws IOException {
            ProcessTable.Entry now = ProcessTable.read(process.pid());
            if (now == null || now.startTicks() == leader.startTicks()) {
                tether.signal(signal, process.pid());
            }
        }
    }
}
