package sluice.access;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import sluice.core.MetricFamily;

/** Counts the decisions of one mechanism, as {@code sluice_auth_total}. Thread-safe. */
final class AuthCounters {
    private final String mechanism;
    private final Map<Result, LongAdder> counts = new ConcurrentHashMap<>();

    AuthCounters(String mechanism) {
        this.mechanism = mechanism;
    }

    /** How a check ended; the label is the name in lower case. */
    enum Result {
        ALLOWED,
        NO_CREDENTIAL,
        REFUSED,
        AMBIGUOUS,
        THROTTLED,
        UNAVAILABLE,
        NOT_PERMITTED
    }

    void count(Result result) {
        counter(result).increment();
    }

    /** One family for all mechanisms. */
    static MetricFamily family(AuthCounters... mechanisms) {
        return new MetricFamily(
                "sluice_auth_total",
                MetricFamily.Type.COUNTER,
                "Decisions on who may use the control plane and functions that ask.",
                Arrays.stream(mechanisms)
                        .flatMap(each -> Arrays.stream(Result.values()).map(each::sample))
                        .toList());
    }

    private MetricFamily.Sample sample(Result result) {
        Map<String, String> labels = new LinkedHashMap<>();
        labels.put("mechanism", mechanism);
        labels.put("result", result.name().toLowerCase(Locale.ROOT));
        return new MetricFamily.Sample("", labels, counter(result).sum());
    }

    private LongAdder counter(Result result) {
        return counts.computeIfAbsent(result, first -> new LongAdder());
    }
}
