package sluice.core.watch;

import reactor.core.publisher.Flux;

/**
 * The provider's account of its functions for those who follow them: what exists, and each change with the version that it
 * has made. A version is opaque to clients; here it is a number that grows, so that two of them can be put in order. It is
 * never told twice for different states, not even by another run of the same provider. Thread-safe.
 */
public interface FunctionWatch {
    /**
     * First a {@link WatchSignal.Snapshot} of each scope that is known, then every change of it in the order of their
     * versions, without end. A further snapshot of a scope means that changes were missed: it takes the place of all that was
     * told of it. Nothing is told of a scope before its first snapshot.
     *
     * <p>Serialised: one signal at a time. A change that was made through the provider has been told when its publisher
     * completes, or shortly after where a cluster tells it. For any number of subscribers, each of which asks for unbounded
     * demand and must not block for long.
     */
    Flux<WatchSignal> signals();
}
