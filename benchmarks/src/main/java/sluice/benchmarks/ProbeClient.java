package sluice.benchmarks;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import sluice.benchmarks.peer.Probe;

/** Asks a peer of this module; the other end is {@link Probe}. Make one per peer only: it owns the process's streams. */
public final class ProbeClient {
    private final BufferedWriter words;
    private final BufferedReader answers;

    private ProbeClient(BufferedWriter words, BufferedReader answers) {
        this.words = words;
        this.answers = answers;
    }

    static ProbeClient of(Running peer) {
        return of(Objects.requireNonNull(peer.process()));
    }

    /** The same for a process that nobody else talks to. */
    public static ProbeClient of(Process process) {
        return new ProbeClient(
                process.outputWriter(StandardCharsets.US_ASCII), process.inputReader(StandardCharsets.US_ASCII));
    }

    /** What it answers; fails when it has ended. */
    public long ask(Probe what) throws IOException {
        words.write(what.name() + "\n");
        words.flush();
        String answer = answers.readLine();
        if (answer == null) {
            throw new IOException("the peer ended; its log says why");
        }
        return Long.parseLong(answer);
    }
}
