package sluice.local;

import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sluice.core.Endpoint;

/** One running copy of a function. Thread-safe; no method blocks. */
interface Replica {
    /** Unique for the life of the data directory. */
    String id();

    /** Where it answers and whether it does, or null while it has no address. */
    @Nullable Endpoint endpoint();

    Endpoint.State state();

    /** Begins to start; failures are tried again for as long as it takes. */
    void start();

    /** Takes no new calls, lets running ones finish for at most {@code grace}, then stops. */
    void drain(Duration grace);

    /** Ends it: SIGTERM, then SIGKILL. */
    void stop();

    /** Pids whose sessions are the replica's processes. */
    Set<Long> sessions();

    /** What a replica says of itself, on any thread. */
    interface Listener {
        /** Its endpoint or state is another. */
        void changed(Replica replica);

        /** It has stopped, and nothing of it is left. */
        void gone(Replica replica);
    }
}
