package sluice.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;

/** The {@link RouteSource} of a provider: tells every subscriber what exists, and then each change, in one order for all.
 * Thread-safe. */
public final class RouteFeed implements RouteSource {
    private final Map<FunctionName, RouteChange.Changed> current = new TreeMap<>();
    private final List<FluxSink<RouteChange>> subscribers = new ArrayList<>();

    @Override
    public Flux<RouteChange> changes() {
        return Flux.push(this::open, FluxSink.OverflowStrategy.BUFFER);
    }

    /** Tells a new state of a function, if it is one; has told everybody when it returns. */
    public synchronized void changed(RouteChange.Changed change) {
        if (!change.equals(current.put(change.status().name(), change))) {
            tell(change);
        }
    }

    /** Tells that a function is gone, if it was there; has told everybody when it returns. */
    public synchronized void removed(FunctionName name) {
        RouteChange.Changed last = current.remove(name);
        if (last != null) {
            tell(new RouteChange.Removed(last.status()));
        }
    }

    private synchronized void open(FluxSink<RouteChange> subscriber) {
        current.values().forEach(subscriber::next);
        subscriber.next(new RouteChange.Synced());
        subscribers.add(subscriber);
        subscriber.onDispose(() -> close(subscriber));
    }

    private synchronized void close(FluxSink<RouteChange> subscriber) {
        subscribers.remove(subscriber);
    }

    private void tell(RouteChange change) {
        List.copyOf(subscribers).forEach(subscriber -> subscriber.next(change)); // one may leave while it is told
    }
}
