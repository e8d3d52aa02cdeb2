package sluice.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import sluice.local.logs.FunctionLog;
import sluice.local.process.Launcher;
import sluice.local.process.Sandbox;
import sluice.local.process.Tether;

/**
 * What replicas of one version of a function have in common.
 *
 * @param sandbox sets up the sandbox of the replica with this name
 */
record Surroundings(
        RunSpec spec, LocalConfig config, Threads threads, Launcher launcher, SandboxMaker sandbox, FunctionLog log) {
    private static final Duration IDLE_CHECK = Duration.ofMillis(100);
    private static final int IDLE_CHECKS = 3; // a call that was on its way at the change has arrived by then

    /** Sets up sandboxes. */
    interface SandboxMaker {
        Sandbox open(String replica) throws IOException;

        /** The environment variable that all processes of this replica carry, with its value. */
        String assignment(String replica);
    }

    /** Runs {@code then} once {@code isIdle} holds for a while, or after {@code grace}. */
    void whenIdle(Supplier<Boolean> isIdle, Duration grace, Runnable then) {
        checkIdle(isIdle, System.nanoTime() + grace.toNanos(), 0, then);
    }

    /** SIGTERM to these sessions, SIGKILL after the grace to what carries the replica's mark. Blocks. */
    void end(Collection<Launcher.Session> sessions, String replica) throws InterruptedException {
        sessions.forEach(session -> session.signal(Tether.Signal.TERM));
        long deadline = System.nanoTime() + config.stopGrace().toNanos();
        for (Launcher.Session session : sessions) {
            var unused = session.process().waitFor(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        }
        List<Long> leaders = sessions.stream().map(Launcher.Session::pid).toList();
        launcher.kill(leaders, sandbox.assignment(replica));
        sessions.forEach(Launcher.Session::end);
    }

    private void checkIdle(Supplier<Boolean> isIdle, long deadline, int idleChecks, Runnable then) {
        boolean isOver = System.nanoTime() - deadline >= 0;
        int seen = isIdle.get() ? idleChecks + 1 : 0;
        if (isOver || seen >= IDLE_CHECKS) {
            then.run();
        } else {
            threads.later(IDLE_CHECK, () -> checkIdle(isIdle, deadline, seen, then));
        }
    }

    /** For checks that read {@code /proc}. */
    static <T> T unchecked(IoSupplier<T> supplier) {
        try {
            return supplier.get();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A supplier that reads files. */
    interface IoSupplier<T> {
        T get() throws IOException;
    }
}
