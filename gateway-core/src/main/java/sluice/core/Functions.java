package sluice.core;

import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * The snapshot of what exists, for all who must not ask the provider: whether a function exists, how it looks, and
 * what changed since. Thread-safe; reads never wait.
 */
public interface Functions {
    /** The function as last pushed by the provider, or null when there is none. */
    @Nullable FunctionStatus find(FunctionName name);

    /** All functions, by name. */
    List<FunctionStatus> all();

    /** The version of the newest change; grows with each change and over restarts of the process. */
    long version();

    /**
     * Changes after {@code since} and those to come, without end; {@code since < 0} starts with everything that
     * exists as {@link FunctionEvent.Type#ADDED}. A reader that falls more than 256 events behind is failed with
     * {@link Failure#OVERLOADED}.
     *
     * <p>Fails with {@link Failure#NOT_FOUND} when {@code since} is older than the events that are kept (1,024), so
     * that the reader lists again.
     */
    Flux<FunctionEvent> watch(long since);
}
