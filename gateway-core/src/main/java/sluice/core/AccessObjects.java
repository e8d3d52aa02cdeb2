package sluice.core;

import java.util.List;
import reactor.core.publisher.Flux;

/** Where access objects are kept. Thread-safe. */
public interface AccessObjects {
    /**
     * All objects now, and all of them again after each change, without end. Never told on an event loop. What cannot be
     * read is logged and leaves the last list in force.
     */
    Flux<List<AccessObject>> changes();
}
