package sluice.access.cluster;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import sluice.core.MetricFamily;

/**
 * What was answered a moment ago. Who asks what is being asked already waits for the same answer. A bounded number is kept,
 * those used last; failures are not. Thread-safe; holds its lock for as long as a look-up takes.
 */
final class Answers<K, V> {
    private final String name;
    private final Function<V, Duration> lifetime;
    private final LongSupplier nanoTime;
    private final Map<K, Kept<V>> known;
    private final Map<K, Mono<V>> asked = new HashMap<>();
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();

    /**
     * Keeps nothing yet.
     *
     * @param name in metrics
     * @param most answers that are kept
     * @param lifetime how long an answer counts
     */
    Answers(String name, int most, Function<V, Duration> lifetime, LongSupplier nanoTime) {
        this.name = name;
        this.lifetime = lifetime;
        this.nanoTime = nanoTime;
        this.known = new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<K, Kept<V>> eldest) {
                return size() > most;
            }
        };
    }

    private record Kept<V>(V value, long until) {}

    /** The answer, if it is known and still counts. */
    @Nullable V recall(K key) {
        V value = find(key);
        if (value != null) {
            hits.increment();
        }
        return value;
    }

    /** The answer that is known, or that of {@code question}. */
    Mono<V> ask(K key, Supplier<Mono<V>> question) {
        return Mono.defer(() -> {
            synchronized (this) {
                V value = recall(key);
                if (value != null) {
                    return Mono.just(value);
                }
                misses.increment();
                return asked.computeIfAbsent(
                        key,
                        first -> question.get()
                                .doOnNext(answer -> keep(first, answer))
                                .doFinally(end -> forget(first))
                                .cache());
            }
        });
    }

    /** How often it was known, and how often not. */
    MetricFamily.Sample[] samples() {
        return new MetricFamily.Sample[] {sample("hit", hits), sample("miss", misses)};
    }

    private MetricFamily.Sample sample(String outcome, LongAdder count) {
        Map<String, String> labels = new LinkedHashMap<>();
        labels.put("cache", name);
        labels.put("outcome", outcome);
        return new MetricFamily.Sample("", labels, count.sum());
    }

    private synchronized @Nullable V find(K key) {
        Kept<V> kept = known.get(key);
        if (kept == null) {
            return null;
        }
        if (kept.until() - nanoTime.getAsLong() > 0) {
            return kept.value();
        }
        known.remove(key);
        return null;
    }

    private synchronized void keep(K key, V answer) {
        known.put(
                key,
                new Kept<>(answer, nanoTime.getAsLong() + lifetime.apply(answer).toNanos()));
    }

    private synchronized void forget(K key) {
        asked.remove(key);
    }
}
