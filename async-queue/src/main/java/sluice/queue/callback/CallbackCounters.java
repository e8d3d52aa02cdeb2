package sluice.queue.callback;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import sluice.core.MetricFamily;
import sluice.queue.callback.CallbackOutcome.Kind;

/** Counts deliveries by what became of them. Thread-safe. */
final class CallbackCounters {
    private final Map<Kind, LongAdder> byKind = new EnumMap<>(Kind.class); // filled once, then only read

    CallbackCounters() {
        for (Kind kind : Kind.values()) {
            byKind.put(kind, new LongAdder());
        }
    }

    void count(CallbackOutcome outcome) {
        of(outcome.kind()).increment();
    }

    private LongAdder of(Kind kind) {
        return Objects.requireNonNull(byKind.get(kind));
    }

    MetricFamily family() {
        return new MetricFamily(
                "sluice_callbacks_total",
                MetricFamily.Type.COUNTER,
                "Deliveries of callbacks, by outcome",
                Stream.of(Kind.values()).map(this::sample).toList());
    }

    private MetricFamily.Sample sample(Kind kind) {
        return new MetricFamily.Sample("", Map.of("outcome", kind.label()), (double) of(kind).sum());
    }
}
