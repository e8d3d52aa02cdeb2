package sluice.http;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import sluice.core.AccessGate;
import sluice.core.Action;

/**
 * What a route asks of its caller. The namespace comes from the same accessor of {@link ApiCall} that the handler
 * uses, so the object that is checked is the object that is touched.
 *
 * @param action what the caller must be permitted, or null when nobody is asked
 * @param namespace where
 * @param name on what, for those who are permitted single names; empty for all
 */
record Access(@Nullable Action action, Function<ApiCall, String> namespace, Function<ApiCall, String> name) {
    Access(@Nullable Action action, Function<ApiCall, String> namespace) {
        this(action, namespace, call -> "");
    }

    /** Everybody may. */
    static Access open() {
        return new Access(null, call -> "");
    }

    /** The action, in the namespace that query or body name. */
    static Access inNamespace(Action action) {
        return new Access(action, ApiCall::namespace);
    }

    /** The action, on the namespace that is itself the object of the call. */
    static Access onNamespace(Action action) {
        return new Access(action, ApiCall::namespaceItself, ApiCall::namespaceItself);
    }

    /** The same, on the one thing that {@code accessor} of the call names, which is what the handler uses. */
    Access on(Function<ApiCall, String> accessor) {
        return new Access(action, namespace, accessor);
    }

    /** The action, not bound to a namespace. */
    static Access everywhere(Action action) {
        return new Access(action, call -> AccessGate.CLUSTER);
    }

    /** The action in at least one namespace; the handler shows what is in those. */
    static Access anywhere(Action action) {
        return new Access(action, call -> AccessGate.ANYWHERE);
    }
}
