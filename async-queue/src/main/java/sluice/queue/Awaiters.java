package sluice.queue;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Who waits for calls to end. Thread-safe; never blocks; bounded. */
public final class Awaiters {
    private static final int MOST = 10_000;

    private final Map<Rid, Set<Sinks.Empty<Void>>> waiting = new ConcurrentHashMap<>();
    private final AtomicInteger count = new AtomicInteger();

    /**
     * Completes when {@link #ended} is called for {@code rid}, or after {@code patience}, or at once when 10,000 wait.
     * Whoever subscribes looks at the call afterwards: it is told of an end that comes after the subscription.
     *
     * @param first run once it is sure that no later end is missed; if it says false, there is no need to wait
     */
    public Mono<Void> await(Rid rid, Duration patience, Mono<Boolean> first) {
        return Mono.defer(() -> {
            if (count.incrementAndGet() > MOST) {
                count.decrementAndGet();
                return Mono.empty();
            }
            Sinks.Empty<Void> sink = Sinks.empty();
            waiting.compute(rid, (key, sinks) -> {
                Set<Sinks.Empty<Void>> all = sinks == null ? ConcurrentHashMap.newKeySet() : sinks;
                all.add(sink);
                return all;
            });
            return first.filter(isOpen -> isOpen)
                    .flatMap(isOpen -> Mono.firstWithSignal(
                            sink.asMono(), Mono.delay(patience).then()))
                    .doFinally(signal -> leave(rid, sink));
        });
    }

    /** The call has ended. */
    public void ended(Rid rid) {
        Set<Sinks.Empty<Void>> sinks = waiting.get(rid);
        if (sinks != null) {
            sinks.forEach(Sinks.Empty::tryEmitEmpty);
        }
    }

    private void leave(Rid rid, Sinks.Empty<Void> sink) {
        count.decrementAndGet();
        waiting.computeIfPresent(rid, (key, sinks) -> {
            sinks.remove(sink);
            return sinks.isEmpty() ? null : sinks;
        });
    }
}
