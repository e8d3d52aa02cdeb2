package sluice.core;

import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * What a caller may do besides what was asked first. Thread-safe. Nearly always that is in memory; where somebody else has to
 * be asked, {@link #grant} knows only what was asked a moment ago, and {@link #ask} is the one to use.
 */
@FunctionalInterface
public interface Rights {
    /** Everything, as for the one user of HTTP Basic. */
    Rights ALL = (action, namespace, function) -> "*";

    /**
     * What permits {@code action}, for the audit, or null when nothing does.
     *
     * @param namespace {@code *} for the whole cluster, empty for any one namespace
     * @param function the function for {@link Action#FUNCTION_INVOKE}; looked at for nothing else
     */
    @Nullable String grant(Action action, String namespace, String function);

    /**
     * As {@link #grant}, and asks whoever has to be asked: completes empty when nothing permits it, fails with
     * {@link Failure#UNAVAILABLE} when that cannot be found out.
     */
    default Mono<String> ask(Action action, String namespace, String function) {
        return Mono.fromSupplier(() -> grant(action, namespace, function));
    }

    /** Those of {@code namespaces} in which the caller may do {@code action}, in the same order; fails as {@link #ask} does. */
    default Mono<List<String>> among(List<String> namespaces, Action action) {
        return Mono.fromSupplier(
                () -> namespaces.stream().filter(each -> permit(action, each)).toList());
    }

    /** Whether the caller may do {@code action} in {@code namespace}. */
    default boolean permit(Action action, String namespace) {
        return grant(action, namespace, "") != null;
    }

    /** Whether the caller may do {@code action} on one function. */
    default boolean permit(Action action, FunctionName function) {
        return grant(action, function.namespace(), function.name()) != null;
    }
}
