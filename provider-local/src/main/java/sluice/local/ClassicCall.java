package sluice.local;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import sluice.local.process.Launcher;
import sluice.local.process.ProcessTable;
import sluice.local.process.Sandbox;
import sluice.local.process.Tether;

/**
 * One call of a function in classic mode: a process is forked, the body goes to its input, its output is the answer.
 *
 * <p>A thread of its own starts the process and reads its output. The answer is complete when the process has exited and
 * its output is at its end, or a second after the exit; then what is left of its process group is killed.
 *
 * <p>A process that ends within {@value #IDLE_SETTLING_MILLIS} ms of its first output, or {@value #SETTLING_MILLIS} ms if
 * it does not sleep meanwhile, is answered as a whole, with its length, {@code X-Duration-Seconds} and a status that knows
 * the exit code. For others the head goes out with what there is, and every read of the pipe is a chunk; should they fail
 * later, the answer is cut off so that it does not look whole.
 */
final class ClassicCall {
    /** The variable that names the call a process belongs to. */
    static final String MARKER = "SLUICE_CALL";

    private static final int IDLE_SETTLING_MILLIS = 10;
    private static final int SETTLING_MILLIS = 100;
    private static final int CHUNK_BYTES = 16 * 1024;
    private static final int SURELY_STREAMED_BYTES = 32 * 1024;
    private static final int MOST_WHOLE_BYTES = 1024 * 1024;
    private static final Duration AFTER_EXIT = Duration.ofSeconds(1);

    private final String id;
    private final Surroundings surroundings;
    private final int peerPort;
    private final Surroundings.IoSupplier<Sandbox> sandbox;
    private final Map<String, String> variables;
    private final Flux<byte[]> body;
    private final Consumer<String> log;
    private final long startNanos = System.nanoTime();
    private final ChunkStream stream = new ChunkStream();
    private volatile Launcher.@Nullable Session session;
    private volatile @Nullable StdinPump stdin;
    private volatile boolean isAborted;
    private volatile boolean isTimedOut;
    private long bytes;

    ClassicCall(
            String id,
            int peerPort,
            Surroundings surroundings,
            Surroundings.IoSupplier<Sandbox> sandbox,
            Map<String, String> variables,
            Flux<byte[]> body,
            Consumer<String> log) {
        this.id = id;
        this.peerPort = peerPort;
        this.surroundings = surroundings;
        this.sandbox = sandbox;
        this.variables = new HashMap<>(variables);
        this.variables.put(MARKER, id);
        this.body = body;
        this.log = log;
    }

    /** The process of this call, while there is one. */
    Launcher.@Nullable Session session() {
        return session;
    }

    /** The caller's port, for it is on this machine. */
    int peerPort() {
        return peerPort;
    }

    /** Whether the process leaves its input unread. */
    boolean isStalled() {
        StdinPump pump = stdin;
        return pump != null && pump.isStalled();
    }

    /** Starts the call; {@code atEnd} runs when nothing of it is left. Cancelling kills the process. */
    Mono<Answer> answer(Runnable atEnd) {
        return Mono.<Answer>create(sink -> {
            sink.onCancel(this::abort);
            try {
                surroundings.threads().work().execute(() -> run(sink, atEnd));
            } catch (RejectedExecutionException e) {
                atEnd.run();
                sink.error(e);
            }
        });
    }

    /** The caller has left: kills the process group. Does not block. */
    void abort() {
        isAborted = true;
        stream.cancel();
        surroundings.threads().later(Duration.ZERO, this::kill);
    }

