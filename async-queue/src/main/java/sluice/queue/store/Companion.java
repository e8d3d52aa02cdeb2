package sluice.queue.store;

import java.io.IOException;

/** Files that are written beside the store's own, on its writer thread, and must be safe before it commits. */
public interface Companion {
    /** For a store that is alone. */
    Companion NONE = () -> {};

    /** Syncs what was written since the last time. */
    void beforeCommit() throws IOException;
}
