package sluice.benchmarks.async;

import java.io.IOException;
import java.util.Map;

/** What keeps the calls of a gateway, and dies now and then. Used by one thread. */
interface CallBroker extends AutoCloseable {
    /** For {@code --nats}. */
    String urls();

    /** Further settings that a gateway needs for it. */
    Map<String, String> settings();

    /** {@code kill -9}, and a start on the same files; of several servers, the one that leads. */
    void killAndStart() throws IOException, InterruptedException;

    @Override
    void close();
}