    private void run(MonoSink<Answer> sink, Runnable atEnd) {
        RunSpec spec = surroundings.spec();
        try {
            surroundings.launcher().use(sandbox.get(), spec.command(), variables, spec.combinesOutput(), started -> {
                attend(started);
                pump(started.process(), sink);
            });
        } catch (IOException | RuntimeException e) {
            log.accept("failed: " + e.getMessage());
            sink.success(Answer.Whole.of(500, "the function cannot be run\n".getBytes(UTF_8), elapsed()));
            stream.fail(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            sink.error(e);
        } finally {
            finish();
            atEnd.run();
        }
    }

    /** Sees to everything but the output. */
    private void attend(Launcher.Session started) {
        session = started;
        if (isAborted) {
            kill();
        }
        boundTime(started);
        StdinPump pump = new StdinPump(started.process().getOutputStream(), this::abort);
        stdin = pump;
        body.publishOn(surroundings.threads().workScheduler(), 1).subscribe(pump);
        if (!surroundings.spec().combinesOutput()) {
            surroundings
                    .threads()
                    .work()
                    .execute(() -> new LogPump(log).read(started.process().getErrorStream()));
        }
    }

    private void pump(Process process, MonoSink<Answer> sink) throws IOException, InterruptedException {
        InputStream output = process.getInputStream();
        ByteArrayOutputStream first = new ByteArrayOutputStream();
        byte[] chunk = new byte[CHUNK_BYTES];
        for (int n = output.read(chunk); n >= 0; n = output.read(chunk)) {
            first.write(chunk, 0, n);
            if (!isSettling(process, output, first.size())) {
                sink.success(new Answer.Streamed(stream));
                stream(process, output, first.toByteArray());
                return;
            }
        }
        bytes = first.size();
        int exit = process.waitFor();
        logEnd(exit);
        sink.success(whole(exit, first.toByteArray()));
    }

    /** Whether the process has exited, or does so in a moment. */
    private static boolean isSettling(Process process, InputStream output, int read)
            throws IOException, InterruptedException {
        for (int millis = 0; millis < SETTLING_MILLIS; millis++) {
            if (read + output.available() > SURELY_STREAMED_BYTES && process.isAlive()) {
                return false;
            }
            if (process.waitFor(1, TimeUnit.MILLISECONDS)) {
                return read < MOST_WHOLE_BYTES;
            }
            if (millis >= IDLE_SETTLING_MILLIS && !isBusy(process)) {
                return false;
            }
        }
        return false;
    }

    private static boolean isBusy(Process process) {
        ProcessTable.Entry entry = ProcessTable.read(process.pid());
        return entry == null || entry.isBusy() || entry.isZombie();
    }

    private void stream(Process process, InputStream output, byte[] first) throws IOException, InterruptedException {
        bytes = first.length;
        boolean isWanted = stream.send(first);
        byte[] chunk = new byte[CHUNK_BYTES];
        for (int n = output.read(chunk); n >= 0 && isWanted; n = output.read(chunk)) {
            bytes += n;
            isWanted = stream.send(Arrays.copyOf(chunk, n));
        }
        if (!isWanted) {
            kill();
        }
        int exit = process.waitFor();
        logEnd(exit);
        if (exit == 0 && !isTimedOut) {
            stream.complete();
        } else {
            stream.fail(new CutOff("exit status " + exit));
        }
    }

    private Answer whole(int exit, byte[] output) {
        if (isTimedOut) {
            String text = "exec_timeout of " + surroundings.spec().execTimeout().toMillis() + " ms is over\n";
            return Answer.Whole.of(408, text.getBytes(UTF_8), elapsed());
        }
        if (exit == 0) {
            return Answer.Whole.of(200, output, elapsed());
        }
        byte[] text = ("exit status " + exit + "\n").getBytes(UTF_8);
        byte[] both = Arrays.copyOf(text, text.length + output.length);
        System.arraycopy(output, 0, both, text.length, output.length);
        return Answer.Whole.of(500, both, elapsed());
    }

    private void boundTime(Launcher.Session started) {
        Duration timeout = surroundings.spec().execTimeout();
        if (!timeout.isZero()) {
            surroundings.threads().later(timeout, () -> {
                if (started.process().isAlive()) {
                    isTimedOut = true;
                    kill();
                }
            });
        }
        started.onExit(() -> surroundings.threads().later(AFTER_EXIT, this::killAll));
    }

    private void kill() {
        Launcher.Session running = session;
        if (running != null) {
            running.signal(Tether.Signal.KILL);
        }
    }

    /** The process has exited, and yet somebody keeps its output open: maybe out of its group. */
    private void killAll() {
        Launcher.Session running = session;
        if (running != null) {
            running.signal(Tether.Signal.KILL);
            surroundings.launcher().killCarrying(MARKER + "=" + id);
        }
    }

    private void finish() {
        Launcher.Session ended = session;
        session = null;
        if (ended != null) {
            ended.end();
        }
        StdinPump pump = stdin;
        if (pump != null) {
            pump.cancel();
        }
    }

    private void logEnd(int exit) {
        log.accept(String.format(
                Locale.ROOT,
                "exit %d, %d bytes, %.6f s%s",
                exit,
                bytes,
                elapsed() / 1e9,
                isAborted ? ", aborted" : ""));
    }

    private long elapsed() {
        return System.nanoTime() - startNanos;
    }

    /** Makes the endpoint cut the answer off. An outcome, not a bug: no stack trace. */
    private static final class CutOff extends IOException {
        private static final long serialVersionUID = 1;

        private CutOff(String message) {
            super(message);
        }

        @Override
        public Throwable fillInStackTrace() {
            return this;
        }
    }
}
