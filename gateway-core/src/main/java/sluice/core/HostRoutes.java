package sluice.core;

import java.util.List;
import reactor.core.publisher.Flux;

/**
 * Which hosts and paths are calls of functions although their paths do not say so, pushed by the provider. Thread-safe.
 */
public interface HostRoutes {
    /** Nothing is mapped. */
    HostRoutes NONE = () -> Flux.just(List.of());

    /**
     * All mappings of now at once, then all of them again after each change; several changes may come as one. Serialised,
     * on any thread. No two of a list are about the same requests.
     */
    Flux<List<HostRoute>> hostRoutes();
}
