package sluice.benchmarks.load;

import java.io.IOException;

/** Ends this process when the one that started it is gone, by whatever death: its standard input then ends. */
public final class Lifeline {
    private Lifeline() {}

    /** Watches standard input from a daemon thread. */
    public static void hold() {
        Thread thread = new Thread(Lifeline::awaitEnd, "bench-lifeline");
        thread.setDaemon(true);
        thread.start();
    }

    private static void awaitEnd() {
        try {
            while (System.in.read() >= 0) {
                // whatever is said, only the end matters
            }
        } catch (IOException e) {
            // as good as the end
        }
        Runtime.getRuntime().halt(0);
    }
}
