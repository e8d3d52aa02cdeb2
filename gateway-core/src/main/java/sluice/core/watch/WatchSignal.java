package sluice.core.watch;

import java.util.List;

/** One step in the account of a {@link FunctionWatch}. */
public sealed interface WatchSignal {
    /**
     * All functions of a scope as they are at {@code version}. Versions before it can no longer be gone on from.
     *
     * @param namespace the one namespace, or empty when the account is of all of them
     */
    record Snapshot(String namespace, long version, List<WatchedFunction> functions) implements WatchSignal {
        public Snapshot {
            functions = List.copyOf(functions);
        }
    }

    /** The function is there and now looks like this. */
    record Changed(WatchedFunction function) implements WatchSignal {}

    /** The function is gone; this is how it was last, with the version of its going. */
    record Removed(WatchedFunction last) implements WatchSignal {}

    /**
     * Everything up to {@code version} has been told, and nothing visible has changed since the last signal.
     *
     * @param namespace the scope, as its snapshot named it
     */
    record Progressed(String namespace, long version) implements WatchSignal {}
}
