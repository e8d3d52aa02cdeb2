package sluice.benchmarks.async;

import java.io.IOException;
import java.time.Duration;

/** What keeps the calls, without anything of Sluice before it: how many records it takes when asked for nothing else. */
interface BareMedium extends AutoCloseable {
    /** What it does, for the table. */
    String name();

    /** Records per second when {@code atOnce} of them are on their way at a time. */
    double perSecond(int atOnce, Duration time) throws IOException, InterruptedException;

    @Override
    void close() throws IOException;
}
