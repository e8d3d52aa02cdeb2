package sluice.http;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;
import reactor.core.publisher.Mono;
import sluice.core.MetricFamily;
import sluice.core.MetricSource;

/**
 * Counts control calls under the names that OpenFaaS Pro uses. Labels are bounded: the path is the pattern of the
 * route, an unknown method or path is one series.
 */
final class ApiMetrics implements MetricSource {
    static final String NO_ROUTE = "unmatched";

    private static final double[] BOUNDS = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
    private static final String[] LABELS = {
        "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10"
    };
    private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

    private final Map<Key, Series> series = new ConcurrentHashMap<>();

    void record(String method, String path, int status, long nanos) {
        String known = METHODS.contains(method) ? method : "OTHER";
        series.computeIfAbsent(new Key(known, path, status), key -> new Series())
                .record(nanos / 1e9);
    }

    @Override
    public Mono<List<MetricFamily>> collect() {
        return Mono.fromSupplier(() -> {
            List<MetricFamily.Sample> totals = new ArrayList<>();
            List<MetricFamily.Sample> durations = new ArrayList<>();
            series.forEach((key, each) -> {
                totals.add(new MetricFamily.Sample("", key.labels(), (double) each.count.sum()));
                each.addTo(durations, key.labels());
            });
            return List.of(
                    new MetricFamily(
                            "http_requests_total", MetricFamily.Type.COUNTER, "Control calls answered.", totals),
                    new MetricFamily(
                            "http_request_duration_seconds",
                            MetricFamily.Type.HISTOGRAM,
                            "Time from a control call's head to the end of its answer.",
                            durations));
        });
    }

    private record Key(String method, String path, int status) {
        Map<String, String> labels() {
            Map<String, String> labels = new LinkedHashMap<>();
            labels.put("method", method);
            labels.put("path", path);
            labels.put("status", Integer.toString(status));
            return labels;
        }
    }

    private static final class Series {
        private final LongAdder count = new LongAdder();
        private final DoubleAdder sum = new DoubleAdder();
        private final LongAdder[] buckets = new LongAdder[BOUNDS.length];

        Series() {
            for (int i = 0; i < buckets.length; i++) {
                buckets[i] = new LongAdder();
            }
        }

        void record(double seconds) {
            for (int i = 0; i < BOUNDS.length; i++) {
                if (seconds <= BOUNDS[i]) {
                    buckets[i].increment();
                    break;
                }
            }
            sum.add(seconds);
            count.increment();
        }

        void addTo(List<MetricFamily.Sample> samples, Map<String, String> labels) {
            long below = 0;
            for (int i = 0; i < BOUNDS.length; i++) {
                below += buckets[i].sum();
                samples.add(bucket(labels, LABELS[i], below));
            }
            long all = Math.max(below, count.sum());
            samples.add(bucket(labels, "+Inf", all));
            samples.add(new MetricFamily.Sample("_sum", labels, sum.sum()));
            samples.add(new MetricFamily.Sample("_count", labels, (double) all));
        }

        private static MetricFamily.Sample bucket(Map<String, String> labels, String bound, long value) {
            Map<String, String> all = new LinkedHashMap<>(labels);
            all.put("le", bound);
            return new MetricFamily.Sample("_bucket", all, (double) value);
        }
    }
}
