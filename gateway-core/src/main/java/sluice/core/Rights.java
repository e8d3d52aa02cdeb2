package sluice.core;

import org.jspecify.annotations.Nullable;

/** What a caller may do besides what was asked first; answered from memory, at once. Thread-safe. */
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

    /** Whether the caller may do {@code action} in {@code namespace}. */
    default boolean permit(Action action, String namespace) {
        return grant(action, namespace, "") != null;
    }

    /** Whether the caller may do {@code action} on one function. */
    default boolean permit(Action action, FunctionName function) {
        return grant(action, function.namespace(), function.name()) != null;
    }
}
