package sluice.invoker;

import java.util.Arrays;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One thing per event loop, made when a loop first asks for it. Each thing is used by its own loop only, so it needs no
 * synchronisation; this holder does, and pays for it once per loop.
 */
final class PerLoop<T> {
    private final Function<LoopState, T> factory;
    private volatile @Nullable Object[] things = new Object[0];

    PerLoop(Function<LoopState, T> factory) {
        this.factory = factory;
    }

    /** The thing of {@code loop}; called on that loop only. */
    @SuppressWarnings("unchecked")
    T of(LoopState loop) {
        @Nullable Object[] now = things;
        Object thing = loop.index < now.length ? now[loop.index] : null;
        return thing != null ? (T) thing : add(loop);
    }

    /** The thing of {@code loop}, or null when that loop never asked for it. Called on that loop only. */
    @SuppressWarnings("unchecked")
    @Nullable T ifPresent(LoopState loop) {
        @Nullable Object[] now = things;
        return loop.index < now.length ? (T) now[loop.index] : null;
    }

    private synchronized T add(LoopState loop) {
        T thing = factory.apply(loop);
        @Nullable Object[] grown = Arrays.copyOf(things, Math.max(things.length, loop.index + 1));
        grown[loop.index] = thing;
        things = grown;
        return thing;
    }
}
