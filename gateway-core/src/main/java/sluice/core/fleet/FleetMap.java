package sluice.core.fleet;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A small map that outlives its writers as its medium does. Keys are letters, digits, dashes, underscores and dots; values {@link
 * Fleet#MAX_MESSAGE_BYTES} at most. Writes fail while the medium is away.
 */
public interface FleetMap {
    /** Sets a value; the last writer wins. Completes when it is kept. */
    Mono<Void> put(String key, byte[] value);

    /** Forgets a key; of no effect when it is unknown. Completes when that is kept. */
    Mono<Void> remove(String key);

    /** What is there, then every change in order. */
    Flux<Change> changes();

    /**
     * One change.
     *
     * @param value the new one; null when the key is gone
     */
    @SuppressWarnings("ArrayRecordComponent") // is handed on, never compared
    record Change(String key, byte @Nullable [] value) {}
}
