package sluice.core;

import java.util.List;

/** One step in the feed of {@link RouteSource}; each carries the whole state of its function, never a difference. */
public sealed interface RouteChange {
    /** The function exists and now looks like this. Its endpoints include those that are starting or draining. */
    record Changed(FunctionStatus status, List<Endpoint> endpoints) implements RouteChange {
        public Changed {
            endpoints = List.copyOf(endpoints);
        }
    }

    /** The function is gone; {@code last} is how it looked before. */
    record Removed(FunctionStatus last) implements RouteChange {}

    /** All that existed at subscription has been told. */
    record Synced() implements RouteChange {}
}
